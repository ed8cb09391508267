package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// configure gives the deployment a policy configuration.
func (d *deployment) configure(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policies.json")
	write(t, file, text, 0o600)
	d.config = []string{file}
}

// Each rule can be given another level, which is shown. Not everything can be
// turned off.
func TestPolicyConfiguration(t *testing.T) {
	for name, test := range map[string]struct {
		config string
		passes bool
		want   []string
	}{
		"advisory": {`{"crypto/tls": "advisory"}`, true, []string{
			"crypto/tls is only advisory, by the policy configuration", "[advisory]", "crypto.transit is broken: old accepts TLS 1.0",
		}},
		"no remedy":      {`{"all": "remediate"}`, false, []string{"[mandatory]", "old accepts TLS 1.0"}},
		"all that judge": {`{"crypto/tls": "disabled"}`, false, []string{"the policy configuration disables crypto/tls"}},
		"everything":     {`{"all": "disabled"}`, false, []string{"not every policy can be disabled at once"}},
		"a rule unknown": {`{"crypto/tsl": "advisory"}`, false, []string{"the pack has no policy crypto/tsl; the nearest is crypto/tls"}},
	} {
		t.Run(name, func(t *testing.T) {
			program := good()
			program["old"] = pulumi.String("1.0")
			d := deploy(t, transit, fixturePack(t, nil), stores(program))
			d.configure(t, test.config)
			out, err := d.preview(t)
			if (err == nil) != test.passes {
				t.Errorf("passes: %v\n%s", err == nil, out)
			}
			for _, want := range test.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in\n%s", want, out)
				}
			}
			if !test.passes {
				return
			}
			if out, err := d.up(t); err != nil || !d.made(t) {
				t.Errorf("up: %v\n%s", err, out)
			}
		})
	}
}

// When asked, and only then, the engine gets a resource with what is wrong set
// right, and with its secrets as they were.
func TestRemediation(t *testing.T) {
	pack, err := filepath.Abs("../../policies")
	if err != nil {
		t.Fatal(err)
	}
	program := func(ctx *pulumi.Context) error {
		var store pulumi.ResourceState
		return ctx.RegisterComponentResourceV2("azure-native:storage:StorageAccount", "documents", pulumi.Map{
			"minimumTlsVersion": pulumi.String("TLS1_0"), "enableHttpsTrafficOnly": pulumi.Bool(false),
			"accountName": pulumi.ToSecret(pulumi.String("sesame")),
		}, &store)
	}
	for config, want := range map[string]struct {
		passes bool
		state  string
	}{
		`{}`:                                  {},
		`{"crypto/tls-current": "remediate"}`: {},
		`{"all": "remediate"}`:                {true, `"enableHttpsTrafficOnly":true,"minimumTlsVersion":"TLS1_2"`},
		`{"crypto/tls-current": "remediate", "crypto/https-only": "advisory"}`: {true, `"enableHttpsTrafficOnly":false,"minimumTlsVersion":"TLS1_2"`},
	} {
		d := deploy(t, transit, pack, program)
		d.configure(t, config)
		out, err := d.preview(t)
		if (err == nil) != want.passes {
			t.Errorf("%s: preview: %v\n%s", config, err, out)
		}
		if !want.passes {
			continue
		}
		if !strings.Contains(out, "[remediate]  crypto/tls-current  (1 resource)") || strings.Contains(out, "sesame") {
			t.Errorf("%s: preview says\n%s", config, out)
		}
		if out, err := d.up(t); err != nil {
			t.Errorf("%s: up: %v\n%s", config, err, out)
		}
		state, err := d.stack.Export(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if text := compact(t, state.Deployment); !strings.Contains(text, want.state) {
			t.Errorf("%s: %q is not in the state %s", config, want.state, text)
		}
	}
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
