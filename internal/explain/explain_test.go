package explain

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; go test -update writes it anew. Got:\n%s", file, got)
	}
}

func TestRuleText(t *testing.T) {
	told, err := open(t).Rule(t.Context(), "backup/retention")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "retention.txt", told.Text(Paper{Width: 100}))
}

func TestRuleOfTheGate(t *testing.T) {
	told, err := open(t).Rule(t.Context(), gate.Witnessed)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "witnessed.txt", told.Text(Paper{Width: 100, Colour: true}))
}

func TestPromiseText(t *testing.T) {
	for name, c := range map[string]struct {
		id       promises.ID
		language string
	}{
		"firewalls.txt":    {"perimeter.firewalls", "en"},
		"in-country.nb":    {"residency.in-country", "nb"},
		"certificates.sv":  {"assurance.certified-hosting", "sv"},
		"without-rule.txt": {"backup.tested", "en"},
	} {
		told, err := open(t).Promise(c.id, c.language)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, told.Text(Paper{Width: 100}))
	}
}

// Every promise can be told in every language: no word is missing.
func TestEveryPromiseInEveryLanguage(t *testing.T) {
	b := open(t)
	for _, language := range promises.Languages() {
		for _, p := range promises.Catalogue() {
			told, err := b.Promise(p.ID, language)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(told.Text(Paper{Width: 100})) {
				if strings.TrimSpace(line) == "" && line != "\n" || strings.Contains(line, "%!") {
					t.Errorf("%s in %s: the line %q", p.ID, language, line)
				}
			}
		}
	}
	if _, err := b.Promise("backup.interval", "fi"); err == nil || !strings.Contains(err.Error(), "en, nb, sv") {
		t.Errorf("an unknown language: %v", err)
	}
}

func TestNearest(t *testing.T) {
	b := open(t)
	for word, want := range map[string]string{
		"crypto/tls_currnt": "crypto/tls-current",
		"backup.intervall":  "backup.interval",
		"promise/witness":   gate.Witnessed,
		"tls-current":       "crypto/tls-current",
	} {
		if got := b.Nearest(word); got != want {
			t.Errorf("%s: got %s, want %s", word, got, want)
		}
		if rule, promise := b.Has(word); rule || promise {
			t.Errorf("%s is there", word)
		}
		if rule, promise := b.Has(want); !rule && !promise {
			t.Errorf("%s is not there", want)
		}
	}
	if _, err := b.Rule(t.Context(), "backup.interval"); err == nil {
		t.Error("a promise was told as a rule")
	}
	if _, err := b.Promise("crypto/tls-current", "en"); err == nil {
		t.Error("a rule was told as a promise")
	}
}

// What is in docs/rules is what the generator writes.
func TestDocsAreCurrent(t *testing.T) {
	pages, err := open(t).Pages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	docs := os.DirFS("../../docs/rules")
	found := map[string]string{}
	err = fs.WalkDir(docs, ".", func(p string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(docs, p)
		found[p] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range pages {
		if found[name] != text {
			t.Errorf("docs/rules/%s is not current: run go generate ./internal/explain", name)
		}
		delete(found, name)
	}
	for name := range found {
		t.Errorf("docs/rules/%s is of no rule: run go generate ./internal/explain", name)
	}
}

// The links of the pages lead somewhere.
func TestLinks(t *testing.T) {
	pages, err := open(t).Pages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range pages {
		for _, part := range strings.Split(text, "](")[1:] {
			target, _, _ := strings.Cut(part, ")")
			if _, err := os.Stat(filepath.Join("../../docs/rules", filepath.Dir(name), target)); err != nil {
				t.Errorf("docs/rules/%s: %v", name, err)
			}
		}
	}
}

// A pack of somebody else's may have no examples, and is told of without.
func TestPackWithoutExamples(t *testing.T) {
	b, err := Open(t.Context(), packWith(t, nil), "pack")
	if err != nil {
		t.Fatal(err)
	}
	told, err := b.Rule(t.Context(), "crypto/tls-current")
	if err != nil {
		t.Fatal(err)
	}
	if told.Good != nil || told.Bad != nil {
		t.Error("an example came from nowhere")
	}
	if text := told.Text(Paper{Width: 100}); !strings.HasSuffix(text, "Source        pack/rules/crypto/tls_current/tls_current.rego\n") {
		t.Errorf("the page ends in\n%s", text)
	}
}

// packWith is the shipped pack with other examples.
func packWith(t *testing.T, examples map[string]string) fs.FS {
	t.Helper()
	pack := fstest.MapFS{}
	err := fs.WalkDir(policies.Files, ".", func(p string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(p, "examples/") {
			return err
		}
		text, err := fs.ReadFile(policies.Files, p)
		pack[p] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range examples {
		pack["examples/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return pack
}

func TestFaultyExamples(t *testing.T) {
	const file = "crypto/tls-current.yaml"
	const promised = "promises: {crypto.transit: {tls: '1.2'}}\n"
	const account = "azure-native:storage:StorageAccount"
	one := "\n  - {type: " + account + ", name: a, props: {}}\n"
	for name, c := range map[string]struct {
		file, text string
		want       []string
	}{
		"no YAML":            {file, "a: [b", []string{"pack/examples/" + file}},
		"a word that is not": {file, "promise: {}", []string{file, "promise"}},
		"nothing bad":        {file, promised + "good:" + one, []string{file, "needs promises, good and bad"}},
		"of no rule":         {"crypto/tls.yaml", promised + "good:" + one + "bad:" + one, []string{"crypto/tls.yaml", "no rule crypto/tls"}},
		"no such promise":    {file, "promises: {crypto.transport: {}}\ngood:" + one + "bad:" + one, []string{file, "crypto.transport"}},
		"a name twice":       {file, promised + "both:" + one + "good:" + one + "bad:" + one, []string{file, "good", `"a"`, "a name of its own"}},
		"no type":            {file, promised + "good: [{name: a}]\nbad:" + one, []string{file, "good", "a type"}},
		"a parent unnamed":   {file, promised + "good: [{type: 'azure-native:storage:BlobContainer', name: b}]\nbad:" + one, []string{file, "b: ", "accountName is not given"}},
		"a loose reference":  {file, promised + "good:" + one + "bad: [{type: '" + account + "', name: b, props: {x: [{y: '${c.id}'}]}}]", []string{file, "bad: b", "${c.id}"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := Open(t.Context(), packWith(t, map[string]string{c.file: c.text}), "pack")
			if err == nil {
				_, err = b.Rule(t.Context(), "crypto/tls-current")
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
		})
	}
}

// An example that its rule judges otherwise than it says would be found.
func TestAnExampleCanFail(t *testing.T) {
	text, err := fs.ReadFile(policies.Files, "examples/crypto/tls-current.yaml")
	if err != nil {
		t.Fatal(err)
	}
	weak := strings.Replace(string(text), "TLS1_2", "TLS1_1", 1)
	b, err := Open(t.Context(), packWith(t, map[string]string{"crypto/tls-current.yaml": weak}), "pack")
	if err != nil {
		t.Fatal(err)
	}
	told, err := b.Rule(t.Context(), "crypto/tls-current")
	if err != nil {
		t.Fatal(err)
	}
	found := slices.IndexFunc(told.Good.Violations, func(v gate.Violation) bool { return v.Property == "minimumTlsVersion" })
	if found < 0 {
		t.Errorf("the violations are %v", told.Good.Violations)
	}
}
