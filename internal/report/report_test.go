package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	nothing := gate.Violation{
		Rule: gate.Witnessed, Message: "nothing in the estate keeps perimeter.waf", Severity: gate.Critical,
		Remediation: "Deploy what keeps the promise, or stop declaring it.", Controls: []string{"A.8.20"},
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
					Expires: "2024-07-01", State: gate.Used, Violations: []gate.Violation{{Rule: "crypto/keys-rotate", URN: "urn:legacy"}}, Line: 40,
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
	}
}

func TestGolden(t *testing.T) {
	kept := &gate.Result{Estate: "test", Verdict: gate.Kept, Source: "state", Resources: 1, Promises: []gate.Promise{{
		ID: "crypto.transit", Verdict: gate.Kept, Promised: map[string]any{"tls": "1.2"}, Designed: map[string]any{"tls": "1.3"},
		Witnesses: []gate.Witness{{Rule: "a/b", URN: "urn:x", Designed: map[string]any{}}}, Violations: []gate.Violation{},
		Undetermined: []gate.Finding{}, Waivers: []gate.Waiver{},
	}}}
	for file, test := range map[string]struct {
		format string
		colour bool
		result *gate.Result
	}{
		"everything.txt":  {"text", false, everything()},
		"everything.ansi": {"text", true, everything()},
		"everything.json": {"json", false, everything()},
		"kept.txt":        {"text", false, kept},
		"kept.json":       {"json", false, kept},
	} {
		t.Run(file, func(t *testing.T) {
			out, err := For(test.format, test.colour)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := out.Output(&got, test.result); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", file)
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("differs from %s (-update rewrites it):\n%s", golden, got.String())
			}
		})
	}
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

func TestTextDoesNotSteerTheTerminal(t *testing.T) {
	var b bytes.Buffer
	if err := (Text{}).Output(&b, everything()); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\x07\r") {
		t.Errorf("control characters in %q", b.String())
	}
}

func TestUnknownFormat(t *testing.T) {
	_, err := For("xml", false)
	if err == nil || !strings.Contains(err.Error(), "json, text") {
		t.Errorf("error %v", err)
	}
}

func TestWriteFails(t *testing.T) {
	for _, format := range Formats() {
		out, err := For(format, false)
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
