package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/present"
	"github.com/tillit-dev/tillit/promises"
)

// drillFinished and drillsAge are lines that the estate's alarms read out of a
// job's log; see modules/watch/alarms.go for what they look at.
type drillFinished struct {
	Event  string `json:"event"`
	Drill  string `json:"drill"`
	Result string `json:"result"` // the outcome, or not-run or not-recorded
	Run    string `json:"run,omitempty"`
	Cause  string `json:"cause,omitempty"`
}

type drillsAge struct {
	Event string `json:"event"`
	// OldestSeconds is how long ago the drill that is longest overdue last passed.
	// It is left out where a drill has never passed, so that the alarm, which wants
	// a small number, is raised.
	OldestSeconds *int64   `json:"oldestSeconds,omitempty"`
	Oldest        string   `json:"oldest,omitempty"`
	Never         []string `json:"never,omitempty"`
}

// writeEvent writes JSON on one line.
func writeEvent(w io.Writer, event any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(event)
}

func writeJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}

// summary is the end of a run in words: what was measured, under which
// conditions, and where the evidence lies.
func summary(estate string, r *drill.Result, evidence string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s of %s: %s", r.Drill, estate, r.Outcome)
	if r.Cause != "" {
		fmt.Fprintf(&b, ": %s", present.Line(r.Cause))
	}
	b.WriteString("\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(name, text string) { fmt.Fprintf(w, "  %s\t%s\n", name, text) }
	line("recovery point", measured(r.Point))
	if r.Point != nil && r.Declared != nil && r.Heartbeat != nil {
		line("", fmt.Sprintf("from the newest heartbeat in the restored data, %s, to the declared failure, %s", instant(*r.Heartbeat), instant(*r.Declared)))
	}
	line("recovery time", measured(r.Time))
	if r.Time != nil {
		line("", "from the declared failure to verified operation, without preparation and clean-up")
	}
	if phases := phasesOf(r); phases != "" {
		line("phases", phases)
	}
	held := 0
	for _, c := range r.Checks {
		if c.OK {
			held++
		}
	}
	line("checks", fmt.Sprintf("%d of %d hold", held, len(r.Checks)))
	for _, c := range r.Checks {
		if !c.OK {
			line("", present.Line(c.Name+": "+c.Detail))
		}
	}
	line("cost", "at most "+r.Cost.String())
	if r.Resumed > 0 {
		line("resumed", fmt.Sprintf("%d times", r.Resumed))
	}
	line("evidence", fmt.Sprintf("run %s in %s", r.Run, evidence))
	_ = w.Flush() // into memory
	return b.String()
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.0 MST") }

// measured is a figure beside its objective.
func measured(m *drill.Measure) string {
	if m == nil {
		return "not measured"
	}
	text := seconds(m.Seconds)
	switch {
	case m.Objective <= 0:
		return text + ", nothing is promised"
	case m.Seconds > m.Objective:
		return text + ", missed: at most " + seconds(m.Objective) + " is promised"
	}
	return text + ", kept: at most " + seconds(m.Objective) + " is promised"
}

// seconds writes a figure for people.
func seconds(s float64) string {
	return present.Duration(time.Duration(s * float64(time.Second)))
}

func phasesOf(r *drill.Result) string {
	var parts []string
	for _, phase := range []drill.Phase{drill.Prepare, drill.Detect, drill.Provision, drill.Copy, drill.Replay, drill.Verify, drill.CutOver} {
		if s, ok := r.Phases[phase]; ok {
			parts = append(parts, fmt.Sprintf("%s %s", phase, seconds(s)))
		}
	}
	return strings.Join(parts, ", ")
}

func words(ids []promises.ID) string {
	var parts []string
	for _, id := range ids {
		parts = append(parts, string(id))
	}
	return strings.Join(parts, ", ")
}

// terminal tells whether w is one.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func boardOptions(w io.Writer, prefix string, p *program) present.Options {
	dumb := p.getenv("TERM") == "dumb"
	return present.Options{
		Prefix: prefix, Live: terminal(w) && !dumb, Colour: terminal(w) && !dumb && p.getenv("NO_COLOR") == "", Now: p.now,
		Size: func() (int, int) {
			if f, ok := w.(*os.File); ok {
				if width, height, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
					return width, height
				}
			}
			return 120, 40
		},
	}
}
