package gate

import (
	"encoding/json"
	"os"
	"testing"
	"testing/fstest"

	"github.com/tillit-dev/tillit/policies"
)

// A pack that was compiled before judges like one that is compiled now.
func TestCompiled(t *testing.T) {
	files := pack(t, nil).(fstest.MapFS)
	text, err := Compile(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	c, err := decode(text)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := digest(files)
	if err != nil || c.Digest != sum {
		t.Errorf("the digest is %q, want %q (%v)", c.Digest, sum, err)
	}
	was, err := c.gate("pack")
	if err != nil {
		t.Fatal(err)
	}
	is, err := Load(t.Context(), files, "pack")
	if err != nil {
		t.Fatal(err)
	}
	decl := declare(t, `{"crypto.transit": {"tls": "1.2"}, "backup.interval": {"every": "1d", "for": "7d"}}`)
	for _, tls := range []string{"1.0", "1.2"} {
		got, want := judge(t, was, decl, store("one", map[string]any{"tls": tls})), judge(t, is, decl, store("one", map[string]any{"tls": tls}))
		if encoded(t, got) != encoded(t, want) {
			t.Errorf("TLS %s: got %s, want %s", tls, encoded(t, got), encoded(t, want))
		}
	}
	if got, want := encoded(t, was.Rules()), encoded(t, is.Rules()); got != want {
		t.Errorf("the rules are %s, want %s", got, want)
	}
	if got, want := encoded(t, was.facts), encoded(t, is.facts); got != want {
		t.Errorf("the facts are %s, want %s", got, want)
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whatever the rules could read differently makes another pack of it; a test
// does not.
func TestDigest(t *testing.T) {
	sum := func(change func(fstest.MapFS)) string {
		files := pack(t, nil).(fstest.MapFS)
		change(files)
		s, err := digest(files)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := sum(func(fstest.MapFS) {})
	for name, change := range map[string]func(fstest.MapFS){
		"a rule":  func(p fstest.MapFS) { p["rules/a/more.rego"] = &fstest.MapFile{Data: []byte("package a\n")} },
		"a fact":  func(p fstest.MapFS) { p["data/more.yaml"] = &fstest.MapFile{Data: []byte("a: 1\n")} },
		"a space": func(p fstest.MapFS) { p["lib/more.rego"] = &fstest.MapFile{Data: []byte(" ")} },
	} {
		if sum(change) == first {
			t.Errorf("%s changes nothing", name)
		}
	}
	if sum(func(p fstest.MapFS) { p["rules/a/more_test.rego"] = &fstest.MapFile{Data: []byte("package a\n")} }) != first {
		t.Error("a test makes another pack of it")
	}
	if sum(func(p fstest.MapFS) { p["examples/a/more.yaml"] = &fstest.MapFile{Data: []byte("a: 1\n")} }) != first {
		t.Error("an example makes another pack of it")
	}
}

func TestNoCompiledPack(t *testing.T) {
	for _, text := range []string{"", "\n", "{}", "{}\n\x09", "no\n"} {
		if _, err := decode([]byte(text)); err == nil {
			t.Errorf("%q is a compiled pack", text)
		}
	}
}

// What make build compiles is what is built in, and what lies in the checkout.
func TestShippedPackIsCompiledOnce(t *testing.T) {
	onDisk, err := digest(os.DirFS("../../policies"))
	if err != nil {
		t.Fatal(err)
	}
	builtIn, err := digest(policies.Files)
	if err != nil || builtIn != onDisk {
		t.Errorf("%s is built in, %s on disk (%v)", builtIn, onDisk, err)
	}
}

// BenchmarkLoad loads the shipped pack: compiled before, and compiled now.
func BenchmarkLoad(b *testing.B) {
	text, err := Compile(b.Context(), policies.Files)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("compiled", func(b *testing.B) {
		for b.Loop() {
			c, err := decode(text)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := c.gate("policies"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("source", func(b *testing.B) {
		for b.Loop() {
			c, err := compile(b.Context(), policies.Files, "policies")
			if err != nil {
				b.Fatal(err)
			}
			if _, err := c.gate(""); err != nil {
				b.Fatal(err)
			}
		}
	})
}
