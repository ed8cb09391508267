package inventory

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPosition(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.org/estate\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	root := NewRoot(dir)
	at := func(file string) Frame { return Frame{URI: "file://" + file, Line: 7} }
	sdk := at("/home/dev/go/pkg/mod/github.com/pulumi/pulumi/sdk/v3@v3.250.0/go/pulumi/run.go")
	for name, c := range map[string]struct {
		frames []Frame
		want   string
	}{
		"in the project":            {[]Frame{at(dir + "/modules/network/vnet.go")}, "modules/network/vnet.go:7"},
		"escaped":                   {[]Frame{at(dir + "/my%20modules/a.go")}, "my modules/a.go:7"},
		"built with -trimpath":      {[]Frame{at("/example.org/estate/modules/a.go")}, "modules/a.go:7"},
		"a module cache within it":  {[]Frame{at(dir + "/.cache/pkg/mod/a.org/b@v1.0.0/c.go"), at(dir + "/main.go")}, "main.go:7"},
		"the project's frame wins":  {[]Frame{sdk, at(dir + "/main.go")}, "main.go:7"},
		"only a dependency":         {[]Frame{sdk}, "github.com/pulumi/pulumi/sdk/v3@v3.250.0/go/pulumi/run.go:7"},
		"a dependency, -trimpath":   {[]Frame{at("/github.com/a/b@v1.2.3/c/d.go")}, "github.com/a/b@v1.2.3/c/d.go:7"},
		"elsewhere on the machine":  {[]Frame{at("/home/ola/other/main.go")}, "main.go:7"},
		"a folder that looks alike": {[]Frame{at(dir + "-old/main.go")}, "main.go:7"},
		"a home that looks alike":   {[]Frame{at("/home/ola@v1/other/main.go")}, "main.go:7"},
		"out of the project":        {[]Frame{at(dir + "/../secret/main.go")}, "main.go:7"},
		"none":                      {nil, ""},
		"no line":                   {[]Frame{{URI: "file:///a.go"}}, ""},
		"no address":                {[]Frame{{URI: "::", Line: 3}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := root.Position(c.frames...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestStatePosition(t *testing.T) {
	for in, want := range map[string]string{
		"project:///modules/network/vnet.go#12,3": "modules/network/vnet.go:12",
		"project:///main.go#12":                   "main.go:12",
		"project:///../../home/dev/go/pkg/mod/github.com/pulumi/pulumi-azure-native-sdk/network/v2@v2.90.0/a.go#9": "github.com/pulumi/pulumi-azure-native-sdk/network/v2@v2.90.0/a.go:9",
		"project:///../../home/ola/private/main.go#4":                                                              "main.go:4",
		"":                      "",
		"project:///main.go":    "",
		"file:///home/ola/a#1":  "",
		"project:///main.go#-1": "",
	} {
		if got := statePosition(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := statePosition("project:///../lib/a.go#1", "project:///main.go#2"); got != "main.go:2" {
		t.Errorf("got %q, want the project's frame", got)
	}
}
