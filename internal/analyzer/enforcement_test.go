package analyzer

import (
	"context"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tillit-dev/tillit/internal/gate"
)

// enforce gives a server a policy configuration.
func enforce(s *Server, config map[string]pulumirpc.EnforcementLevel) error {
	request := &pulumirpc.ConfigureAnalyzerRequest{PolicyConfig: map[string]*pulumirpc.PolicyConfig{}}
	for name, level := range config {
		request.PolicyConfig[name] = &pulumirpc.PolicyConfig{EnforcementLevel: level}
	}
	_, err := s.Configure(context.Background(), request)
	return err
}

type rules = map[string]pulumirpc.EnforcementLevel

func TestConfigureRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		config rules
		want   string // empty when it is taken
	}{
		"none":                     {nil, ""},
		"as the engine gives it":   {rules{"crypto/tls": mandatory, "backup/points": mandatory, gate.Witnessed: mandatory, Previewed: mandatory}, ""},
		"some":                     {rules{"crypto/tls": disabled, "backup/points": mandatory}, ""},
		"all remediate":            {rules{"all": remediate, "crypto/tls": remediate, "backup/points": remediate, gate.Witnessed: remediate, Previewed: remediate}, ""},
		"all disabled":             {rules{"all": disabled, "crypto/tls": disabled, "backup/points": disabled, gate.Witnessed: disabled, Previewed: disabled}, "all: not every policy can be disabled at once"},
		"all advisory but one":     {rules{"all": advisory, "crypto/tls": mandatory, "backup/points": advisory}, "all: not every policy can be advisory at once"},
		"all, one by one":          {rules{"crypto/tls": disabled, "backup/points": advisory}, "no rule would be enforced"},
		"a witness disabled":       {rules{gate.Witnessed: disabled}, "promise/witnessed is always mandatory"},
		"a witness as advice":      {rules{gate.Witnessed: advisory}, "promise/witnessed is always mandatory"},
		"the preview disabled":     {rules{Previewed: disabled}, "preview/passed is always mandatory"},
		"a rule that is not there": {rules{"crypto/tsl": mandatory}, "the pack has no policy crypto/tsl; the nearest is crypto/tls"},
		"two faults":               {rules{"crypto/tsl": mandatory, Previewed: disabled}, "the pack has no policy crypto/tsl; the nearest is crypto/tls\npreview/passed is always mandatory"},
	} {
		err := enforce(fixture(t, nil), test.config)
		if (err != nil) != (test.want != "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	_, err := fixture(t, nil).Configure(t.Context(), &pulumirpc.ConfigureAnalyzerRequest{PolicyConfig: map[string]*pulumirpc.PolicyConfig{
		"crypto/tls": {EnforcementLevel: mandatory, Properties: &structpb.Struct{Fields: map[string]*structpb.Value{"least": structpb.NewStringValue("1.0")}}},
	}})
	if err == nil || !strings.Contains(err.Error(), "crypto/tls takes an enforcement level and nothing else") {
		t.Errorf("a property: %v", err)
	}
}

// A level changes what stops the deployment and never what is silently let
// through.
func TestLevels(t *testing.T) {
	const weak, off = "crypto/tls is only advisory, by the policy configuration", "crypto/tls is disabled, by the policy configuration"
	for name, test := range map[string]struct {
		level pulumirpc.EnforcementLevel
		tls   []string
		want  []string // level and beginning of the message
	}{
		"mandatory, kept":   {mandatory, []string{"1.2"}, nil},
		"mandatory, broken": {mandatory, []string{"1.2", "1.0"}, []string{"MANDATORY crypto.transit is broken: b accepts TLS 1.0"}},
		"remediate, broken": {remediate, []string{"1.2", "1.0"}, []string{"MANDATORY crypto.transit is broken: b accepts TLS 1.0"}},
		"advisory, kept":    {advisory, []string{"1.2"}, []string{"ADVISORY " + weak}},
		"advisory, broken":  {advisory, []string{"1.2", "1.0"}, []string{"ADVISORY crypto.transit is broken: b accepts TLS 1.0", "ADVISORY " + weak}},
		"advisory, no witness": {advisory, []string{"1.0"}, []string{
			"ADVISORY crypto.transit is broken: a accepts TLS 1.0", "ADVISORY " + weak, "MANDATORY crypto.transit is broken: nothing in the estate keeps crypto.transit",
		}},
		"disabled, the only rule, kept": {disabled, []string{"1.2"}, []string{
			"ADVISORY " + off, "MANDATORY crypto.transit is broken: nothing shows that it is kept, since the policy configuration disables crypto/tls",
		}},
		"disabled, the only rule, broken": {disabled, []string{"1.2", "1.0"}, []string{
			"ADVISORY " + off, "MANDATORY crypto.transit is broken: nothing shows that it is kept, since the policy configuration disables crypto/tls",
		}},
		"disabled, no witness": {disabled, []string{"1.0"}, []string{
			"ADVISORY " + off, "MANDATORY crypto.transit is broken: nothing in the estate keeps crypto.transit",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := fixture(t, nil)
			if err := enforce(s, rules{"crypto/tls": test.level}); err != nil {
				t.Fatal(err)
			}
			_, err := s.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{
				Stack: "test", Config: map[string]string{"tillit:promises": config["tillit:promises"]}, DryRun: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			var resources []*pulumirpc.AnalyzerResource
			for i, tls := range test.tls {
				resources = append(resources, store(t, string(rune('a'+i)), map[string]any{"tls": tls}))
			}
			var got []string
			for _, d := range analyze(t, s, resources...) {
				got = append(got, d.GetEnforcementLevel().String()+" "+strings.SplitN(d.GetMessage(), "\n", 2)[0])
			}
			slices.Sort(got)
			if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// A stack is told which rules have nothing to say of it.
func TestNotApplicable(t *testing.T) {
	s := fixture(t, nil)
	configure(t, s, true)
	response, err := s.AnalyzeStack(t.Context(), &pulumirpc.AnalyzeStackRequest{})
	if err != nil {
		t.Fatal(err)
	}
	list := response.GetNotApplicable()
	if len(list) != 1 || list[0].GetPolicyName() != "backup/points" || list[0].GetReason() != "the stack does not promise backup.interval" {
		t.Errorf("not applicable: %v", list)
	}
	one, err := s.Analyze(t.Context(), &pulumirpc.AnalyzeRequest{Urn: urn("a"), Type: "test:data:Store", Name: "a"})
	if err != nil || len(one.GetNotApplicable()) != 1 || one.GetNotApplicable()[0].GetPolicyName() != Previewed {
		t.Errorf("in a preview: %v, %v", one, err)
	}
}
