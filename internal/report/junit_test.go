package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// element says what the junit-10 schema (jenkinsci/xunit-plugin) lets an element
// hold, as far as the elements that are written go. No Go module carries the
// schema or reads its language, so that it is told here.
type element struct {
	required, optional []string // attributes
	children           []string
	text               bool
}

var (
	outcome = element{optional: []string{"type", "message"}, text: true}
	junit10 = map[string]element{
		"testsuites": {optional: []string{"name", "time", "tests", "failures", "errors"}, children: []string{"testsuite"}},
		"testsuite": {
			required: []string{"name", "tests", "failures", "errors"},
			optional: []string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
			children: []string{"testsuite", "properties", "testcase", "system-out", "system-err"},
		},
		"properties": {children: []string{"property"}},
		"property":   {required: []string{"name", "value"}},
		"testcase": {
			required: []string{"name"}, optional: []string{"time", "classname", "group"},
			children: []string{"skipped", "error", "failure", "rerunFailure", "rerunError", "flakyFailure", "flakyError", "system-out", "system-err"},
		},
		"failure": outcome, "error": outcome, "skipped": outcome,
		"system-out": {text: true}, "system-err": {text: true},
	}
	junitTime = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$`)
)

// validateJUnit checks a document against junit10.
func validateJUnit(text []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	var open []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			switch {
			case len(open) == 0 && name != "testsuites" && name != "testsuite":
				return fmt.Errorf("the document is a %s", name)
			case len(open) > 0 && !slices.Contains(junit10[open[len(open)-1]].children, name):
				return fmt.Errorf("%s in %s", name, open[len(open)-1])
			}
			if err := checkAttributes(token); err != nil {
				return err
			}
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && !junit10[open[len(open)-1]].text && len(bytes.TrimSpace(token)) > 0 {
				return fmt.Errorf("text in %s", open[len(open)-1])
			}
		}
	}
}

func checkAttributes(start xml.StartElement) error {
	rules, found := junit10[start.Name.Local], map[string]bool{}
	for _, a := range start.Attr {
		name := a.Name.Local
		found[name] = true
		if !slices.Contains(rules.required, name) && !slices.Contains(rules.optional, name) {
			return fmt.Errorf("attribute %s of %s", name, start.Name.Local)
		}
		if name == "time" && start.Name.Local != "testcase" && !junitTime.MatchString(a.Value) {
			return fmt.Errorf("time %q", a.Value)
		}
	}
	for _, name := range rules.required {
		if !found[name] {
			return fmt.Errorf("no attribute %s of %s", name, start.Name.Local)
		}
	}
	return nil
}

// junitFile is what a reader of the report sees.
type junitFile struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Suites   []struct {
		Name    string `xml:"name,attr"`
		Tests   int    `xml:"tests,attr"`
		Skipped int    `xml:"skipped,attr"`
		Output  string `xml:"system-out"`
		Cases   []struct {
			Rule    string  `xml:"classname,attr"`
			Name    string  `xml:"name,attr"`
			Failure *string `xml:"failure"`
			Error   *string `xml:"error"`
			Skipped *string `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func TestJUnitIsValid(t *testing.T) {
	for name, result := range fixtures() {
		text := written(t, "junit", options(), result)
		if err := validateJUnit(text); err != nil {
			t.Errorf("%s breaks junit-10: %v", name, err)
		}
		var file junitFile
		if err := xml.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		tests, failures, faults := 0, 0, 0
		for _, s := range file.Suites {
			skipped := 0
			seen := map[string]bool{}
			for _, c := range s.Cases {
				if seen[c.Rule+" "+c.Name] {
					t.Errorf("%s: %s on %s is two cases", name, c.Rule, c.Name)
				}
				seen[c.Rule+" "+c.Name] = true
				tests++
				for counter, outcome := range map[*int]*string{&failures: c.Failure, &faults: c.Error, &skipped: c.Skipped} {
					if outcome != nil {
						*counter++
					}
				}
			}
			if s.Tests != len(s.Cases) || s.Skipped != skipped {
				t.Errorf("%s: %s counts %d tests, %d skipped, and has %d, %d", name, s.Name, s.Tests, s.Skipped, len(s.Cases), skipped)
			}
		}
		suites := len(result.Promises)
		if len(result.NotJudged) > 0 {
			suites++
		}
		if len(file.Suites) != suites || file.Tests != tests || file.Failures != failures || file.Errors != faults {
			t.Errorf("%s: %+v, counted %d, %d, %d", name, file, tests, failures, faults)
		}
	}
}

func TestJUnitCheckRefuses(t *testing.T) {
	for _, text := range []string{
		`<report/>`, `<testsuites skipped="1"/>`, `<testsuites><testcase name="a"/></testsuites>`,
		`<testsuite name="a" tests="1" failures="0"/>`, `<testsuites>text</testsuites>`, `<testsuites time="soon"/>`, `<testsuites>`,
	} {
		if validateJUnit([]byte(text)) == nil {
			t.Errorf("%s is valid", text)
		}
	}
}

// What is found decides the case: only a witness with nothing against it passes.
func TestJUnitCases(t *testing.T) {
	var file junitFile
	if err := xml.Unmarshal(written(t, "junit", options(), everything()), &file); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range file.Suites {
		for _, c := range s.Cases {
			outcome := "passed"
			switch {
			case c.Failure != nil:
				outcome = "failed"
			case c.Error != nil:
				outcome = "error"
			case c.Skipped != nil:
				outcome = "skipped"
			}
			got = append(got, fmt.Sprintf("%s %s %s %s", s.Name, c.Rule, c.Name[strings.LastIndexByte(c.Name, ':')+1:], outcome))
		}
	}
	want := []string{
		"assurance.certified-hosting promise/judged the estate as a whole skipped",
		"backup.interval backup/interval db passed",
		"crypto.keys crypto/keys-rotate legacy skipped",
		"crypto.keys crypto/keys-rotate spare skipped",
		"crypto.transit crypto/tls-current archive failed",
		"crypto.transit crypto/tls-current new error",
		"crypto.transit crypto/tls-current good passed",
		"perimeter.waf promise/witnessed the estate as a whole failed",
		"perimeter.ddos promise/judged the estate as a whole error",
		"not judged promise/judged /subscriptions/s/resourceGroups/g/providers/Microsoft.Quantum/workspaces/q skipped",
	}
	if !slices.Equal(got, want) {
		t.Errorf("cases\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i, say := range map[int][]string{2: {"used waiver", "over-broad waiver"}, 3: {"expired waiver", "orphaned waiver", "pending waiver"}} {
		for _, want := range say {
			if out := file.Suites[i].Output; !strings.Contains(out, want) {
				t.Errorf("no %s in the output %q", want, out)
			}
		}
	}
}
