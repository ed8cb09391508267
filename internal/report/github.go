package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/gate"
)

// GitHub writes workflow commands, which GitHub shows as annotations on the
// lines of a pull request: an error for a violation, a warning for what could
// not be determined, for a waiver that does nothing or takes in too much and for a
// resource that no rule can judge, a notice for a violation
// that is waived, and a notice with the verdict. The worst come first, because
// GitHub shows ten of each kind of a step and leaves the rest to the log.
type GitHub struct {
	Options
}

// Output writes a command a line.
func (g GitHub) Output(w io.Writer, result *gate.Result) error {
	list := findings(result, g.Rules)
	slices.SortStableFunc(list, func(a, b finding) int { return cmp.Compare(rank(a), rank(b)) })
	var out bytes.Buffer
	for _, f := range list {
		g.finding(&out, result, f)
	}
	for _, p := range result.Promises {
		for _, waiver := range p.Waivers {
			if wrong := shortcoming(&waiver); wrong != "" {
				at, _ := g.declared(result, waiver.Line)
				command(&out, "warning", at, kind(&waiver)+": "+waiver.Rule, "the waiver for "+clean(waiver.Resource)+": "+wrong)
			}
		}
	}
	for _, n := range result.NotJudged {
		command(&out, "warning", place{}, "not judged", notJudged(n))
	}
	command(&out, "notice", place{}, "tillit", summary(result))
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("write github: %w", err)
	}
	return nil
}

// severities from worst to least.
var severities = []gate.Severity{gate.Critical, gate.High, gate.Medium, gate.Low}

// rank orders findings from the worst: violations by severity, then what is
// unknown, then what is waived.
func rank(f finding) int {
	switch {
	case f.accepted != nil:
		return len(severities) + 2
	case f.unknown:
		return len(severities) + 1
	}
	if at := slices.Index(severities, f.Severity); at >= 0 {
		return at
	}
	return len(severities)
}

func (g GitHub) finding(out *bytes.Buffer, result *gate.Result, f finding) {
	level, text := "error", f.text()
	switch {
	case f.accepted != nil:
		level, text = "notice", clean(f.Message)+"\nwaived: "+justification(f.accepted)
	case f.unknown:
		level = "warning"
	}
	var at place
	if places := g.places(result, f); len(places) > 0 {
		at = places[0]
	}
	text = fmt.Sprintf("%s\n  %-8s %s", text, "resource", about(f.URN))
	if _, here := g.source(f.Position); !here && f.Position != "" {
		text += fmt.Sprintf("\n  %-8s %s", "source", clean(f.Position))
	}
	if declared, ok := g.declared(result, f.promise.Line); ok {
		text += fmt.Sprintf("\n  %-8s %s", "declared", where("", declared.file, declared.line))
	}
	command(out, level, at, fmt.Sprintf("%s: %s", f.promise.ID, f.Rule), text)
}

// summary is the verdict in a sentence.
func summary(result *gate.Result) string {
	violations, unknown := 0, 0
	for _, p := range result.Promises {
		violations += len(p.Violations)
		unknown += len(p.Undetermined)
	}
	return fmt.Sprintf("%s is %s: %s, %s, %d undetermined", clean(result.Estate), result.Verdict,
		count(len(result.Promises), "promise"), count(violations, "violation"), unknown)
}

// Escapes of workflow commands, as the runner undoes them. A line break would
// end the command and start whatever the text says next.
var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// command writes one workflow command; without a place when there is none.
func command(out *bytes.Buffer, level string, at place, title, text string) {
	out.WriteString("::" + level + " ")
	if at.file != "" {
		out.WriteString("file=" + escapeProperty.Replace(clean(at.file)) + ",")
		if at.line > 0 {
			fmt.Fprintf(out, "line=%d,", at.line)
		}
	}
	out.WriteString("title=" + escapeProperty.Replace(clean(title)) + "::" + escapeData.Replace(text) + "\n")
}
