package promises

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestLoadShippedEstate(t *testing.T) {
	path := Path("../stacks", "ledger-no")
	d, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if d.Estate != "ledger-no" || d.File != path {
		t.Errorf("estate %q of file %q", d.Estate, d.File)
	}
	if got := d.Params("backup.interval"); got.Duration("every") != 10*time.Minute || got.Duration("for") != 7*day || got.Text("every") != "10m" {
		t.Errorf("backup.interval: %+v", got)
	}
	if got := d.Params("perimeter.firewalls").Number("layers"); got != 2 {
		t.Errorf("firewall layers: %d", got)
	}
	if got := d.Params("assurance.certified-hosting").List("certificates"); len(got) != 7 || got[0] != "ISO 27001" {
		t.Errorf("certificates: %q", got)
	}
	if got := d.Params("residency.in-country").Text("country"); got != "NO" {
		t.Errorf("country: %q", got)
	}
	if got := d.Promises["residency.primary"]; got.Line != 5 || got.Column != 5 {
		t.Errorf("residency.primary stands at %d:%d", got.Line, got.Column)
	}
	if d.Has("backup.daily") || d.Params("backup.daily") != nil {
		t.Error("backup.daily is not declared")
	}
	if d.Means["database"] != "postgres" || d.Settings.Hostname != "app.ledger.example" || len(d.Settings.Groups) != 4 || len(d.Settings.Images) != 2 {
		t.Errorf("means %v, settings %+v", d.Means, d.Settings)
	}
}

// full is a file that uses everything: Pulumi's own keys, other projects'
// config, anchors, merge keys, ISO 8601, YAML's traps, defaults.
const full = `secretsprovider: azurekeyvault://vault.example/keys/pulumi
encryptionsalt: v1:abc=
environment: [common]
config:
  azure-native:location: westeurope
  other:secret: {secure: AAAB}
  other:odd: !!set {a, b}
  bare: 1
  tillit:promises:
    residency.primary: {region: westeurope}
    residency.in-country: {country: NO, region: norwayeast}
    perimeter.firewalls:
    perimeter.waf: ~
    crypto.transit: {tls: 1.3}
    crypto.keys: {}
    backup.interval: &interval {every: PT10M, for: P7D}
    backup.retention: &year {for: 1y}
    backup.immutable: *year
    log.traceable: {<<: *year}
    log.tamper-proof: {<<: [*interval, *year], for: 6mo, every: 1d}
`

