package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/history"
	"github.com/tillit-dev/tillit/internal/present"
	"github.com/tillit-dev/tillit/promises"
)

// historyOptions are the flags of history.
type historyOptions struct {
	reading
	json bool
	plot string
}

func (p *program) historyCommand() *cobra.Command {
	var o historyOptions
	cmd := &cobra.Command{
		Use:   "history [DRILL]",
		Short: "Show what drills have measured over time",
		Long: `Show every run on record with its recovery point, its recovery time and its
outcome, those that were interrupted included, and how the figures go over time.
--plot draws them beside their objectives.

It works offline, from the estate's evidence, which is verified on the way with
the keys that are pinned.

Exit status:
  0  shown
  2  it could not be: bad input, bad usage, or evidence that is not whole
  3  shown, and a drill is overdue (backup.tested says how often each has to pass)
     or a run has no end`,
		Example: `  runbook history
  runbook history pitr --estate ledger-no --plot pitr.svg
  runbook history --json | jq '.runs[] | select(.outcome != "passed")'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) == 1 {
				name = args[0]
			}
			return p.showHistory(cmd.Context(), o, name)
		},
	}
	p.readingFlags(cmd, &o.reading)
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.StringVar(&o.plot, "plot", "", "draw the trend to a `FILE` that ends in .svg or .png")
	return cmd
}

func (p *program) showHistory(ctx context.Context, o historyOptions, name string) error {
	if err := plottable(o.plot); err != nil {
		return err
	}
	d, err := o.declaration()
	if err != nil {
		return err
	}
	due, every := p.due(d)
	if name != "" {
		if _, err := p.book(name); err != nil {
			return err
		}
		due = only(due, name)
	}
	h, err := o.history(ctx)
	if err != nil {
		return err
	}
	runs, overdue := h.Of(name), h.Overdue(due, every, p.now())
	if o.plot != "" {
		if err := plotTrend(o.plot, fmt.Sprintf("Drills of %s", h.Identity), runs); err != nil {
			return err
		}
	}
	if o.json {
		err = writeJSON(p.stdout, struct {
			Estate    string        `json:"estate"`
			Rehearsal bool          `json:"rehearsal"`
			Runs      []history.Run `json:"runs"`
			Overdue   []string      `json:"overdue"`
		}{o.estate, o.rehearsal, append([]history.Run{}, runs...), append([]string{}, overdue...)})
	} else {
		out := present.Prefixed(p.stdout, mark(o.rehearsal))
		_, err = io.WriteString(out, historyText(runs)+trendText(runs, boardOptions(p.stdout, "", p))+overdueText(overdue, every.String() != "0s", promises.FormatDuration(every)))
	}
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.Outcome == "" {
			return statusError(exitUnmeasured)
		}
	}
	if len(overdue) > 0 {
		return statusError(exitUnmeasured)
	}
	return nil
}

func only(names []string, name string) []string {
	for _, n := range names {
		if n == name {
			return []string{n}
		}
	}
	return nil
}

func historyText(runs []history.Run) string {
	if len(runs) == 0 {
		return "no run is on record\n"
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STARTED\tDRILL\tOUTCOME\tRECOVERY POINT\tRECOVERY TIME\tRUN")
	for _, r := range runs {
		outcome := string(r.Outcome)
		if outcome == "" {
			outcome = "not finished"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Started.UTC().Format("2006-01-02 15:04"), r.Drill, outcome, beside(r.Point()), beside(r.Time()), r.ID)
		if r.Result != nil && r.Result.Cause != "" {
			fmt.Fprintf(w, "\t\t%s\n", present.Fit(present.Line(r.Result.Cause), 100))
		}
	}
	_ = w.Flush() // into memory
	return trimLines(b.String())
}

// beside is a figure and its objective, short.
func beside(m *drill.Measure) string {
	switch {
	case m == nil:
		return "-"
	case m.Objective > 0:
		return seconds(m.Seconds) + " of " + seconds(m.Objective)
	}
	return seconds(m.Seconds)
}

// trendText has a line for each figure of each drill: the trend as blocks on a
// terminal, and the least, the middle and the largest of it.
func trendText(runs []history.Run, on present.Options) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, t := range trends(runs) {
		if len(t.points) == 0 {
			continue
		}
		low, middle, high := t.spread()
		fmt.Fprintf(w, "%s\t%s\t%slowest %s, median %s, highest %s%s\n", t.drill, t.figure, t.spark(on), seconds(low), seconds(middle), seconds(high), t.held())
	}
	_ = w.Flush() // into memory
	if b.Len() == 0 {
		return ""
	}
	return "\n" + trimLines(b.String())
}

func overdueText(names []string, promised bool, every string) string {
	if len(names) == 0 || !promised {
		return ""
	}
	return fmt.Sprintf("\noverdue: %s; each is promised to be tested every %s\n", strings.Join(names, ", "), every)
}
