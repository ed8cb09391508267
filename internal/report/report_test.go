package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// everything has every verdict, every list and a name that attacks a terminal.
func everything() *gate.Result {
	old := gate.Violation{
		Rule: "crypto/tls-current", URN: "urn:pulumi:test::tillit::azure-native:storage:StorageAccount::archive",
		Message: "archive\x1b[2J accepts a TLS version older than 1.2", Severity: gate.High,
		Remediation: "Set the minimum TLS version.", Controls: []string{"A.5.14", "A.8.24"},
		Property: "minimumTlsVersion", Seen: "TLS1_0", Wanted: "1.2 or later", Position: "modules/documents/documents.go:41",
	}
	legacy := gate.Violation{
		Rule: "crypto/keys-rotate", URN: "urn:legacy", Message: "legacy never rotates", Severity: gate.Medium,
		Remediation: "Give the key a rotation policy.", Controls: []string{"A.8.24"}, Position: "modules/keys/keys.go:103",
	}
	nothing := gate.Violation{
		Rule: gate.Witnessed, Message: "nothing in the estate keeps perimeter.waf", Severity: gate.Critical,
		Remediation: "Deploy what keeps the promise, or stop declaring it.", Controls: []string{"A.8.20"},
	}
	spare := gate.Violation{
		Rule: "crypto/keys-rotate", URN: "urn:spare", Message: "spare never rotates", Severity: gate.Medium,
		Remediation: "Give the key a rotation policy.", Controls: []string{"A.8.24"}, Position: "modules/keys/keys.go:103",
	}
	point := map[string]any{
		"every": map[string]any{"text": "5m", "seconds": 300.0},
		"for":   map[string]any{"text": "7d", "seconds": 604800.0},
	}
	return &gate.Result{
		Estate: "test", Verdict: gate.Broken, Source: "plan", Resources: 12, File: "stacks/Pulumi.test.yaml",
		Promises: []gate.Promise{
			{
				ID: "assurance.certified-hosting", Verdict: gate.NotJudged, By: []string{"drill", "attestation"}, Line: 9,
				Promised:  map[string]any{"certificates": []string{"ISO 27001", "ISO 27017", "ISO 27018", "ISO 20000-1", "ISO 22301"}},
				Witnesses: []gate.Witness{}, Violations: []gate.Violation{}, Undetermined: []gate.Finding{}, Waivers: []gate.Waiver{},
			},
			{
				ID: "backup.interval", Verdict: gate.Kept, Promised: map[string]any{
					"for":   map[string]any{"text": "7d", "seconds": 604800},
					"every": map[string]any{"text": "10m", "seconds": 600},
				}, Designed: point,
				Witnesses:  []gate.Witness{{Rule: "backup/interval", URN: "urn:db", Designed: map[string]any{"every": 300.0}}},
				Violations: []gate.Violation{}, Undetermined: []gate.Finding{}, Waivers: []gate.Waiver{},
			},
			{
				ID: "crypto.keys", Verdict: gate.Waived, Promised: map[string]any{"rotation": map[string]any{"text": "1y", "seconds": 31536000}}, Line: 12,
				Witnesses: []gate.Witness{}, Violations: []gate.Violation{}, Undetermined: []gate.Finding{},
				Waivers: []gate.Waiver{{
					Rule: "crypto/keys-rotate", Resource: "*::legacy", Reason: "moved in May", Owner: "ops", Ticket: "T-7",
					Expires: "2024-07-01", State: gate.Used, Violations: []gate.Violation{legacy}, Line: 40,
				}, {
					Rule: "crypto/keys-rotate", Resource: "*::s*", Reason: "a copy", Owner: "ops", Ticket: "T-6",
					Expires: "2024-07-01", State: gate.Used, OverBroad: "it takes in signing too, which keeps the promise; name only what does not",
					Violations: []gate.Violation{spare}, Line: 43,
				}},
			},
			{
				ID: "crypto.transit", Verdict: gate.Broken, Promised: map[string]any{"tls": "1.2"}, Designed: map[string]any{"tls": "1.2"}, Line: 13,
				Witnesses:  []gate.Witness{{Rule: "crypto/tls-current", URN: "urn:good", Designed: map[string]any{"tls": "1.2"}}},
				Violations: []gate.Violation{old},
				Undetermined: []gate.Finding{{
					Rule: "crypto/tls-current", URN: "urn:new", Property: "minimumTlsVersion",
					Message: "the minimum TLS version of new is not known yet", Position: "new.go:3",
				}},
				Waivers: []gate.Waiver{
					{Rule: "crypto/tls-current", Resource: "*::archive", Reason: "scanner", Owner: "ops", Ticket: "T-8", Expires: "2024-05-01", State: gate.Expired, Violations: []gate.Violation{old}, Line: 41},
					{Rule: "crypto/tls-current", Resource: "*::gone", Reason: "scanner", Owner: "ops", Ticket: "T-9", Expires: "2025-05-01", State: gate.Orphaned, Violations: []gate.Violation{}, Line: 42},
					{Rule: "crypto/tls-current", Resource: "*::new", Reason: "scanner", Owner: "ops", Ticket: "T-10", Expires: "2025-05-01", State: gate.Pending, Violations: []gate.Violation{}, Line: 44},
				},
			},
			{
				ID: "perimeter.waf", Verdict: gate.Broken, Promised: map[string]any{}, Line: 14,
				Witnesses: []gate.Witness{}, Violations: []gate.Violation{nothing}, Undetermined: []gate.Finding{}, Waivers: []gate.Waiver{},
			},
			{
				ID: "perimeter.ddos", Verdict: gate.Undetermined, Promised: map[string]any{}, Witnesses: []gate.Witness{}, Violations: []gate.Violation{},
				Undetermined: []gate.Finding{{Message: "no rule of the pack judges perimeter.ddos"}}, Waivers: []gate.Waiver{},
			},
		},
		NotJudged: []inventory.NotJudged{{
			ID: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Quantum/workspaces/q", Type: "Microsoft.Quantum/workspaces", Reason: "no rule knows its type",
		}},
	}
}

