package report

import (
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tillit-dev/tillit/internal/gate"
)

// place is a line in a file of the repository. Line is 0 when it is not known.
type place struct {
	file string // with forward slashes, relative to the repository
	line int
}

// source is where a resource was registered. There is none in the repository
// for code of another module, whose position names the module's version.
func (o Options) source(position string) (place, bool) {
	colon := strings.LastIndexByte(position, ':')
	if colon < 0 {
		return place{}, false
	}
	line, err := strconv.Atoi(position[colon+1:])
	file := path.Join(o.Folder, valid(position[:colon]))
	if err != nil || line <= 0 || strings.Contains(file, "@") || !filepath.IsLocal(file) {
		return place{}, false
	}
	return place{file, line}, true
}

// declared is a line of the stack file.
func (o Options) declared(result *gate.Result, line int) (place, bool) {
	file := o.File
	if file == "" {
		file = path.Clean(filepath.ToSlash(valid(result.File)))
	}
	if result.File == "" || !filepath.IsLocal(file) {
		return place{}, false
	}
	return place{file, max(line, 0)}, true
}

// page is the web page of a rule; empty when it has none.
func (o Options) page(r gate.Rule) string {
	if o.Docs == "" || r.File == "" {
		return ""
	}
	return o.Docs + r.ID + ".md"
}

// places are where a finding is to be shown: the resource's source first, then
// the line that declares the promise.
func (o Options) places(result *gate.Result, f finding) []place {
	var list []place
	if at, ok := o.source(f.Position); ok {
		list = append(list, at)
	}
	if at, ok := o.declared(result, f.promise.Line); ok {
		list = append(list, at)
	}
	return list
}
