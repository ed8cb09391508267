package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tillit-dev/tillit/promises"
)

var updatePromises = flag.Bool("update-promises", false, "write the golden files of tillit promises")

const waivedEstate = `config:
  tillit:promises:
    backup.interval: { every: PT10M, for: 7d }
    backup.retention: { for: 1y }
    crypto.rest: {}
  tillit:waivers:
    - { rule: backup/retention, resource: "*::scratch", reason: moves in autumn, owner: Kari Nordmann, ticket: OPS-17, expires: 2027-01-31 }
`

// runPromises runs the command as main does and returns what it printed.
func runPromises(args ...string) (string, error) {
	cmd := promisesCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.Execute()
	return out.String(), err
}

// stacksWith is a folder of stack files with one estate in it.
func stacksWith(t *testing.T, estate, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(promises.Path(dir, estate), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPromisesOutput(t *testing.T) {
	dir := stacksWith(t, "small", waivedEstate)
	for golden, args := range map[string][]string{
		"small-en.txt":     {"--estate", "small", "--stacks", dir},
		"small-nb.txt":     {"--estate", "small", "--stacks", dir, "--language", "nb"},
		"small-sv.txt":     {"--estate", "small", "--stacks", dir, "--language", "sv"},
		"small.json":       {"--estate", "small", "--stacks", dir, "--json"},
		"ledger-no-en.txt": {"--stacks", "../../stacks"},
		"ledger-no-nb.txt": {"--stacks", "../../stacks", "--language", "nb"},
		"ledger-no-sv.txt": {"--stacks", "../../stacks", "--language", "sv"},
		"help.txt":         {"--help"},
	} {
		t.Run(golden, func(t *testing.T) {
			got, err := runPromises(args...)
			if err != nil {
				t.Fatal(err)
			}
			got = strings.ReplaceAll(got, dir, "STACKS")
			path := filepath.Join("testdata", "promises", golden)
			if *updatePromises {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestPromisesSchema(t *testing.T) {
	got, err := runPromises("--schema")
	if err != nil || got != string(promises.Schema()) {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestPromisesJSONIsWhole(t *testing.T) {
	text, err := runPromises("--stacks", "../../stacks", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Estate   string
		Promises []struct {
			ID       string
			Title    string
			Kept     []string
			Promised map[string]any
			Controls []struct{ ID, Title string }
			Line     int
		}
		Means map[string]string
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	d, err := promises.Load("../../stacks/Pulumi.ledger-no.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got.Estate != "ledger-no" || len(got.Promises) != len(d.Promises) || got.Means["database"] != "postgres" {
		t.Errorf("%d of %d promises of %s, means %v", len(got.Promises), len(d.Promises), got.Estate, got.Means)
	}
	for _, p := range got.Promises {
		if p.Title == "" || len(p.Kept) == 0 || p.Promised == nil || p.Line == 0 || len(p.Controls) == 0 || p.Controls[0].Title == "" {
			t.Errorf("%+v", p)
		}
	}
}

// Plain lines stay within their width and carry no colour; a terminal's are
// bold, and say the same.
func TestPromisesPaper(t *testing.T) {
	d, err := promises.Load("../../stacks/Pulumi.ledger-no.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, on := range []paper{{72, false}, {80, false}, {120, false}, {120, true}, {160, false}} {
		var b bytes.Buffer
		if err := writePromisesTable(&b, d, "en", on); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "\x1b[1mcrypto.rest\x1b[0m"); got != on.colour {
			t.Errorf("%+v: colour %v", on, got)
		}
		plain := strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(b.String())
		if strings.Contains(plain, "\x1b") {
			t.Errorf("%+v: stray escapes", on)
		}
		for line := range strings.Lines(plain) {
			line = strings.TrimSuffix(line, "\n")
			if utf8.RuneCountInString(line) > on.width && !strings.Contains(line, "https://") || strings.TrimRight(line, " ") != line {
				t.Errorf("%+v: %q", on, line)
			}
		}
	}
	if got := paperOf(&bytes.Buffer{}); got != (paper{width: 120}) {
		t.Errorf("a buffer is %+v", got)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if got := paperOf(file); got != (paper{width: 120}) {
		t.Errorf("a file is %+v", got)
	}
}

func TestPromisesFaults(t *testing.T) {
	dir := stacksWith(t, "broken", "config:\n  tillit:promises:\n    backup.interval: { every: 10 bananas, for: 7d }\n    backup.retension: { for: 1y }\n")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no such estate":   {[]string{"--estate", "brokn", "--stacks", dir}, dir + `/Pulumi.brokn.yaml: no estate "brokn": did you mean "broken"?: file does not exist`},
		"no stacks":        {[]string{"--stacks", dir + "/none"}, dir + `/none/Pulumi.ledger-no.yaml: no estate "ledger-no": the directory holds no Pulumi.ESTATE.yaml: file does not exist`},
		"unknown language": {[]string{"--language", "da"}, `unknown language "da": use one of en, nb, sv`},
		"two outputs":      {[]string{"--json", "--schema"}, `if any flags in the group [json schema] are set none of the others can be; [json schema] were all set`},
		"an argument":      {[]string{"ledger-no"}, `unknown command "ledger-no" for "promises"`},
		"faults in the file": {[]string{"--estate", "broken", "--stacks", dir}, dir + `/Pulumi.broken.yaml:3:31: backup.interval: every: "10 bananas" is not a duration: "bananas" is not a unit (use one of s, m, h, d, w, mo, y)
` + dir + `/Pulumi.broken.yaml:4:5: unknown promise "backup.retension": did you mean "backup.retention"?`},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := runPromises(c.args...)
			if err == nil || err.Error() != c.want {
				t.Errorf("\n got %v\nwant %s", err, c.want)
			}
			if out != "" {
				t.Errorf("it printed %q", out)
			}
			if status := run(append([]string{"promises"}, c.args...)); status != exitCannot {
				t.Errorf("exit status %d", status)
			}
		})
	}
}

func TestHeadingsAreInEveryLanguage(t *testing.T) {
	for _, language := range promises.Languages() {
		for key := range headings["en"] {
			if headings[language][key] == "" {
				t.Errorf("%s: no %s", language, key)
			}
		}
	}
}