// rules are the pack's that everything was judged by, but for one.
func rules() []gate.Rule {
	return []gate.Rule{
		{
			ID: "crypto/keys-rotate", Promise: "crypto.keys", Title: "Keys rotate", Description: "A key without a policy never rotates.",
			Controls: []string{"A.8.24"}, Severity: gate.Medium, Remediation: "Give the key a rotation policy.",
		},
		{
			ID: "crypto/tls-current", Promise: "crypto.transit", Title: "No TLS older than promised", Description: "Old versions can be read.",
			Controls: []string{"A.5.14", "A.8.24"}, Severity: gate.High, Remediation: "Set the minimum TLS version.",
			File: "policies/rules/crypto/tls_current/tls_current.rego",
		},
		{
			ID: "log/kept-long-enough", Promise: "log.traceable", Title: "Not declared, so not described", Description: "Logs.",
			Controls: []string{"A.8.15"}, Severity: gate.Low, Remediation: "Keep them.",
		},
		{ID: gate.Witnessed, Title: "Every promise has a witness", Description: "An empty estate cannot pass.", Severity: gate.Critical},
	}
}

// options are what check would say of a project in a folder of its repository.
func options() Options {
	return Options{
		Rules: rules(), Folder: "infra", File: "infra/stacks/Pulumi.test.yaml", Docs: "https://example.com/rules/",
		Time: time.Date(2024, 6, 1, 14, 0, 0, 5, time.FixedZone("", 2*60*60)),
	}
}

// attack is in the names of a hostile estate: it ends lines, commands, tags and
// sections, steers the terminal, and is not UTF-8.
const attack = "a\n::error::b\r\n%0A,c: <script>]]></failure>&amp; [d](https://e) \x1b[2J\x00\xff\u202ef\ufffe"

