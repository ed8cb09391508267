package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tillit-dev/tillit/internal/history"
	"github.com/tillit-dev/tillit/internal/present"
	"github.com/tillit-dev/tillit/promises"
)

// reading is what the commands have that read evidence offline.
type reading struct {
	place
	rehearsal bool
	key       string // of pinned keys
}

func (p *program) readingFlags(cmd *cobra.Command, r *reading) {
	f := cmd.Flags()
	p.placeFlags(f, &r.place)
	rehearsalFlag(f, &r.rehearsal)
	p.pinnedFlag(f, &r.key)
}

// history reads the estate's evidence; none at all is an empty history.
func (r reading) history(ctx context.Context) (*history.History, error) {
	s := r.state(r.rehearsal)
	if !exists(s.evidence()) {
		return &history.History{Identity: r.identity(r.rehearsal)}, nil
	}
	keys, err := pinned(cmp.Or(r.key, s.pinned()))
	if err != nil {
		return nil, fmt.Errorf("%w: name the file of pinned keys with --key", err)
	}
	h, err := history.Read(ctx, s.evidence(), r.identity(r.rehearsal), keys)
	if errors.Is(err, history.ErrNoEvidence) {
		return &history.History{Identity: r.identity(r.rehearsal)}, nil
	}
	return h, err
}

func (p *program) listCommand() *cobra.Command {
	var r reading
	var json bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the drills, their objectives, and when each last passed",
		Long: `List the drills: what each does, which promises it measures, its objective as the
estate has promised it, and when it last passed according to the evidence. A drill
does not apply to an estate that has promised nothing that it measures.

It works offline: the stack file and the evidence folder are all that is read.

Exit status:
  0  listed
  2  it could not be: bad input, bad usage, or evidence that is not whole`,
		Example: `  runbook list
  runbook list --estate documents-fi --json | jq '.drills[].drill'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := r.declaration()
			if err != nil {
				return err
			}
			h, err := r.history(cmd.Context())
			if err != nil {
				return err
			}
			rows := p.drillRows(d, h)
			if json {
				return writeJSON(p.stdout, struct {
					Estate    string     `json:"estate"`
					Rehearsal bool       `json:"rehearsal"`
					Drills    []drillRow `json:"drills"`
				}{r.estate, r.rehearsal, rows})
			}
			_, err = io.WriteString(present.Prefixed(p.stdout, mark(r.rehearsal)), listText(rows, p.now()))
			return err
		},
	}
	p.readingFlags(cmd, &r)
	cmd.Flags().BoolVar(&json, "json", false, "print JSON")
	return cmd
}

// drillRow is one drill in the output of list --json.
type drillRow struct {
	Drill     string        `json:"drill"`
	Title     string        `json:"title"`
	Measures  []promises.ID `json:"measures"` // those of them that the estate has promised
	Applies   bool          `json:"applies"`
	Objective struct {
		PointSeconds float64 `json:"pointSeconds,omitempty"`
		TimeSeconds  float64 `json:"timeSeconds,omitempty"`
	} `json:"objective"`
	LastPassed time.Time `json:"lastPassed,omitzero"`
	Overdue    bool      `json:"overdue"`

	objective string
}

func (p *program) drillRows(d *promises.Declaration, h *history.History) []drillRow {
	rows := []drillRow{}
	every := d.Params("backup.tested").Duration("every")
	for _, b := range p.books() {
		row := drillRow{Drill: b.Name, Title: b.Title, Measures: []promises.ID{}, Applies: applies(b, d)}
		for _, id := range b.Promises {
			if d.Has(id) {
				row.Measures = append(row.Measures, id)
			}
		}
		if row.Applies {
			o := b.Objective(d)
			row.Objective.PointSeconds, row.Objective.TimeSeconds = o.Point.Seconds(), o.Time.Seconds()
			row.objective = present.Objective(o)
			row.Overdue = len(h.Overdue([]string{b.Name}, every, p.now())) > 0
		}
		if last, ok := h.LastPassed(b.Name); ok {
			row.LastPassed = last.Finished
		}
		rows = append(rows, row)
	}
	return rows
}

func listText(rows []drillRow, now time.Time) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DRILL\tWHAT IT DOES\tOBJECTIVE\tLAST PASSED")
	for _, r := range rows {
		last, objective := "never", r.objective
		if !r.LastPassed.IsZero() {
			last = ago(now, r.LastPassed)
		}
		switch {
		case !r.Applies:
			last, objective = "-", "does not apply: nothing that it measures is promised"
		case r.Overdue:
			last += ", overdue"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Drill, r.Title, objective, last)
		if r.Applies {
			fmt.Fprintf(w, "\tmeasures %s\t\t\n", words(r.Measures))
		}
	}
	_ = w.Flush() // into memory
	return trimLines(b.String())
}

// ago says how long ago something was, in whole units of what matters.
func ago(now, then time.Time) string {
	since := now.Sub(then)
	switch {
	case since >= 48*time.Hour:
		since = since.Truncate(24 * time.Hour)
	case since >= 2*time.Hour:
		since = since.Truncate(time.Hour)
	case since >= 2*time.Minute:
		since = since.Truncate(time.Minute)
	default:
		return "just now"
	}
	return promises.FormatDuration(since) + " ago"
}

// trimLines takes away blanks at the ends of lines.
func trimLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}
