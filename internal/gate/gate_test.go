package gate

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// today is the day on which the tests judge.
var today = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)

// pack is the project's library with the fixture rules; changes replaces or
// adds files, or removes those whose text is empty.
func pack(t *testing.T, changes map[string]string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	copyTree(t, files, os.DirFS("../../policies"), "lib")
	copyTree(t, files, os.DirFS("testdata/policies"), ".")
	for name, text := range changes {
		if text == "" {
			delete(files, name)
			continue
		}
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func copyTree(t *testing.T, into fstest.MapFS, from fs.FS, dir string) {
	t.Helper()
	err := fs.WalkDir(from, dir, func(p string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, p)
		into[p] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T) *Gate {
	t.Helper()
	g, err := Load(t.Context(), pack(t, nil), "pack")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// declare is what an estate named test declares, as the engine hands it over.
func declare(t *testing.T, text string, waivers ...promises.Waiver) *promises.Declaration {
	t.Helper()
	decl, err := promises.FromConfig("test", map[string]string{"tillit:promises": text})
	if err != nil {
		t.Fatal(err)
	}
	decl.Waivers = waivers
	return decl
}

// store is a resource that the fixture rules judge.
func store(name string, props map[string]any) inventory.Resource {
	return inventory.Resource{
		URN:      urn(name),
		Type:     "test:data:Store",
		Name:     name,
		Props:    props,
		Custom:   true,
		Position: name + ".go:7",
	}
}

func urn(name string) string { return "urn:pulumi:test::tillit::test:data:Store::" + name }

func judge(t *testing.T, g *Gate, decl *promises.Declaration, resources ...inventory.Resource) *Result {
	t.Helper()
	result, err := g.Judge(context.Background(), &inventory.Inventory{Estate: "test", Source: "plan", Resources: resources}, decl, today)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// change is the text of a fixture file with one thing replaced.
func change(t *testing.T, file, old, new string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path.Join("testdata/policies", file))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s does not contain %q", file, old)
	}
	return map[string]string{file: strings.Replace(string(text), old, new, 1)}
}

func with(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