// hostile has attack wherever an estate can put it, and findings that only their
// number tells apart.
func hostile() *gate.Result {
	v := gate.Violation{
		Rule: "crypto/tls-current", URN: "urn:" + attack, Message: attack, Severity: gate.High, Remediation: "Set it.",
		Controls: []string{"A.8.24"}, Property: attack, Seen: attack, Wanted: []any{attack}, Position: attack + ":7",
	}
	second, foreign, accepted := v, v, v
	second.Message = "second " + attack
	foreign.URN, foreign.Position = "urn:foreign", "example.com/module@v1.2.3/module.go:9"
	accepted.URN, accepted.Position = "urn:accepted", "../outside.go:3"
	waiver := gate.Waiver{
		Rule: v.Rule, Resource: "*" + attack, Reason: attack, Owner: attack, Ticket: attack, Expires: "2024-07-01",
		State: gate.Used, Violations: []gate.Violation{accepted},
	}
	broad := waiver
	broad.OverBroad = "it takes in " + attack
	return &gate.Result{
		Estate: attack, Verdict: gate.Broken, Source: attack, Resources: 1, File: "/elsewhere/Pulumi.test.yaml",
		Promises: []gate.Promise{{
			ID: "crypto.transit", Verdict: gate.Broken, Promised: map[string]any{"tls": attack}, Designed: map[string]any{"tls": attack},
			Witnesses:  []gate.Witness{{Rule: v.Rule, URN: "urn:" + attack, Designed: map[string]any{"tls": attack}}},
			Violations: []gate.Violation{v, second, foreign},
			Undetermined: []gate.Finding{
				{Rule: v.Rule, URN: "urn:" + attack, Property: attack, Message: attack, Position: "a%20b#c?.go:1"},
			},
			Waivers: []gate.Waiver{waiver, waiver, broad},
		}},
		NotJudged: []inventory.NotJudged{{ID: attack, Type: attack, Reason: attack}},
	}
}

func kept() *gate.Result {
	return &gate.Result{Estate: "test", Verdict: gate.Kept, Source: "state", Resources: 1, Promises: []gate.Promise{{
		ID: "crypto.transit", Verdict: gate.Kept, Promised: map[string]any{"tls": "1.2"}, Designed: map[string]any{"tls": "1.3"},
		Witnesses: []gate.Witness{{Rule: "a/b", URN: "urn:x", Designed: map[string]any{}}}, Violations: []gate.Violation{},
		Undetermined: []gate.Finding{}, Waivers: []gate.Waiver{},
	}}}
}

// fixtures are the judgements that every format is tried on.
func fixtures() map[string]*gate.Result {
	return map[string]*gate.Result{"everything": everything(), "hostile": hostile(), "kept": kept()}
}

// written is a judgement in a format.
func written(t *testing.T, format string, options Options, result *gate.Result) []byte {
	t.Helper()
	out, err := For(format, options)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := out.Output(&got, result); err != nil {
		t.Fatal(err)
	}
	return got.Bytes()
}

// compareGolden compares with a file of testdata, or rewrites it.
func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	golden := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s (-update rewrites it):\n%s", golden, got)
	}
}

func TestGolden(t *testing.T) {
	endings := map[string]string{
		"text": "txt", "json": "json", "sarif": "sarif", "junit": "xml", "github": "github", "oscal": "oscal.json",
	}
	for name, result := range fixtures() {
		for _, format := range Formats() {
			t.Run(name+" "+format, func(t *testing.T) {
				compareGolden(t, name+"."+endings[format], written(t, format, options(), result))
			})
		}
	}
	t.Run("colour", func(t *testing.T) {
		compareGolden(t, "everything.ansi", written(t, "text", Options{Colour: true}, everything()))
	})
}

// The contract names these members; scripts rely on them.
func TestJSONContract(t *testing.T) {
	var b bytes.Buffer
	if err := (JSON{}).Output(&b, everything()); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Estate, Verdict string
		Promises        []map[string]json.RawMessage
	}
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Estate != "test" || doc.Verdict != "broken" {
		t.Errorf("estate %q, verdict %q", doc.Estate, doc.Verdict)
	}
	for _, promise := range doc.Promises {
		for _, member := range []string{"id", "verdict", "promised", "designed", "measured"} {
			if promise[member] == nil {
				t.Errorf("%s: no %s", promise["id"], member)
			}
		}
		for _, member := range []string{"witnesses", "violations", "undetermined", "waivers"} {
			if !bytes.HasPrefix(promise[member], []byte("[")) {
				t.Errorf("%s: %s is %s, not a list", promise["id"], member, promise[member])
			}
		}
	}
}

