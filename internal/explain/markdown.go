package explain

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/promises"
)

const generated = "<!-- Written by internal/explain/gen. To change it, change the rule or its example and run go generate ./internal/explain. -->\n\n"

// Pages are the Markdown pages of docs/rules by file name: README.md, the index,
// and <group>/<rule>.md for every rule. Links lead to the root of the project
// as seen from docs/rules.
func (b *Book) Pages(ctx context.Context) (map[string]string, error) {
	pages := map[string]string{"README.md": b.index()}
	for _, r := range b.gate.Rules() {
		told, err := b.Rule(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		pages[r.ID+".md"] = told.markdown()
	}
	return pages, nil
}

// index lists the rules by group and the promises with the rules that judge
// them.
func (b *Book) index() string {
	var s strings.Builder
	s.WriteString(generated)
	s.WriteString("# The rules\n\nEach page says what the rule asks and why, the facts it computes with, and an estate that keeps it and one that\n" +
		"breaks it. `tillit explain RULE` prints the same. How rules are written is in [../rules.md](../rules.md).\n")
	witnessed, _ := b.gate.Rule(gate.Witnessed)
	fmt.Fprintf(&s, "\nOne rule is the gate's own, `%s`: %s\n", witnessed.ID, witnessed.Description)
	group := ""
	for _, r := range b.gate.Rules() {
		if g := path.Dir(r.ID); g != group {
			group = g
			fmt.Fprintf(&s, "\n## %s\n\n| rule | what it asks | promise | severity |\n|---|---|---|---|\n", group)
		}
		fmt.Fprintf(&s, "| [%s](%s.md) | %s | `%s` | %s |\n", path.Base(r.ID), r.ID, cell(r.Title), r.Promise, r.Severity)
	}
	s.WriteString("\n## By promise\n\n| promise | what is promised | rules |\n|---|---|---|\n")
	for _, p := range promises.Catalogue() {
		var links []string
		for _, r := range b.gate.Rules() {
			if r.Promise == p.ID {
				links = append(links, fmt.Sprintf("[%s](%s.md)", r.ID, r.ID))
			}
		}
		if len(links) > 0 {
			fmt.Fprintf(&s, "| `%s` | %s | %s |\n", p.ID, cell(p.Title["en"]), strings.Join(links, ", "))
		}
	}
	return s.String()
}

func (r *Rule) markdown() string {
	var s strings.Builder
	s.WriteString(generated)
	fmt.Fprintf(&s, "# %s\n\n**%s.** %s\n\n", r.ID, r.Title, r.Description)
	s.WriteString("| | |\n|---|---|\n")
	fmt.Fprintf(&s, "| promise | `%s`: %s |\n", r.Promise, cell(r.PromiseTitle))
	fmt.Fprintf(&s, "| severity | %s |\n", r.Severity)
	fmt.Fprintf(&s, "| controls | %s |\n", cell(strings.Join(named(r.Controls), "<br>")))
	fmt.Fprintf(&s, "| looks at | `%s` |\n", strings.Join(r.Types, "`<br>`"))
	fmt.Fprintf(&s, "| source | [%s](../../../%s) |\n", r.Source, r.Source)
	fmt.Fprintf(&s, "\n## To fix a violation\n\n%s\n", r.Remediation)
	if len(r.Facts) > 0 {
		s.WriteString("\n## Facts\n\n| fact | value | unit | source |\n|---|---|---|---|\n")
	}
	for _, f := range r.Facts {
		unit := f.Unit
		f.Unit = "" // has a column of its own
		fmt.Fprintf(&s, "| `%s`: %s | %s | %s | %s, %s |\n", f.Key, cell(f.Text), cell(strings.Join(value(f), "<br>")), cell(unit), cell(f.Source), f.Dated)
	}
	if r.Good == nil || r.Bad == nil {
		return s.String()
	}
	s.WriteString("\n## Example\n\n" + fenced(r.Good.shared))
	s.WriteString("\nThis keeps the promise:\n\n" + fenced(r.Good.own) + "\nKept by " + strings.Join(r.Good.Witnesses, ", ") + ".\n")
	s.WriteString("\nThis does not:\n\n" + fenced(r.Bad.own) + "\n")
	for _, line := range findings(r.Bad.Violations) {
		s.WriteString("- " + line + "\n")
	}
	return s.String()
}

func fenced(text string) string { return "```yaml\n" + text + "```\n" }

// cell keeps a text from ending a table's cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
