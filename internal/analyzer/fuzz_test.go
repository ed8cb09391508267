package analyzer

import (
	"encoding/json"
	"os"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// FuzzPolicyConfiguration feeds the analyzer any names and levels. Whatever is
// taken leaves something enforced, and what the gate itself says mandatory.
func FuzzPolicyConfiguration(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"all": 0}`, `{"all": 3}`, `{"crypto/tls": 0, "backup/points": 2}`, `{"crypto/tls": 2, "backup/points": 2}`, `{"crypto/tsl": 1}`,
		`{"promise/witnessed": 2}`, `{"preview/passed": 0}`, `{"all": 1, "promise/witnessed": 3}`, `{"": 7, "crypto/tls": -1}`,
	} {
		f.Add(seed)
	}
	g := fixture(f, nil).gate
	f.Fuzz(func(t *testing.T, text string) {
		var given map[string]int32
		if json.Unmarshal([]byte(text), &given) != nil {
			return
		}
		config := map[string]*pulumirpc.PolicyConfig{}
		for name, level := range given {
			config[name] = &pulumirpc.PolicyConfig{EnforcementLevel: pulumirpc.EnforcementLevel(level)}
		}
		levels, err := readLevels(g, config)
		if err != nil {
			return
		}
		enforced := 0
		for _, rule := range g.Rules() {
			if levels.enforces(rule.ID) {
				enforced++
			}
		}
		if enforced == 0 || !levels.enforces(gate.Witnessed) || !levels.enforces(Previewed) {
			t.Fatalf("%s leaves %d rules enforced", text, enforced)
		}
		for name := range levels {
			if _, known := g.Rule(name); !known {
				t.Fatalf("%s sets the level of %q", text, name)
			}
		}
	})
}

// FuzzReceipt feeds the analyzer any receipt. Without the digest that it writes
// itself it is refused; with it, and whatever it says, an update either goes on
// because it passed these very inputs or is refused with a reason.
func FuzzReceipt(f *testing.F) {
	resource := inventory.Resource{URN: "urn:x", Name: "x", Props: map[string]any{"a": []any{"b", map[string]any{"c": 1.0}}}}
	inputs, err := seal(testKey, resource)
	if err != nil {
		f.Fatal(err)
	}
	whole, err := json.Marshal(receipt{Judged: today(), Terms: map[string]string{"rules": ""}, Resources: map[string]sealed{"urn:x": inputs}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(whole), "", "{}", "null", `{"resources": {"urn:x": {"properties": null, "open": [[], ["a"], ["a", "0"], ["a", "-1"], ["a", "1", "c", "d"], ["z"]]}}}`,
		`{"judged": "2024-06-01T00:00:00Z", "resources": {"urn:x": null}}`, `{"digest": "", "receipt": {}}`,
	} {
		f.Add([]byte(seed))
	}
	dir := receipts(f.TempDir())
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(dir.file("s"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := dir.read("s", testKey); err == nil {
			t.Fatalf("what nobody signed is read: %+v", r)
		}
		plain, err := json.Marshal(json.RawMessage(text)) // as a receipt is written
		if err != nil {
			return
		}
		whole, err := json.Marshal(signed{digest(testKey, "s", plain), plain})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir.file("s"), whole, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := dir.read("s", testKey)
		if err != nil {
			return
		}
		if reason := r.refuses(map[string]string{"rules": "r"}, today()); reason == "" && r.Terms["rules"] != "r" {
			t.Fatalf("a receipt for other rules is relied on: %+v", r)
		}
		if _, err := r.Resources["urn:x"].differences(testKey, resource); err != nil {
			t.Fatal(err)
		}
	})
}