// Whatever an estate is called, no format passes on what could steer a terminal
// or is not UTF-8.
func TestNothingSteersTheTerminal(t *testing.T) {
	for name, result := range fixtures() {
		for _, format := range Formats() {
			got := string(written(t, format, options(), result))
			steers := "\x1b\x00\x07\r\u202e"
			if format == "json" { // it tells values as they are, in escapes
				steers = "\x1b\x00\x07\r"
			}
			if strings.ContainsAny(got, steers) || !utf8.ValidString(got) {
				t.Errorf("%s as %s: control characters or invalid UTF-8 in %q", name, format, got)
			}
		}
	}
}

// A report depends on the judgement alone.
func TestReportsAreReproducible(t *testing.T) {
	for name, result := range fixtures() {
		for _, format := range Formats() {
			again := options()
			if format != "oscal" {
				again.Time = again.Time.AddDate(1, 0, 0)
			}
			if !bytes.Equal(written(t, format, options(), result), written(t, format, again, result)) {
				t.Errorf("%s as %s differs from run to run", name, format)
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	_, err := For("xml", Options{})
	if err == nil || !strings.Contains(err.Error(), "use one of github, json, junit, oscal, sarif, text") {
		t.Errorf("error %v", err)
	}
}

func TestWriteFails(t *testing.T) {
	for _, format := range Formats() {
		out, err := For(format, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := out.Output(full{}, everything()); err == nil {
			t.Errorf("%s: no error from a full disk", format)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestPlain(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, "(not set)"}, {"", `""`}, {"x", "x"}, {true, "true"}, {1.5, "1.5"}, {[]any{"a", 1.0}, "a, 1"},
		{inventory.Unknown(), "(not known yet)"}, {inventory.Secret(), "(secret)"},
		{map[string]any{"text": "7d", "seconds": 604800}, "7d"}, {map[string]any{"a": "b"}, `{"a":"b"}`},
	} {
		if got := plain(test.value); got != test.want {
			t.Errorf("plain(%v) = %q, want %q", test.value, got, test.want)
		}
	}
}

func TestDesignedSaysWhatNothingBounds(t *testing.T) {
	seconds := func(n int) map[string]any { return map[string]any{"text": "", "seconds": n} }
	one := []gate.Witness{{Rule: "a/b", URN: "urn"}}
	for _, c := range []struct {
		promise gate.Promise
		want    string
	}{
		{gate.Promise{ID: "continuity.standby", Verdict: gate.Kept, Witnesses: one, Promised: map[string]any{"within": seconds(900)}}, "within not stated"},
		{gate.Promise{ID: "perimeter.waf", Verdict: gate.Kept, Witnesses: one}, "yes"},
		{gate.Promise{ID: "perimeter.waf", Verdict: gate.Broken, Witnesses: one}, "in part"},
		{gate.Promise{ID: "perimeter.waf", Verdict: gate.Broken}, "-"},
	} {
		if got := designed(c.promise); got != c.want {
			t.Errorf("%s %s: designed %q, want %q", c.promise.ID, c.promise.Verdict, got, c.want)
		}
	}
}

// What drills have measured has a column of its own, once there is something.
func TestMeasuredHasAColumn(t *testing.T) {
	result := &gate.Result{Estate: "test", Verdict: gate.Kept, Promises: []gate.Promise{
		{ID: "backup.immutable", Verdict: gate.Kept}, {ID: "backup.interval", Verdict: gate.Kept}, {ID: "perimeter.waf", Verdict: gate.Kept},
	}}
	table := func() string {
		var b bytes.Buffer
		if err := (Text{}).Output(&b, result); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if text := table(); strings.Contains(text, "MEASURED") {
		t.Errorf("nothing was measured:\n%s", text)
	}
	result.Measure("backup.interval", map[string]any{"every": map[string]any{"text": "3.2s", "seconds": 3.2}}, true)
	result.Measure("backup.immutable", nil, false)
	text := table()
	for _, want := range []string{`(?m)^PROMISE +PROMISED +DESIGNED +MEASURED +VERDICT$`, `(?m)^backup\.immutable .* no +broken$`, `(?m)^backup\.interval .* every 3\.2s +kept$`, `(?m)^perimeter\.waf .* - +kept$`} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("no line like %s in\n%s", want, text)
		}
	}
}
