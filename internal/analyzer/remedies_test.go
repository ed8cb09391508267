package analyzer

import (
	"context"
	"maps"
	"os"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// shipped is the project's own pack.
func shipped(t testing.TB) *gate.Gate {
	t.Helper()
	g, err := gate.Load(context.Background(), os.DirFS("../../policies"), "policies")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// asked is a server that judges a stack with the promises, and remedies with
// every rule that has remedies unless the level is another.
func asked(t *testing.T, g *gate.Gate, promised string, level pulumirpc.EnforcementLevel) *Server {
	t.Helper()
	s := New(t.Context(), g, Options{Receipts: t.TempDir(), Now: today})
	given := rules{}
	for p := range remedies {
		given[p.rule] = level
	}
	if err := enforce(s, given); err != nil {
		t.Fatal(err)
	}
	_, err := s.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{Stack: "test", Config: map[string]string{"tillit:promises": promised}, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func remedied(t *testing.T, s *Server, kind string, inputs *structpb.Struct) []*pulumirpc.Remediation {
	t.Helper()
	response, err := s.Remediate(t.Context(), &pulumirpc.AnalyzeRequest{
		Urn: urn("it"), Type: kind, Name: "it", Properties: inputs, Provider: &pulumirpc.AnalyzerProviderResource{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return response.GetRemediations()
}

const everything = `{"crypto.transit": {"tls": "1.2"}, "perimeter.private-data": {}}`

// besides are the inputs that a remedied resource has beside what is wrong:
// secrets, unknowns and a provider's notes, none of which may change.
func besides() map[string]any {
	return map[string]any{
		"secret": map[string]any{secretKey: secretValue, "value": "hunter2"}, "late": inventory.UnknownSentinel, "__defaults": []any{"x"}, "none": nil,
	}
}

// Each remedy makes the rule that asks for it content, and changes nothing else.
func TestEachRemedy(t *testing.T) {
	const app, domain, route, parameter = "azure-native:app:ContainerApp", "azure-native:cdn:AFDCustomDomain", "azure-native:cdn:Route", "azure-native:dbforpostgresql:Configuration"
	const postgres, vault, logs, recovery = "azure-native:dbforpostgresql:Server", "azure-native:keyvault:Vault", "azure-native:operationalinsights:Workspace", "azure-native:recoveryservices:Vault"
	const sql, storage = "azure-native:sql:Server", "azure-native:storage:StorageAccount"
	left := map[place]bool{}
	for p := range remedies {
		left[p] = true
	}
	g := shipped(t)
	for _, test := range []struct {
		rule, kind, property string
		wrong                map[string]any
		want                 any
	}{
		{"crypto/https-only", app, "configuration.ingress.allowInsecure", map[string]any{"configuration": map[string]any{"ingress": map[string]any{"allowInsecure": true, "external": true}}}, false},
		{"crypto/https-only", route, "forwardingProtocol", map[string]any{"forwardingProtocol": "MatchRequest"}, "HttpsOnly"},
		{"crypto/https-only", route, "httpsRedirect", map[string]any{"httpsRedirect": "Disabled"}, "Enabled"},
		{"crypto/https-only", parameter, "value", map[string]any{"configurationName": "require_secure_transport", "value": "off"}, "on"},
		{"crypto/https-only", storage, "enableHttpsTrafficOnly", map[string]any{"enableHttpsTrafficOnly": false}, true},
		{"crypto/tls-current", domain, "tlsSettings.minimumTlsVersion", map[string]any{"tlsSettings": map[string]any{"certificateType": "ManagedCertificate", "minimumTlsVersion": "TLS10"}}, "TLS12"},
		{"crypto/tls-current", parameter, "value", map[string]any{"configurationName": "ssl_min_protocol_version", "value": "TLSv1.1"}, "TLSv1.2"},
		{"crypto/tls-current", sql, "minimalTlsVersion", map[string]any{"minimalTlsVersion": "1.0"}, "1.2"},
		{"crypto/tls-current", sql, "minimalTlsVersion", map[string]any{}, "1.2"},
		{"crypto/tls-current", storage, "minimumTlsVersion", map[string]any{"minimumTlsVersion": "TLS1_1"}, "TLS1_2"},
		{"crypto/tls-current", storage, "minimumTlsVersion", map[string]any{}, "TLS1_2"},
		{"perimeter/data-is-private", postgres, "network.publicNetworkAccess", map[string]any{"network": map[string]any{"publicNetworkAccess": "Enabled"}}, "Disabled"},
		{"perimeter/data-is-private", vault, "properties.publicNetworkAccess", map[string]any{"properties": map[string]any{"publicNetworkAccess": "enabled", "tenantId": "t"}}, "Disabled"},
		{"perimeter/data-is-private", logs, "publicNetworkAccessForIngestion", map[string]any{"publicNetworkAccessForIngestion": "Enabled"}, "Disabled"},
		{"perimeter/data-is-private", logs, "publicNetworkAccessForQuery", map[string]any{}, "Disabled"},
		{"perimeter/data-is-private", recovery, "properties.publicNetworkAccess", map[string]any{"properties": map[string]any{}}, "Disabled"},
		{"perimeter/data-is-private", sql, "publicNetworkAccess", map[string]any{"publicNetworkAccess": "Enabled"}, "Disabled"},
		{"perimeter/data-is-private", storage, "allowBlobPublicAccess", map[string]any{"allowBlobPublicAccess": true}, false},
		{"perimeter/data-is-private", storage, "publicNetworkAccess", map[string]any{"publicNetworkAccess": "Enabled"}, "Disabled"},
	} {
		name := test.rule + " " + test.kind + " " + test.property
		delete(left, place{test.rule, test.kind, test.property})
		given := besides()
		maps.Copy(given, test.wrong)
		inputs := props(t, given)
		before := proto.CloneOf(inputs)

		if got := remedied(t, asked(t, g, everything, mandatory), test.kind, inputs); len(got) > 0 {
			t.Errorf("%s: remedied unasked: %v", name, got)
		}
		s := asked(t, g, everything, remediate)
		got := remedied(t, s, test.kind, inputs)
		if !proto.Equal(inputs, before) {
			t.Errorf("%s: the request was changed", name)
		}
		var after *structpb.Struct
		for _, r := range got {
			after = r.GetProperties()
			if strings.Contains(r.GetDescription(), "hunter2") || r.GetPolicyPackName() != Pack {
				t.Errorf("%s: %v", name, r)
			}
		}
		if at(after, test.property) != test.want {
			t.Errorf("%s: %v, want %v", name, at(after, test.property), test.want)
			continue
		}
		if again := remedied(t, s, test.kind, got[len(got)-1].GetProperties()); len(again) > 0 {
			t.Errorf("%s: a second time: %v", name, again)
		}
		// Undone where there are remedies, it is what it was.
		for p := range remedies {
			if p.kind == test.kind {
				restore(after, before, p.property)
			}
		}
		if !proto.Equal(after, before) {
			t.Errorf("%s: more was changed: %v", name, after)
		}
	}
	for p := range left {
		t.Errorf("no test for %v", p)
	}
}

// at is the value at a path.
func at(s *structpb.Struct, path string) any {
	var v any = s.AsMap()
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// restore puts the value at a path back to what it was.
func restore(in, from *structpb.Struct, path string) {
	first, rest, nested := strings.Cut(path, ".")
	if nested {
		if in.GetFields()[first].GetStructValue() != nil {
			restore(in.GetFields()[first].GetStructValue(), from.GetFields()[first].GetStructValue(), rest)
		}
		return
	}
	delete(in.Fields, first)
	if was := from.GetFields()[first]; was != nil {
		in.Fields[first] = was
	}
}

func TestNoRemedy(t *testing.T) {
	const storage = "azure-native:storage:StorageAccount"
	g := shipped(t)
	secret := map[string]any{secretKey: secretValue, "value": "TLS1_0"}
	for name, test := range map[string]struct {
		promised, kind string
		inputs         map[string]any
	}{
		"a promise not made": {`{"assurance.scan": {"every": "1d"}}`, storage, map[string]any{"minimumTlsVersion": "TLS1_0"}},
		"what is right":      {`{"crypto.transit": {"tls": "1.2"}}`, storage, map[string]any{"minimumTlsVersion": "TLS1_3"}},
		"an unknown":         {`{"crypto.transit": {"tls": "1.2"}}`, storage, map[string]any{"minimumTlsVersion": inventory.UnknownSentinel}},
		"a secret":           {`{"crypto.transit": {"tls": "1.2"}}`, storage, map[string]any{"minimumTlsVersion": secret}},
		"a secret around it": {everything, "azure-native:keyvault:Vault", map[string]any{"properties": map[string]any{secretKey: secretValue, "value": map[string]any{"publicNetworkAccess": "Enabled"}}}},
		"an unknown around":  {everything, "azure-native:keyvault:Vault", map[string]any{"properties": inventory.UnknownSentinel}},
		"nothing around it":  {`{"crypto.transit": {"tls": "1.2"}}`, "azure-native:cdn:AFDCustomDomain", map[string]any{}},
		"a version unspoken": {`{"crypto.transit": {"tls": "1.3"}}`, "azure-native:cdn:AFDCustomDomain", map[string]any{"tlsSettings": map[string]any{"minimumTlsVersion": "TLS12"}}},
		"another type":       {everything, "azure-native:network:VirtualNetwork", map[string]any{"minimumTlsVersion": "TLS1_0"}},
		"another parameter":  {everything, "azure-native:dbforpostgresql:Configuration", map[string]any{"configurationName": "log_lock_waits", "value": "off"}},
	} {
		if got := remedied(t, asked(t, g, test.promised, remediate), test.kind, props(t, test.inputs)); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A waived violation is accepted as it is.
func TestNoRemedyForWhatIsWaived(t *testing.T) {
	s := New(t.Context(), shipped(t), Options{Receipts: t.TempDir(), Now: today})
	if err := enforce(s, rules{"crypto/tls-current": remediate}); err != nil {
		t.Fatal(err)
	}
	_, err := s.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{Stack: "test", Config: map[string]string{
		"tillit:promises": `{"crypto.transit": {"tls": "1.2"}}`,
		"tillit:waivers":  `[{"rule": "crypto/tls-current", "resource": "*::it", "reason": "old scanner", "owner": "ops", "ticket": "T-1", "expires": "2024-07-01"}]`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := remedied(t, s, "azure-native:storage:StorageAccount", props(t, map[string]any{"minimumTlsVersion": "TLS1_0"})); len(got) > 0 {
		t.Error(got)
	}
}

// The names that remedies use are those that the shipped rules have.
func TestRemediesNameRules(t *testing.T) {
	g := shipped(t)
	for p := range remedies {
		if rule, known := g.Rule(p.rule); !known || !strings.Contains(strings.Join(rule.Types, " "), p.kind) {
			t.Errorf("%v: no such rule, or not of this type", p)
		}
	}
}

// A diagnostic setting that sends some logs sends all once it is remedied, and
// keeps everything else.
func TestLoggingRemedy(t *testing.T) {
	g := shipped(t)
	category := func(name string, enabled bool) any { return map[string]any{"category": name, "enabled": enabled} }
	group := func(name string, enabled bool) any { return map[string]any{"categoryGroup": name, "enabled": enabled} }
	remedy := func(promised string, level pulumirpc.EnforcementLevel, logs any) []*pulumirpc.Remediation {
		s := New(t.Context(), g, Options{Receipts: t.TempDir(), Now: today})
		if err := enforce(s, rules{diagnosed: level}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{Stack: "test", Config: map[string]string{"tillit:promises": promised}, DryRun: true}); err != nil {
			t.Fatal(err)
		}
		given := besides()
		given["resourceUri"], given["workspaceId"], given["logs"] = inventory.UnknownSentinel, inventory.UnknownSentinel, logs
		return remedied(t, s, setting, props(t, given))
	}
	const traceable, other = `{"log.traceable": {"for": "90d"}}`, `{"crypto.transit": {"tls": "1.2"}}`
	for name, logs := range map[string]any{
		"single categories": []any{category("AuditEvent", true), category("Other", true)},
		"a group, disabled": []any{group("allLogs", false)},
		"another group":     []any{group("other", true)},
	} {
		got := remedy(traceable, remediate, logs)
		if len(got) != 1 || got[0].GetPolicyName() != diagnosed || strings.Contains(got[0].GetDescription(), "hunter2") {
			t.Errorf("%s: %v", name, got)
			continue
		}
		after := got[0].GetProperties()
		want := props(t, map[string]any{"logs": allLogs()}).GetFields()["logs"]
		if !proto.Equal(after.GetFields()["logs"], want) {
			t.Errorf("%s: logs %v", name, after.GetFields()["logs"])
		}
		before := besides()
		before["resourceUri"], before["workspaceId"], before["logs"] = inventory.UnknownSentinel, inventory.UnknownSentinel, allLogs()
		if !proto.Equal(after, props(t, before)) {
			t.Errorf("%s: more was changed: %v", name, after)
		}
		if again := remedy(traceable, remediate, allLogs()); len(again) > 0 {
			t.Errorf("%s: a second time: %v", name, again)
		}
	}
	some := []any{category("AuditEvent", true)}
	for name, got := range map[string][]*pulumirpc.Remediation{
		"unasked":            remedy(traceable, mandatory, some),
		"a promise not made": remedy(other, remediate, some),
		"all audit logs":     remedy(traceable, remediate, []any{group("audit", true)}),
		"no logs":            remedy(traceable, remediate, nil),
		"an empty list":      remedy(traceable, remediate, []any{}),
		"an unknown":         remedy(traceable, remediate, inventory.UnknownSentinel),
		"an unknown within":  remedy(traceable, remediate, []any{inventory.UnknownSentinel}),
	} {
		if len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if rule, known := g.Rule(diagnosed); !known || !strings.Contains(strings.Join(rule.Types, " "), setting) {
		t.Errorf("%s: no such rule, or not of %s", diagnosed, setting)
	}
}
