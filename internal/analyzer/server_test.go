package analyzer

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// secretKey and secretValue mark a secret on Pulumi's wire.
const (
	secretKey   = "4dabf18193072939515e22adb298388d"
	secretValue = "1b47061264138c4ac30d75fd1eb44270"
)

var config = map[string]string{
	"tillit:promises": `{"crypto.transit": {"tls": "1.2"}}`,
	"tillit:waivers": `[
		{"rule": "crypto/tls", "resource": "*::waived", "reason": "old scanner", "owner": "ops", "ticket": "T-1", "expires": "2024-07-01"},
		{"rule": "crypto/tls", "resource": "*::expired", "reason": "old scanner", "owner": "ops", "ticket": "T-2", "expires": "2024-05-01"},
		{"rule": "crypto/tls", "resource": "*::gone", "reason": "old scanner", "owner": "ops", "ticket": "T-3", "expires": "2024-07-01"}]`,
	"azure-native:location": "westeurope",
}

func today() time.Time { return time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC) }

// fixture is a server with the gate's fixture rules; edit changes the TLS rule.
func fixture(t testing.TB, edit func(string) string) *Server {
	t.Helper()
	pack := fstest.MapFS{}
	for dir, under := range map[string]string{"../../policies/lib": "lib/", "../gate/testdata/policies": ""} {
		from := os.DirFS(dir)
		err := fs.WalkDir(from, ".", func(p string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := fs.ReadFile(from, p)
			if edit != nil && strings.HasSuffix(p, "tls.rego") {
				text = []byte(edit(string(text)))
			}
			pack[under+p] = &fstest.MapFile{Data: text}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	g, err := gate.Load(context.Background(), pack, "pack")
	if err != nil {
		t.Fatal(err)
	}
	return New(context.Background(), g, Options{Version: "1.2.3", Receipts: t.TempDir(), Now: today})
}

func configure(t testing.TB, s *Server, dryRun bool) {
	t.Helper()
	_, err := s.ConfigureStack(context.Background(), &pulumirpc.AnalyzerStackConfigureRequest{Stack: "test", Config: config, DryRun: dryRun})
	if err != nil {
		t.Fatal(err)
	}
}

func urn(name string) string { return "urn:pulumi:test::tillit::test:data:Store::" + name }

func props(t testing.TB, values map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(values)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func store(t testing.TB, name string, values map[string]any) *pulumirpc.AnalyzerResource {
	return &pulumirpc.AnalyzerResource{
		Urn: urn(name), Type: "test:data:Store", Name: name, Properties: props(t, values),
		Provider: &pulumirpc.AnalyzerProviderResource{Urn: "urn:pulumi:test::tillit::pulumi:providers:test::default"},
	}
}

func analyze(t testing.TB, s *Server, resources ...*pulumirpc.AnalyzerResource) map[string]*pulumirpc.AnalyzeDiagnostic {
	t.Helper()
	response, err := s.AnalyzeStack(context.Background(), &pulumirpc.AnalyzeStackRequest{Resources: resources})
	if err != nil {
		t.Fatal(err)
	}
	byURN := map[string]*pulumirpc.AnalyzeDiagnostic{}
	for _, d := range response.GetDiagnostics() {
		byURN[d.GetUrn()+" "+strings.SplitN(d.GetMessage(), "\n", 2)[0]] = d
	}
	return byURN
}

func TestAnalyzeStack(t *testing.T) {
	s := fixture(t, nil)
	configure(t, s, true)
	got := analyze(t, s,
		store(t, "good", map[string]any{"tls": "1.2"}),
		store(t, "old", map[string]any{"tls": "1.0"}),
		store(t, "late", map[string]any{"tls": inventory.UnknownSentinel}),
		store(t, "waived", map[string]any{"tls": "1.0"}),
		store(t, "expired", map[string]any{"tls": "1.0"}),
		store(t, "hidden", map[string]any{"tls": map[string]any{secretKey: secretValue, "value": "hunter2"}}),
	)
	want := map[string]pulumirpc.EnforcementLevel{
		urn("old") + " crypto.transit is broken: old accepts TLS 1.0":                                mandatory,
		urn("expired") + " crypto.transit is broken: expired accepts TLS 1.0":                        mandatory,
		urn("late") + " crypto.transit is undetermined: the TLS version of late is not known yet":    advisory,
		urn("waived") + " waived until 2024-07-01 by ops, T-1 (old scanner): waived accepts TLS 1.0": advisory,
		" the waiver for *::expired (T-2) expired on 2024-05-01":                                     advisory,
		" the waiver for *::gone (T-3) accepts nothing any more; remove it":                          advisory,
	}
	for key, level := range want {
		if d := got[key]; d == nil || d.GetEnforcementLevel() != level {
			t.Errorf("no %v diagnostic %q", level, key)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d diagnostics, want %d: %v", len(got), len(want), keys(got))
	}
	d := got[urn("old")+" crypto.transit is broken: old accepts TLS 1.0"]
	if d.GetPolicyName() != "crypto/tls" || d.GetPolicyPackName() != Pack || d.GetPolicyPackVersion() != "1.2.3" ||
		d.GetSeverity() != pulumirpc.PolicySeverity_POLICY_SEVERITY_HIGH || d.GetDescription() != "Stores speak current TLS" {
		t.Errorf("diagnostic %v", d)
	}
	for _, part := range []string{"tls = 1.0", "1.2 or later", "Raise the minimum TLS version.", "A.8.24"} {
		if !strings.Contains(d.GetMessage(), part) {
			t.Errorf("%q is not in %q", part, d.GetMessage())
		}
	}
	for _, d := range got {
		if strings.Contains(d.String(), "hunter2") {
			t.Errorf("a secret is told: %v", d)
		}
	}
}

func keys[V any](m map[string]V) []string {
	var list []string
	for key := range maps.Keys(m) {
		list = append(list, key)
	}
	return list
}

// The engine gives outputs at the end; what they lack was registered.
func TestInputsFillInForOutputs(t *testing.T) {
	s := fixture(t, nil)
	configure(t, s, true)
	for name, outputs := range map[string]map[string]any{
		"lacks":   {},
		"unknown": {"tls": inventory.UnknownSentinel},
		"raised":  {"tls": "1.2"},
	} {
		_, err := s.Analyze(t.Context(), &pulumirpc.AnalyzeRequest{
			Urn: urn(name), Type: "test:data:Store", Name: name, Properties: props(t, map[string]any{"tls": "1.0"}),
		})
		if err != nil {
			t.Fatal(err)
		}
		got := analyze(t, s, store(t, name, outputs), store(t, "good", map[string]any{"tls": "1.2"}))
		_, refused := got[urn(name)+" crypto.transit is broken: "+name+" accepts TLS 1.0"]
		if refused != (name != "raised") {
			t.Errorf("%s: refused %v: %v", name, refused, keys(got))
		}
	}
}

func TestAnalyzeAlone(t *testing.T) {
	alone := func(rule string) string {
		return strings.Replace(rule, "#   facts: []", "#   facts: []\n#   scope: resource", 1)
	}
	for name, test := range map[string]struct {
		edit   func(string) string
		dryRun bool
		want   int
	}{
		"an update":                       {alone, false, 1},
		"a preview judges the whole":      {alone, true, 0},
		"a rule that looks across others": {nil, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := fixture(t, test.edit)
			configure(t, s, test.dryRun)
			response, err := s.Analyze(t.Context(), &pulumirpc.AnalyzeRequest{
				Urn: urn("old"), Type: "test:data:Store", Name: "old", Properties: props(t, map[string]any{"tls": "1.0"}),
			})
			found := slices.DeleteFunc(response.GetDiagnostics(), func(d *pulumirpc.AnalyzeDiagnostic) bool { return d.GetPolicyName() == Previewed })
			if err != nil || len(found) != test.want {
				t.Errorf("%d diagnostics, want %d; error %v", len(found), test.want, err)
			}
		})
	}
}

// A fault is an error, and not Unimplemented, which the engine passes over.
func TestFaults(t *testing.T) {
	ctx := t.Context()
	stack := &pulumirpc.AnalyzeStackRequest{}
	for name, call := range map[string]func(s *Server) error{
		"AnalyzeStack before ConfigureStack": func(s *Server) error {
			_, err := s.AnalyzeStack(ctx, stack)
			return err
		},
		"Analyze before ConfigureStack": func(s *Server) error {
			_, err := s.Analyze(ctx, &pulumirpc.AnalyzeRequest{Urn: urn("a"), Type: "test:data:Store"})
			return err
		},
		"no promises": func(s *Server) error {
			_, err := s.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{Stack: "x", Config: map[string]string{"a:b": "c"}})
			return err
		},
		"a promise misspelt": func(s *Server) error {
			_, err := s.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{Stack: "x", Config: map[string]string{"tillit:promises": `{"crypto.transitt": {}}`}})
			return err
		},
		"a policy configuration of what is not there": func(s *Server) error {
			_, err := s.Configure(ctx, &pulumirpc.ConfigureAnalyzerRequest{PolicyConfig: map[string]*pulumirpc.PolicyConfig{
				"crypto/tsl": {EnforcementLevel: pulumirpc.EnforcementLevel_DISABLED},
			}})
			return err
		},
		"a value of a kind unknown": func(s *Server) error {
			configure(t, s, true)
			_, err := s.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{
				store(t, "a", map[string]any{"tls": map[string]any{secretKey: "what is this?"}}),
			}})
			return err
		},
		"an input of a kind unknown": func(s *Server) error {
			configure(t, s, true)
			_, err := s.Analyze(ctx, &pulumirpc.AnalyzeRequest{Properties: props(t, map[string]any{"tls": map[string]any{secretKey: "?"}})})
			return err
		},
		"after Cancel": func(s *Server) error {
			configure(t, s, true)
			if _, err := s.Cancel(ctx, &emptypb.Empty{}); err != nil {
				return nil
			}
			_, err := s.AnalyzeStack(ctx, stack)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := call(fixture(t, nil))
			if code := status.Code(err); code != codes.Internal && code != codes.InvalidArgument {
				t.Errorf("error %v (%v)", err, code)
			}
		})
	}
}

