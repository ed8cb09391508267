package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/gate"
)

// Text writes the judgement for people: the table of promises, then what is
// wrong or not known, promise by promise, then the counts.
type Text struct {
	Colour   bool
	Baseline *gate.Result // an earlier judgement to compare with
	Rules    []gate.Rule  // the pack's; asked for with Baseline
}

// Output writes the report. Characters that could steer a terminal are shown as
// escapes, since names and values come from the estate that is judged.
func (t Text) Output(w io.Writer, result *gate.Result) error {
	p := &page{colour: t.Colour}
	p.table(result)
	against := map[*gate.Promise][]finding{}
	for _, f := range findings(result, t.Rules) {
		against[f.promise] = append(against[f.promise], f)
	}
	for i := range result.Promises {
		p.promise(result, &result.Promises[i], against[&result.Promises[i]])
	}
	if t.Baseline != nil {
		p.comparison(Compare(t.Baseline, result, t.Rules))
	}
	p.counts(result)
	if _, err := p.WriteTo(w); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	return nil
}

// page collects the report's lines.
type page struct {
	bytes.Buffer
	colour bool
}

// ANSI styles.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

var styles = map[gate.Verdict]string{
	gate.Kept: green, gate.Attested: green, gate.Waived: yellow, gate.Overdue: yellow,
	gate.Undetermined: yellow, gate.Broken: red, gate.NotJudged: dim,
}

func (p *page) style(style, text string) string {
	if !p.colour || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

func (p *page) line(format string, args ...any) {
	p.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " "))
	p.WriteByte('\n')
}

func (p *page) table(result *gate.Result) {
	head := []string{"PROMISE", "PROMISED", "DESIGNED"}
	measures := slices.ContainsFunc(result.Promises, func(promise gate.Promise) bool { return promise.Measured != nil })
	if measures {
		head = append(head, "MEASURED")
	}
	rows := [][]string{head}
	for _, promise := range result.Promises {
		row := []string{
			string(promise.ID),
			shorten(cmp.Or(parameters(promise.ID, promise.Promised), "yes"), 48),
			shorten(designed(promise), 48),
		}
		if measures {
			row = append(row, shorten(measured(promise), 48))
		}
		rows = append(rows, row)
	}
	width := make([]int, len(head))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	for i, row := range rows {
		verdict := p.style(bold, "VERDICT")
		if i > 0 {
			promise := result.Promises[i-1]
			verdict = p.style(styles[promise.Verdict], verdictText(promise))
		}
		var cells strings.Builder
		for j, cell := range row {
			cells.WriteString(cell + strings.Repeat(" ", width[j]-len([]rune(cell))+2))
		}
		p.line("%s%s", cells.String(), verdict)
	}
}

// measured is what drills have measured, or seen to hold.
func measured(promise gate.Promise) string {
	switch {
	case promise.Measured == nil:
		return "-"
	case len(promise.Measured) > 0:
		return parameters(promise.ID, promise.Measured)
	case promise.Verdict == gate.Broken:
		return "no"
	}
	return "yes"
}

// designed is what the design keeps at worst. A parameter that no platform fact
// bounds is said to be not stated: only a measurement can show it. A promise
// without parameters is designed for, or only in part of the estate.
func designed(promise gate.Promise) string {
	if len(promise.Witnesses) == 0 {
		return "-"
	}
	values := maps.Clone(promise.Designed)
	if values == nil {
		values = map[string]any{}
	}
	for name := range promise.Promised {
		if _, ok := values[name]; !ok {
			values[name] = "not stated"
		}
	}
	if text := parameters(promise.ID, values); text != "" {
		return text
	}
	if promise.Verdict == gate.Broken {
		return "in part"
	}
	return "yes"
}

// verdictText is the verdict, and for a promise that a design cannot show, what
// can.
func verdictText(promise gate.Promise) string {
	if promise.Verdict != gate.NotJudged {
		return string(promise.Verdict)
	}
	return "not judged here: " + strings.Join(promise.By, " or ")
}