func TestLoadEverything(t *testing.T) {
	_, err := parseFile("f", "e", []byte(full))
	if want := "f:20:58: log.tamper-proof has no parameter \"every\": the only one is \"for\""; err == nil || err.Error() != want {
		t.Fatalf("got %v\nwant %s", err, want)
	}
	d, err := parseFile("f", "e", []byte(strings.ReplaceAll(full, "{<<: [*interval, *year], for: 6mo, every: 1d}", "{<<: [*year], for: 6mo}")+`
  tillit:waivers:
    - rule: backup/retention
      resource: "*::ledger-archive"
      reason: moved in autumn
      owner: Kari Nordmann
      ticket: OPS-17
      expires: 2027-01-31
`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"residency.primary":    map[string]any{"region": "westeurope"},
		"residency.in-country": map[string]any{"country": "NO", "region": "norwayeast"},
		"perimeter.firewalls":  map[string]any{"layers": 2},
		"perimeter.waf":        map[string]any{},
		"crypto.transit":       map[string]any{"tls": "1.3"},
		"crypto.keys":          map[string]any{"rotation": seconds("1y", 31536000), "undelete": seconds("90d", 7776000)},
		"backup.interval":      map[string]any{"every": seconds("10m", 600), "for": seconds("7d", 604800)},
		"backup.retention":     map[string]any{"for": seconds("1y", 31536000)},
		"backup.immutable":     map[string]any{"for": seconds("1y", 31536000)},
		"log.traceable":        map[string]any{"for": seconds("1y", 31536000)},
		"log.tamper-proof":     map[string]any{"for": seconds("180d", 15552000)},
	}
	if got := d.Canonical(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	waiver := Waiver{
		Rule: "backup/retention", Resource: "*::ledger-archive", Reason: "moved in autumn", Owner: "Kari Nordmann", Ticket: "OPS-17",
		Expires: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Line: 23, Column: 7,
	}
	if len(d.Waivers) != 1 || d.Waivers[0] != waiver {
		t.Errorf("got %+v\nwant %+v", d.Waivers, waiver)
	}
}

func seconds(text string, n int64) map[string]any { return map[string]any{"text": text, "seconds": n} }

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("Pulumi.ledger-no.yaml", []byte("config:\n  tillit:promises:\n    crypto.rest:\n"))
	if _, err := Load(good); err != nil {
		t.Fatal(err)
	}
	large := write("Pulumi.large.yaml", make([]byte, maxBytes+1))
	for path, want := range map[string]string{
		filepath.Join(dir, "Pulumi.ledger-on.yaml"):           dir + `/Pulumi.ledger-on.yaml: no estate "ledger-on": did you mean "ledger-no"?: file does not exist`,
		filepath.Join(dir, "nowhere", "Pulumi.ledger-n.yaml"): dir + `/nowhere/Pulumi.ledger-n.yaml: no estate "ledger-n": the directory holds no Pulumi.ESTATE.yaml: file does not exist`,
		filepath.Join(dir, "Pulumi.yaml"):                     dir + `/Pulumi.yaml: an estate's stack config file is named Pulumi.ESTATE.yaml, with letters, digits, '.', '_' and '-'`,
		Path(dir, "ledger no"):                                filepath.Join(dir, "Pulumi.ledger no.yaml") + `: an estate's stack config file is named Pulumi.ESTATE.yaml, with letters, digits, '.', '_' and '-'`,
		large:                                                 `load the estate "large": ` + large + `: the file is larger than 1 MiB; a stack config file is a few KiB`,
	} {
		_, err := Load(path)
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", path, err, want)
		}
		if strings.Contains(want, "no estate") && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v is not fs.ErrNotExist", path, err)
		}
	}
	if _, err := Load(Path(dir, "directory")); err == nil {
		t.Error("a missing file loads")
	}
	if err := os.Mkdir(Path(dir, "directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Path(dir, "directory")); err == nil {
		t.Error("a directory loads")
	}
}

// All faults of a file are reported at once, in order, each an *Error.
func TestEveryFaultIsReported(t *testing.T) {
	_, err := parseFile("Pulumi.e.yaml", "e", []byte(`config:
  tillit:promises:
    backup.intervall: {every: 10m}
    backup.retention: {for: 10 bananas, form: 1y}
    residency.primary: {}
  tillit:means: {database: postgress}
  tillit:setings: {}
`))
	want := `Pulumi.e.yaml:3:5: unknown promise "backup.intervall": did you mean "backup.interval"?
Pulumi.e.yaml:4:29: backup.retention: for: "10 bananas" is not a duration: "bananas" is not a unit (use one of s, m, h, d, w, mo, y)
Pulumi.e.yaml:4:41: backup.retention has no parameter "form": did you mean "for"?
Pulumi.e.yaml:5:5: residency.primary needs "region": write { region: westeurope }
Pulumi.e.yaml:6:28: unknown means "postgress" of database: did you mean "postgres"?
Pulumi.e.yaml:7:3: unknown key "tillit:setings": did you mean "tillit:settings"?`
	if err == nil || err.Error() != want {
		t.Fatalf("got\n%v\nwant\n%s", err, want)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 6 {
		t.Fatalf("%T does not join six errors", err)
	}
	var first *Error
	if !errors.As(err, &first) || first.File != "Pulumi.e.yaml" || first.Line != 3 || first.Column != 5 {
		t.Errorf("the first error is %+v", first)
	}
}
