package inventory

import (
	"bufio"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Root is the folder of a project, to which source positions are told.
type Root struct {
	dir    string // absolute, with forward slashes
	module string // the Go module whose folder it is, if any
}

// NewRoot describes the project in dir.
func NewRoot(dir string) Root {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Root{}
	}
	return Root{dir: filepath.ToSlash(abs), module: goModule(filepath.Join(abs, "go.mod"))}
}

// goModule reads the module path of a go.mod; empty when there is none.
func goModule(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if module, ok := strings.CutPrefix(lines.Text(), "module "); ok {
			return strings.TrimSpace(module)
		}
	}
	return ""
}

// Frame is a place in a program's source as SDKs tell it: a file:// URI with an
// absolute path, and a line from 1.
type Frame struct {
	URI  string
	Line int
}

// Position is the innermost of the frames that lies in the project, as
// "folder/file.go:12"; where none does, the first frame in the form
// "pkg@version/file.go:12" or, for a file that belongs to no module, its bare
// name: a path of the machine is never told.
func (r Root) Position(frames ...Frame) string {
	outside := ""
	for _, frame := range frames {
		u, err := url.Parse(frame.URI)
		if err != nil || u.Path == "" || frame.Line <= 0 {
			continue
		}
		line := ":" + strconv.Itoa(frame.Line)
		if file, ok := r.inside(u.Path); ok {
			return file + line
		}
		if outside == "" {
			outside = foreign(u.Path) + line
		}
	}
	return outside
}

// inside makes a path relative to the project. A binary built with -trimpath
// tells its own files by module path.
func (r Root) inside(file string) (string, bool) {
	file = path.Clean(file)
	if strings.Contains(file, "/pkg/mod/") { // a module cache may lie within
		return "", false
	}
	for _, prefix := range []string{r.dir, "/" + r.module} {
		if len(prefix) < 2 {
			continue
		}
		if rest, ok := strings.CutPrefix(file, strings.TrimSuffix(prefix, "/")+"/"); ok {
			return rest, true
		}
	}
	return "", false
}

// trimmed matches the paths that -trimpath leaves: host/module@version/file.
var trimmed = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+/[^@]+@v[0-9][^/]*/`)

// foreign shortens a path outside the project to module@version/folder/file.go,
// or to the file's name.
func foreign(file string) string {
	if _, module, ok := strings.Cut(file, "/pkg/mod/"); ok {
		return module
	}
	if module := strings.TrimPrefix(file, "/"); trimmed.MatchString(module) {
		return module
	}
	return path.Base(file)
}

// statePosition reads a state's source positions, "project:///folder/file.go#12,3"
// with the path relative to the project, and picks one as Position does.
func statePosition(uris ...string) string {
	outside := ""
	for _, uri := range uris {
		u, err := url.Parse(uri)
		if err != nil || u.Scheme != "project" {
			continue
		}
		row, _, _ := strings.Cut(u.Fragment, ",")
		if n, err := strconv.Atoi(row); err != nil || n <= 0 {
			continue
		}
		file := strings.TrimPrefix(u.Path, "/")
		switch {
		case !strings.HasPrefix(file, "../") && !strings.Contains(file, "/pkg/mod/"):
			return file + ":" + row
		case outside == "":
			outside = foreign("/"+strings.TrimLeft(file, "./")) + ":" + row
		}
	}
	return outside
}