// A waiver that takes in what keeps the promise is shown as what it is.
func TestOverBroadWaiver(t *testing.T) {
	s := fixture(t, nil)
	_, err := s.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{Stack: "test", DryRun: true, Config: map[string]string{
		"tillit:promises": `{"crypto.transit": {"tls": "1.2"}}`,
		"tillit:waivers":  `[{"rule": "crypto/tls", "resource": "*::old*", "reason": "old scanner", "owner": "ops", "ticket": "T-1", "expires": "2024-07-01"}]`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.AnalyzeStack(t.Context(), &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{
		store(t, "old", map[string]any{"tls": "1.0"}), store(t, "older", map[string]any{"tls": "1.2"}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, d := range response.GetDiagnostics() {
		if stops(d) {
			t.Errorf("it stops the deployment: %s", d.GetMessage())
		}
		said = append(said, d.GetMessage())
	}
	if all := strings.Join(said, "\n"); !strings.Contains(all, "the waiver for *::old* (T-1) is over-broad: it takes in older too") || !strings.Contains(all, "waived until 2024-07-01") {
		t.Error(all)
	}
}

// A rule that does not end is no pass, and no wait without end.
func TestJudgementIsLimited(t *testing.T) {
	s := fixture(t, func(rule string) string {
		return strings.Replace(rule, "\tlib.known(v)\n", "\tlib.known(v)\n\tcount([x | some x in numbers.range(1, 4000); some y in numbers.range(1, 4000); x * y == -1]) == 0\n", 1)
	})
	s.options.Limit = 200 * time.Millisecond
	configure(t, s, true)
	_, err := s.AnalyzeStack(t.Context(), &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{store(t, "a", map[string]any{"tls": "1.2"})}})
	if status.Code(err) != codes.Internal || !strings.Contains(err.Error(), "tillit could not judge, so nothing may be deployed: it did not end within 200ms") {
		t.Errorf("error %v", err)
	}
}

func TestGetAnalyzerInfo(t *testing.T) {
	info, err := fixture(t, nil).GetAnalyzerInfo(t.Context(), &emptypb.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	if info.GetName() != Pack || info.GetVersion() != "1.2.3" || !info.GetSupportsConfig() {
		t.Errorf("info %v", info)
	}
	var names []string
	for _, p := range info.GetPolicies() {
		names = append(names, p.GetName())
		if p.GetEnforcementLevel() != pulumirpc.EnforcementLevel_MANDATORY || p.GetRemediationSteps() == "" || p.GetSeverity() == 0 {
			t.Errorf("policy %v", p)
		}
	}
	if strings.Join(names, " ") != "backup/points crypto/tls "+gate.Witnessed+" "+Previewed {
		t.Errorf("policies %v", names)
	}
	if f := info.GetPolicies()[1].GetFramework(); f.GetReference() != "A.8.24" || f.GetName() != "ISO/IEC 27001" {
		t.Errorf("framework %v", f)
	}
}

// The engine's view of an estate and its plan are the same inventory, and so the
// same findings.
func TestSameAsCheck(t *testing.T) {
	s := fixture(t, nil)
	configure(t, s, true)
	inv := &inventory.Inventory{Estate: "test", Source: "engine", Resources: []inventory.Resource{
		{URN: urn("a"), Type: "test:data:Store", Name: "a", Custom: true, Props: map[string]any{"tls": "1.0"},
			DependsOn: []string{urn("b")}, PropertyDependsOn: map[string][]string{"tls": {urn("b")}}, Parent: "urn:pulumi:test::tillit::x:y:Z::p"},
	}}
	a := store(t, "a", map[string]any{"tls": "1.0", "__internal": "x"})
	a.Parent, a.Dependencies = "urn:pulumi:test::tillit::x:y:Z::p", []string{urn("b"), urn("b")}
	a.PropertyDependencies = map[string]*pulumirpc.AnalyzerPropertyDependencies{"tls": {Urns: []string{urn("b")}}, "none": {}}
	defaults := &pulumirpc.AnalyzerResource{Urn: "urn:pulumi:test::tillit::pulumi:providers:test::default_1_0_0", Type: "pulumi:providers:test"}
	resources, err := deployed([]*pulumirpc.AnalyzerResource{a, defaults}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(resources)
	want, _ := json.Marshal(inv.Resources)
	if string(got) != string(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSubscription(t *testing.T) {
	id := func(subscription string) inventory.Resource {
		return inventory.Resource{Props: map[string]any{"a": []any{map[string]any{"id": "/subscriptions/" + subscription + "/resourceGroups/x"}, 1.0, "else"}}}
	}
	for name, test := range map[string]struct {
		configured string
		resources  []inventory.Resource
		want       string
	}{
		"configured":   {"c", []inventory.Resource{id("x")}, "c"},
		"most":         {"", []inventory.Resource{id("x"), id("y"), id("y")}, "y"},
		"nothing said": {"", nil, azure.Subscription},
	} {
		if got := subscription(test.configured, test.resources); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// Any properties at all are answered, by diagnostics or an error.
func TestAnyProperties(t *testing.T) {
	s := fixture(t, nil)
	configure(t, s, true)
	rapid.Check(t, func(r *rapid.T) {
		value := rapid.SampledFrom([]*structpb.Value{
			nil, structpb.NewNullValue(), structpb.NewBoolValue(true), structpb.NewNumberValue(3), structpb.NewStringValue("1.0"),
			structpb.NewListValue(&structpb.ListValue{}), structpb.NewStructValue(&structpb.Struct{}), structpb.NewStructValue(nil),
			structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{secretKey: nil}}), {},
		}).Draw(r, "value")
		key := rapid.SampledFrom([]string{"tls", "backup", "", "__x"}).Draw(r, "key")
		resource := &pulumirpc.AnalyzerResource{
			Urn: rapid.String().Draw(r, "urn"), Type: rapid.SampledFrom([]string{"test:data:Store", "", "::"}).Draw(r, "type"),
			Properties: &structpb.Struct{Fields: map[string]*structpb.Value{key: value}},
		}
		_, _ = s.AnalyzeStack(context.Background(), &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{resource}})
		_, _ = s.Analyze(context.Background(), &pulumirpc.AnalyzeRequest{Urn: resource.GetUrn(), Type: resource.GetType(), Properties: resource.GetProperties()})
	})
}

// Serve tells its port, answers there, and ends on Cancel or with its context.
func TestServe(t *testing.T) {
	for _, way := range []string{"Cancel", "the context"} {
		t.Run(way, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out, announce := io.Pipe()
			ended := make(chan error, 1)
			s := fixture(t, nil)
			go func() { ended <- s.Serve(ctx, announce) }()
			port, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			conn, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port), grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			client := pulumirpc.NewAnalyzerClient(conn)
			if _, err := client.Handshake(ctx, &pulumirpc.AnalyzerHandshakeRequest{}); err != nil {
				t.Fatal(err)
			}
			if info, err := client.GetPluginInfo(ctx, &emptypb.Empty{}); err != nil || info.GetVersion() != "1.2.3" {
				t.Errorf("plugin info %v, %v", info, err)
			}
			if way == "Cancel" {
				if _, err := client.Cancel(ctx, &emptypb.Empty{}); err != nil {
					t.Fatal(err)
				}
			} else {
				cancel()
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}
