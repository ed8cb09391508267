package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// JUnit writes a test report: a suite for every promise, and in it a case for
// every rule and resource. A case fails on a violation, is in error when it
// could not be determined (a test that did not run is no success), is skipped
// when the violation is waived, and passes on a witness. A promise that a design
// cannot show has one case, skipped. Waivers are in the suite's output. Resources
// that no rule can judge are skipped cases of a suite of their own.
//
// The form is that of the junit-10 schema, which Jenkins, GitLab and others
// read. A judgement has no duration, so that every time is 0.
type JUnit struct {
	Options
}

// Output writes one document.
func (j JUnit) Output(w io.Writer, result *gate.Result) error {
	all := map[*gate.Promise][]finding{}
	for _, f := range findings(result, j.Rules) {
		all[f.promise] = append(all[f.promise], f)
	}
	suites := junit.Testsuites{Name: "tillit " + clean(result.Estate), Time: "0"}
	for i := range result.Promises {
		p := &result.Promises[i]
		suite := j.suite(result, p, all[p])
		suite.ID = i
		suites.AddSuite(suite)
	}
	if len(result.NotJudged) > 0 {
		suite := unjudged(result.NotJudged)
		suite.ID = len(result.Promises)
		suites.AddSuite(suite)
	}
	suites.Skipped = 0 // the schema counts skipped cases in suites only
	var out bytes.Buffer
	out.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	if err := suites.WriteXML(&out); err != nil {
		return fmt.Errorf("write junit: %w", err)
	}
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("write junit: %w", err)
	}
	return nil
}

func (j JUnit) suite(result *gate.Result, p *gate.Promise, list []finding) junit.Testsuite {
	suite := junit.Testsuite{Name: string(p.ID), Time: "0"}
	if at, ok := j.declared(result, p.Line); ok {
		suite.File = at.file
	}
	suite.AddProperty("verdict", string(p.Verdict))
	suite.AddProperty("promised", cmp.Or(parameters(p.ID, p.Promised), "yes"))
	suite.AddProperty("designed", designed(*p))
	for _, c := range cases(p, list) {
		suite.AddTestcase(c)
	}
	var waivers []string
	for _, w := range p.Waivers {
		line := fmt.Sprintf("%s: %s on %s: %s", kind(&w), clean(w.Rule), clean(w.Resource), justification(&w))
		if wrong := shortcoming(&w); wrong != "" {
			line += "; " + wrong
		}
		waivers = append(waivers, line)
	}
	if len(waivers) > 0 {
		suite.SystemOut = &junit.Output{Data: strings.Join(waivers, "\n")}
	}
	return suite
}

// unjudged is a suite with a skipped case for every resource that no rule can
// judge.
func unjudged(list []inventory.NotJudged) junit.Testsuite {
	suite := junit.Testsuite{Name: "not judged", Time: "0"}
	for _, n := range list {
		suite.AddTestcase(junit.Testcase{Classname: judged, Name: clean(n.ID), Time: "0", Skipped: &junit.Result{Message: notJudged(n)}})
	}
	return suite
}

// cases are a promise's, by rule and resource. What is worst decides a case.
func cases(p *gate.Promise, list []finding) []junit.Testcase {
	if p.Verdict == gate.NotJudged {
		return []junit.Testcase{{
			Classname: judged, Name: about(""), Time: "0",
			Skipped: &junit.Result{Message: "not judged here: " + strings.Join(p.By, " or ")},
		}}
	}
	type key struct{ rule, urn string }
	var keys []key
	against := map[key][]finding{}
	for _, f := range list {
		k := key{f.Rule, f.URN}
		if against[k] == nil {
			keys = append(keys, k)
		}
		against[k] = append(against[k], f)
	}
	kept := map[key]bool{}
	for _, w := range p.Witnesses {
		if k := (key{w.Rule, w.URN}); against[k] == nil && !kept[k] {
			keys = append(keys, k)
			kept[k] = true
		}
	}
	out := make([]junit.Testcase, 0, len(keys))
	for _, k := range keys {
		c := junit.Testcase{Classname: clean(k.rule), Name: about(k.urn), Time: "0"}
		decide(&c, against[k])
		out = append(out, c)
	}
	return out
}

// decide gives a case the result of the worst of its findings, and tells all of
// them in it.
func decide(c *junit.Testcase, list []finding) {
	if len(list) == 0 {
		return
	}
	first := slices.MinFunc(list, func(a, b finding) int { return cmp.Compare(rank(a), rank(b)) })
	var texts []string
	for _, f := range list {
		text := f.text()
		if f.Position != "" {
			text += fmt.Sprintf("\n  %-8s %s", "source", clean(f.Position))
		}
		texts = append(texts, text)
	}
	r := &junit.Result{Message: clean(first.Message), Type: string(first.Severity), Data: strings.Join(texts, "\n")}
	switch {
	case first.accepted != nil:
		r.Message = "waived: " + justification(first.accepted)
		c.Skipped = r
	case first.unknown:
		r.Type = string(gate.Undetermined)
		c.Error = r
	default:
		c.Failure = r
	}
}
