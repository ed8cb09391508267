package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/tillit-dev/tillit/internal/explain"
	"github.com/tillit-dev/tillit/promises"
)

// promisesOptions are the flags of promises.
type promisesOptions struct {
	estate   string
	stacks   string
	language string
	json     bool
	schema   bool
}

func promisesCommand() *cobra.Command {
	var o promisesOptions
	cmd := &cobra.Command{
		Use:   "promises",
		Short: "Print what an estate promises",
		Long: `Print what an estate promises: each promise of its stack file with the values
declared, the ways in which it is kept (built, gated, proven, attested) and the
controls of ISO/IEC 27001:2022 Annex A that it serves.

The command reads the stack file only. Whether the promises are kept is what
tillit check judges.

Exit status:
  0  printed
  2  the stack file is missing or has faults (each is named with file, line and
     column), or the command was used wrongly`,
		Example: `  tillit promises
  tillit promises --estate ledger-no --language nb
  tillit promises --json | jq '.promises[].id'
  tillit promises --schema > stacks/tillit.schema.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.estate, "estate", "ledger-no", "the estate to read")
	f.StringVar(&o.stacks, "stacks", "stacks", "folder of the stack files")
	f.StringVar(&o.language, "language", "en", "language of the titles: "+strings.Join(promises.Languages(), ", "))
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.BoolVar(&o.schema, "schema", false, "print the JSON Schema of stack files, for editors")
	cmd.MarkFlagsMutuallyExclusive("json", "schema")
	return cmd
}

func (o promisesOptions) run(w io.Writer) error {
	if o.schema {
		_, err := w.Write(promises.Schema())
		return err
	}
	if !slices.Contains(promises.Languages(), o.language) {
		return fmt.Errorf("unknown language %q: use one of %s", o.language, strings.Join(promises.Languages(), ", "))
	}
	d, err := promises.Load(promises.Path(o.stacks, o.estate))
	if err != nil {
		return err
	}
	if o.json {
		return writePromisesJSON(w, d, o.language)
	}
	return writePromisesTable(w, d, o.language, paperOf(w))
}

// promiseRow is one declared promise in the output of promises --json.
type promiseRow struct {
	ID       promises.ID    `json:"id"`
	Title    string         `json:"title"`
	Promised any            `json:"promised"` // canonical parameters, as in an inventory
	Words    string         `json:"words"`    // the same in words
	Kept     []string       `json:"kept"`
	Controls []controlTitle `json:"controls"`
	Line     int            `json:"line"` // in the stack file
}

type controlTitle struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type waiverRow struct {
	Rule     string `json:"rule"`
	Resource string `json:"resource"`
	Reason   string `json:"reason"`
	Owner    string `json:"owner"`
	Ticket   string `json:"ticket"`
	Expires  string `json:"expires"`
	Line     int    `json:"line"`
}

// promiseRows are the declared promises in the catalogue's order.
func promiseRows(d *promises.Declaration, language string) []promiseRow {
	canonical, titles := d.Canonical(), promises.Controls()
	var rows []promiseRow
	for _, p := range promises.Catalogue() {
		declared, ok := d.Promises[p.ID]
		if !ok {
			continue
		}
		row := promiseRow{
			ID: p.ID, Title: p.Title[language], Promised: canonical[string(p.ID)],
			Words: declared.Words(language), Kept: p.Kept(), Line: declared.Line,
		}
		for _, id := range p.Controls {
			row.Controls = append(row.Controls, controlTitle{id, titles[id]})
		}
		rows = append(rows, row)
	}
	return rows
}

func waiverRows(d *promises.Declaration) []waiverRow {
	rows := []waiverRow{}
	for _, w := range d.Waivers {
		rows = append(rows, waiverRow{w.Rule, w.Resource, w.Reason, w.Owner, w.Ticket, w.Expires.Format("2006-01-02"), w.Line})
	}
	return rows
}

func writePromisesJSON(w io.Writer, d *promises.Declaration, language string) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Estate   string            `json:"estate"`
		File     string            `json:"file"`
		Language string            `json:"language"`
		Promises []promiseRow      `json:"promises"`
		Means    map[string]string `json:"means,omitempty"`
		Waivers  []waiverRow       `json:"waivers"`
	}{d.Estate, d.File, language, promiseRows(d, language), d.Means, waiverRows(d)})
}

// paper is what text is written on.
type paper struct {
	width  int
	colour bool
}

// paperOf takes the width of a terminal, within reason, and colours it unless
// NO_COLOR is set. Pipes and files get plain lines of a fixed width.
func paperOf(w io.Writer) paper {
	const plain, least, most = 120, 72, 160
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return paper{width: plain}
	}
	p := paper{width: plain, colour: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		p.width = min(max(width, least), most)
	}
	return p
}

// headings name the columns, the ways of keeping and the lines below the table,
// by language.
var headings = map[string]map[string]string{
	"en": {"promise": "PROMISE", "title": "WHAT IS PROMISED", "kept": "KEPT", "controls": "CONTROLS",
		"count": "%s, promises declared: %d\n", "waived": "waived until %s: %s on %s: %s (%s, %s)\n",
		"built": "built", "gated": "gated", "proven": "proven", "attested": "attested"},
	"nb": {"promise": "LØFTE", "title": "HVA SOM ER LOVET", "kept": "HOLDES", "controls": "KONTROLLER",
		"count": "%s, erklærte løfter: %d\n", "waived": "unntak til %s: %s for %s: %s (%s, %s)\n",
		"built": "bygget", "gated": "sperret", "proven": "målt", "attested": "attestert"},
	"sv": {"promise": "LÖFTE", "title": "VAD SOM UTLOVAS", "kept": "HÅLLS", "controls": "KONTROLLER",
		"count": "%s, deklarerade löften: %d\n", "waived": "undantag till %s: %s för %s: %s (%s, %s)\n",
		"built": "byggt", "gated": "spärrat", "proven": "mätt", "attested": "intygat"},
}

// writePromisesTable writes the promises as columns: the id, the title with the
// values promised below it, how it is kept, the controls it serves.
func writePromisesTable(w io.Writer, d *promises.Declaration, language string, on paper) error {
	const id, kept, controls, gap = 28, 9, 10, 2
	say := headings[language]
	widths := []int{id, on.width - id - kept - controls - 3*gap, kept, controls}
	var b strings.Builder
	line := func(colour string, cells [4][]string) {
		rows := 0
		for _, c := range cells {
			rows = max(rows, len(c))
		}
		for i := range rows {
			var text strings.Builder
			for column, c := range cells {
				cell := ""
				if i < len(c) {
					cell = c[i]
				}
				padding := strings.Repeat(" ", max(0, widths[column]-utf8.RuneCountInString(cell))+gap)
				if on.colour && colour != "" && column == 0 && cell != "" {
					cell = colour + cell + "\x1b[0m"
				}
				text.WriteString(cell + padding)
			}
			b.WriteString(strings.TrimRight(text.String(), " ") + "\n")
		}
	}
	line("", [4][]string{{say["promise"]}, {say["title"]}, {say["kept"]}, {say["controls"]}})
	rows := promiseRows(d, language)
	for _, r := range rows {
		var ways, ids []string
		for _, way := range r.Kept {
			ways = append(ways, say[way])
		}
		for _, c := range r.Controls {
			ids = append(ids, c.ID)
		}
		title := explain.Wrap(r.Title, widths[1])
		if r.Words != "" {
			title = append(title, explain.Wrap("→ "+r.Words, widths[1])...)
		}
		line("\x1b[1m", [4][]string{{string(r.ID)}, title, ways, ids})
	}
	fmt.Fprintf(&b, "\n"+say["count"], d.File, len(rows))
	for _, r := range waiverRows(d) {
		fmt.Fprintf(&b, say["waived"], r.Expires, r.Rule, r.Resource, r.Reason, r.Owner, r.Ticket)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
