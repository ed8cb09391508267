package monitor

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func write(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// The values are those that Pulumi hands to a program.
func TestReadConfig(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "Pulumi.dev.yaml"), `
secretsprovider: passphrase
encryptionsalt: v1:abc
config:
  azure-native:location: westeurope
  plain: text
  port: 0755
  on: yes
  flag: true
  day: 2025-01-31
  empty:
  token: { secure: v1:abcd }
  list: [1, "two", 3.5, null]
  tillit:promises:
    backup.interval: { every: 10m, layers: 2 }
    residency: { country: NO, since: 2025-01-31 }
  nested:
    user: ola
    password: { secure: v1:efgh }
  shared: &shared { a: 1 }
  again: *shared
`)
	config, secret, err := ReadConfig(file, "proj")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"azure-native:location": "westeurope",
		"proj:plain":            "text",
		"proj:port":             "0755",
		"proj:on":               "yes",
		"proj:flag":             "true",
		"proj:day":              "2025-01-31",
		"proj:empty":            "",
		"proj:token":            SecretStandIn,
		"proj:list":             `[1,"two",3.5,null]`,
		"tillit:promises":       `{"backup.interval":{"every":"10m","layers":2},"residency":{"country":"NO","since":"2025-01-31"}}`,
		"proj:nested":           `{"password":"[secret]","user":"ola"}`,
		"proj:shared":           `{"a":1}`,
		"proj:again":            `{"a":1}`,
	}
	for key, v := range want {
		if config[key] != v {
			t.Errorf("%s = %q, want %q", key, config[key], v)
		}
	}
	if len(config) != len(want) {
		t.Errorf("got %v", config)
	}
	if want := []string{"proj:nested", "proj:token"}; !reflect.DeepEqual(secret, want) {
		t.Errorf("secret keys = %v, want %v", secret, want)
	}
}

func TestReadConfigRefuses(t *testing.T) {
	dir := t.TempDir()
	bomb := "config:\n  a0: &a0 [x]\n"
	for i := range 30 {
		bomb += fmt.Sprintf("  a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	for name, c := range map[string]struct{ in, want string }{
		"torn":         {"config:\n  a: b\n   c: d\n", "torn.yaml: yaml: line "},
		"a list":       {"- a\n", "cannot unmarshal"},
		"twice":        {"config:\n  a: 1\n  a: 2\n", "already defined"},
		"twice within": {"config:\n  a: {b: 1, b: 2}\n", `twice within.yaml:2: a: line 2: b is there twice`},
		"endless":      {"config:\n  a: &a [*a]\n", "endless.yaml:2: a: it holds too many values"},
		"a bomb":       {bomb, "it holds too many values"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := ReadConfig(write(t, filepath.Join(dir, name+".yaml"), c.in), "p")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("err = %v, want %q", err, c.want)
			}
		})
	}
	if _, _, err := ReadConfig(filepath.Join(dir, "nowhere.yaml"), "p"); err == nil || !strings.Contains(err.Error(), "nowhere.yaml: no such file") {
		t.Errorf("err = %v", err)
	}
}

func TestFindProject(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Pulumi.yaml"), `
name: shop
runtime: go
config:
  region: { type: string, default: north }
  fixed: { value: 7 }
  bare: x
  other:key: y
  undecided: { type: string }
`)
	write(t, filepath.Join(dir, "stacks", "a", "b.txt"), "")
	p, found, err := FindProject(filepath.Join(dir, "stacks", "a"))
	if err != nil || !found {
		t.Fatal(found, err)
	}
	if p.Name != "shop" || p.Dir != dir {
		t.Errorf("got %+v", p)
	}
	want := map[string]string{"shop:region": "north", "shop:fixed": "7", "shop:bare": "x", "other:key": "y"}
	if !reflect.DeepEqual(p.Config, want) {
		t.Errorf("config = %v, want %v", p.Config, want)
	}

	write(t, filepath.Join(dir, "nameless", "Pulumi.yaml"), "runtime: go\n")
	if _, _, err := FindProject(filepath.Join(dir, "nameless")); err == nil || !strings.Contains(err.Error(), "the project has no name") {
		t.Errorf("err = %v", err)
	}
}