// promise writes what there is to say of a promise beside its row.
func (p *page) promise(result *gate.Result, promise *gate.Promise, against []finding) {
	if len(against)+len(promise.Waivers) == 0 {
		return
	}
	p.line("")
	p.line("%s  %s%s", p.style(bold, string(promise.ID)), p.style(styles[promise.Verdict], string(promise.Verdict)),
		where(", declared at ", result.File, promise.Line))
	for _, f := range against {
		switch {
		case f.unknown:
			p.undetermined(f)
		case f.accepted == nil: // a waiver lists what it accepts
			p.violation(f)
		}
	}
	for _, w := range promise.Waivers {
		p.waiver(result, w)
	}
}

func (p *page) violation(f finding) {
	p.line("  %s %s", p.style(red, "violation"), clean(f.Message))
	p.field("finding", short(f.id))
	p.field("rule", fmt.Sprintf("%s (%s)", f.Rule, f.Severity))
	p.field("resource", f.URN)
	for _, field := range details(f.Violation) {
		p.field(field[0], field[1])
	}
	p.field("source", f.Position)
}

func (p *page) undetermined(f finding) {
	p.line("  %s %s", p.style(yellow, "undetermined"), clean(f.Message))
	p.field("finding", short(f.id))
	if f.Rule != judged {
		p.field("rule", f.Rule)
	}
	p.field("resource", f.URN)
	p.field("must be known", f.Property)
	p.field("source", f.Position)
}

func (p *page) waiver(result *gate.Result, w gate.Waiver) {
	p.line("  %s %s on %s", p.style(yellow, "waiver "+string(w.State)), w.Rule, clean(w.Resource))
	p.field("reason", w.Reason)
	p.field("owner", w.Owner)
	p.field("ticket", w.Ticket)
	p.field("expires", w.Expires)
	p.field("declared", where("", result.File, w.Line))
	if w.State == gate.Used {
		for _, v := range w.Violations {
			p.field("accepts", cmp.Or(v.URN, v.Message))
		}
	}
	p.field("note", shortcoming(&w))
}

// comparison lists what has changed since an earlier judgement, a line each.
func (p *page) comparison(c *Comparison) {
	p.line("")
	p.line("%s  %d new, %d fixed, %d unchanged, %d unsettled", p.style(bold, "since the earlier result"),
		len(c.New), len(c.Fixed), len(c.Unchanged), len(c.Unsettled))
	for _, part := range []struct {
		word, style string
		changes     []Change
	}{{"new", red, c.New}, {"fixed", green, c.Fixed}, {"unchanged", dim, c.Unchanged}, {"unsettled", yellow, c.Unsettled}} {
		for _, change := range part.changes {
			because := ""
			if change.Because != "" {
				because = " (" + change.Because + ")"
			}
			p.line("  %s %s: %s, %s%s", p.style(part.style, part.word), clean(change.Rule), about(change.URN),
				clean(change.Message), because)
		}
	}
}

// field writes a named line below a finding; nothing when there is no value.
func (p *page) field(name, value string) {
	if value != "" {
		p.line("    %s %s", p.style(dim, fmt.Sprintf("%-13s", name)), clean(value))
	}
}

func (p *page) counts(result *gate.Result) {
	verdicts := map[gate.Verdict]int{}
	var violations, unknown int
	for _, promise := range result.Promises {
		verdicts[promise.Verdict]++
		violations += len(promise.Violations)
		unknown += len(promise.Undetermined)
	}
	var parts []string
	for _, v := range []gate.Verdict{gate.Kept, gate.Attested, gate.Waived, gate.Overdue, gate.Undetermined, gate.Broken} {
		if verdicts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", verdicts[v], v))
		}
	}
	if n := verdicts[gate.NotJudged]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d not judged here", n))
	}
	p.line("")
	p.line("%s: %s", count(len(result.Promises), "promise"), strings.Join(parts, ", "))
	p.line("%s, %d undetermined, in %s (%s)", count(violations, "violation"), unknown, count(result.Resources, "resource"), clean(result.Source))
	for _, n := range result.NotJudged {
		p.line("%s", notJudged(n))
	}
	p.line("%s is %s", p.style(bold, clean(result.Estate)), p.style(styles[result.Verdict], string(result.Verdict)))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func where(before, file string, line int) string {
	switch {
	case file == "":
		return ""
	case line == 0:
		return before + file
	default:
		return fmt.Sprintf("%s%s:%d", before, file, line)
	}
}
