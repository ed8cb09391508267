package explain

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tillit-dev/tillit/internal/gate"
)

// Paper is what text is written on.
type Paper struct {
	Width  int // in characters; examples may be wider
	Colour bool
}

// Text is the rule as a page for people.
func (r *Rule) Text(on Paper) string {
	s := &sheet{on: on}
	s.head(r.ID, r.Title)
	s.paragraph(r.Description)
	if r.Promise != "" {
		s.field("Promise", fmt.Sprintf("%s: %s", r.Promise, r.PromiseTitle))
	}
	s.field("Severity", string(r.Severity))
	s.field("Controls", named(r.Controls)...)
	s.field("To fix", r.Remediation)
	s.field("Looks at", r.Types...)
	for _, f := range r.Facts {
		s.field("Fact", append(append([]string{f.Key + ": " + f.Text}, indented(value(f))...), "  source: "+f.Source+", "+f.Dated)...)
	}
	if r.Source != "" {
		s.field("Source", r.Source)
	}
	if r.Good == nil || r.Bad == nil {
		return s.String()
	}
	s.example(r.Good.shared)
	s.example(r.Good.own)
	s.field("  kept by", r.Good.Witnesses...)
	s.example(r.Bad.own)
	s.field("  found", findings(r.Bad.Violations)...)
	return s.String()
}

func findings(violations []gate.Violation) []string {
	lines := make([]string, len(violations))
	for i, v := range violations {
		lines[i] = finding(v)
	}
	return lines
}

// Text is the promise as a page for people, in its language.
func (p *Promise) Text(on Paper) string {
	s, say := &sheet{on: on}, words[p.Language]
	s.head(string(p.ID), p.Title)
	for i, q := range p.Parameters {
		label := ""
		if i == 0 {
			label = say["parameters"]
		}
		s.field(label, append([]string{q.Name + ": " + q.Title}, indented(q.phrases(say))...)...)
	}
	var ways []string
	for _, way := range p.Kept {
		ways = append(ways, say[way])
	}
	s.field(say["kept"], ways...)
	s.field(say["controls"], named(p.Controls)...)
	var rules []string
	for _, r := range p.Rules {
		rules = append(rules, fmt.Sprintf("%s: %s", r.ID, r.Title))
	}
	if len(rules) == 0 {
		rules = []string{say["none"]}
	}
	s.field(say["rules"], rules...)
	return s.String()
}

func named(list []Control) []string {
	lines := make([]string, len(list))
	for i, c := range list {
		lines[i] = c.ID + " " + c.Title
	}
	return lines
}

func indented(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = "  " + line
	}
	return out
}

// sheet collects a page's lines.
type sheet struct {
	strings.Builder
	on Paper
}

const labelWidth = 14

func (s *sheet) bold(text string) string {
	if !s.on.Colour || text == "" {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

func (s *sheet) head(id, title string) {
	fmt.Fprintln(s, s.bold(id))
	for _, line := range Wrap(title, s.on.Width) {
		fmt.Fprintln(s, line)
	}
	fmt.Fprintln(s)
}

func (s *sheet) paragraph(text string) {
	for _, line := range Wrap(text, s.on.Width) {
		fmt.Fprintln(s, line)
	}
	fmt.Fprintln(s)
}

// field writes lines beside a label; a line keeps its own indent when it wraps.
func (s *sheet) field(label string, lines ...string) {
	for i, line := range lines {
		text := strings.TrimLeft(line, " ")
		indent := labelWidth + len(line) - len(text)
		for j, part := range Wrap(text, s.on.Width-indent) {
			margin := strings.Repeat(" ", indent)
			if i == 0 && j == 0 {
				padding := max(1, labelWidth-utf8.RuneCountInString(label))
				margin = s.bold(label) + strings.Repeat(" ", padding)
			}
			fmt.Fprintln(s, margin+part)
		}
	}
}

// example writes YAML as it stands.
func (s *sheet) example(text string) {
	fmt.Fprintln(s)
	for line := range strings.Lines(text) {
		fmt.Fprint(s, "  "+line)
	}
}

// Wrap breaks text between words into lines of at most width characters, where
// its words allow.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
