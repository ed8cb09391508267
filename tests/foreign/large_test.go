package foreign

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf16"
)

// odd are inputs that a text file cannot hold well.
func odd(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	const inventory = `{"estate": "good", "source": "plan", "resources": []}`
	var utf16le bytes.Buffer
	utf16le.WriteString("\xff\xfe")
	for _, unit := range utf16.Encode([]rune(inventory)) {
		utf16le.Write([]byte{byte(unit), byte(unit >> 8)})
	}
	nested := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	for name, text := range map[string]string{
		"utf16.json":   utf16le.String(),
		"deep.json":    `{"estate": "good", "source": "plan", "resources": [], "x": ` + nested(300) + `}`,
		"million.json": nested(1_000_000),
		"windows.json": "\xef\xbb\xbf" + strings.ReplaceAll(inventory, " ", "\r\n") + "\r\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// endless repeats its text.
type endless string

func (e endless) Read(p []byte) (int, error) {
	for n := 0; n < len(p); n += len(e) {
		copy(p[n:], e)
	}
	return len(p), nil
}

// A gigabyte is refused: a file before any of it is read, a pipe after half of
// it, in less memory than it would take.
func TestAGigabyteIsRefused(t *testing.T) {
	const gigabyte, mostMemory = 1 << 30, 1 << 30 // bytes
	file, err := os.Create(filepath.Join(t.TempDir(), "large.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := file.Truncate(gigabyte); err != nil { // without a block on the disk
		t.Fatal(err)
	}
	for name, in := range map[string]io.Reader{"a file": nil, "a pipe": io.LimitReader(endless(`[{"id": "x"}, `), gigabyte)} {
		cmd := exec.Command(filepath.Join(bin, "tillit"), "check", "--input", "-")
		if in == nil {
			cmd.Args[3] = file.Name()
		}
		cmd.Stdin = in
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if cmd.ProcessState.ExitCode() != 2 || len(out) > 0 || !strings.Contains(stderr.String(), "read: the input is larger than 512 MB") {
			t.Errorf("%s: %v, output %q\n%s", name, err, out, stderr.String())
		}
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			used := usage.Maxrss << 10
			t.Logf("%s: %d MB of memory", name, used>>20)
			if used > mostMemory {
				t.Errorf("%s: it takes %d MB of memory", name, used>>20)
			}
		}
	}
}

// A file that may not be read says so. The superuser may read everything, so the
// program runs as nobody.
func TestAnUnreadableFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "closed.json")
	if err := os.WriteFile(file, []byte("{}"), 0o000); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "tillit"), "check", "--input", file)
	if os.Getuid() == 0 {
		for folder := dir; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
			if err := os.Chmod(folder, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		cmd.Dir = "/"
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 2 || len(out) > 0 || !strings.Contains(stderr.String(), "closed.json: permission denied") {
		t.Errorf("%v, output %q\n%s", err, out, stderr.String())
	}
}
