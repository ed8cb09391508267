package present

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/promises"
)

const (
	bold  = "\x1b[1m"
	dim   = "\x1b[2m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	plain = "\x1b[0m"

	// beat is how often a live table is redrawn while nothing happens.
	beat = 250 * time.Millisecond
)

// Options say how a run is shown.
type Options struct {
	Prefix string // before each line, such as "rehearsal | "
	Live   bool   // redraw in place; the writer is a terminal that can
	Colour bool
	// Size is the terminal's width and height now; asked before each drawing.
	Size func() (width, height int)
	Now  func() time.Time
}

// Board shows one run. Its methods may be called from several goroutines.
type Board struct {
	mu    sync.Mutex
	w     io.Writer
	o     Options
	drill drill.Drill
	title string

	began  time.Time
	rows   []row
	now    int // index of the step under way, -1 for none
	notes  []string
	drawn  int // lines of the last drawing
	closed bool
	stop   chan struct{}
	done   sync.WaitGroup
}

// row is one step as it stands.
type row struct {
	state state
	began time.Time
	took  time.Duration
	says  string
}

type state int

const (
	waiting state = iota
	under         // under way
	ended
	broke
)

// marks are a state's sign, the same width each.
var marks = [...]struct{ sign, colour string }{waiting: {"·", dim}, under: {"▸", bold}, ended: {"✓", green}, broke: {"✗", red}}

// New begins to show a run. Close ends it.
func New(w io.Writer, title string, d drill.Drill, o Options) *Board {
	b := &Board{w: w, o: o, drill: d, title: title, rows: make([]row, len(d.Steps)), now: -1, began: o.Now(), stop: make(chan struct{})}
	if o.Live {
		b.draw()
		b.done.Go(b.tick)
		return b
	}
	b.print("%s: %s", title, b.objective())
	return b
}

// tick redraws the table, so that the time goes on in it.
func (b *Board) tick() {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-ticker.C:
			b.mu.Lock()
			b.draw()
			b.mu.Unlock()
		}
	}
}

// Close draws the table for the last time and leaves it there.
func (b *Board) Close() {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	b.closed = true
	close(b.stop)
	if b.o.Live {
		b.draw()
	}
	b.mu.Unlock()
	b.done.Wait()
}

// Note shows a line about the run as a whole, such as a request that waits.
func (b *Board) Note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.note(Line(fmt.Sprintf(format, args...)))
}

// Event takes in news of the run.
func (b *Board) Event(e drill.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	detail := Line(e.Detail)
	i := b.index(e.Step)
	if i < 0 {
		b.whole(e, detail)
		return
	}
	r := &b.rows[i]
	switch e.What {
	case drill.Began:
		*r, b.now = row{state: under, began: e.At}, i
	case drill.Ended:
		r.state, r.took, b.now = ended, e.Elapsed, -1
	case drill.Broke:
		r.state, r.took, r.says, b.now = broke, e.Elapsed, detail, -1
	case drill.Said:
		r.says = detail
	}
	if b.o.Live {
		b.draw()
		return
	}
	b.print("%s", b.sentence(e, detail))
}

// whole takes in news that are not of a step.
func (b *Board) whole(e drill.Event, detail string) {
	switch {
	case e.What == drill.Began:
		b.began = e.At.Add(-e.Elapsed)
		b.note("run " + e.Run)
	case e.What == drill.Cleaning && detail == "":
		b.note("cleaning up: removing what this run has made")
	case e.What == drill.Cleaning:
		b.note("removing " + detail)
	}
}

func (b *Board) note(text string) {
	if !b.o.Live {
		b.print("%s", text)
		return
	}
	if len(b.notes) == 0 || b.notes[len(b.notes)-1] != text {
		b.notes = append(b.notes, text)
	}
	b.draw()
}

func (b *Board) index(step string) int {
	for i, s := range b.drill.Steps {
		if s.Name == step {
			return i
		}
	}
	return -1
}

// sentence is an event on a line of its own.
func (b *Board) sentence(e drill.Event, detail string) string {
	head := fmt.Sprintf("%s %-9s %-20s", e.At.UTC().Format("15:04:05"), e.Phase, e.Step)
	switch e.What {
	case drill.Began:
		return head + " began, " + estimate(e.Estimate) + " expected"
	case drill.Ended:
		return head + " done in " + Duration(e.Elapsed)
	case drill.Broke:
		return head + " failed after " + Duration(e.Elapsed) + ": " + detail
	}
	return head + " " + detail
}

func estimate(d time.Duration) string {
	if d <= 0 {
		return "no time"
	}
	return Duration(d)
}

func (b *Board) print(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	_, _ = fmt.Fprintln(b.w, b.o.Prefix+strings.TrimRight(text, " "))
}

// objective says what the run is held to.
func (b *Board) objective() string { return Objective(b.drill.Objective) }

// Objective says an objective in words.
func Objective(o drill.Objective) string {
	var parts []string
	if o.Point > 0 {
		parts = append(parts, "recovery point at most "+promises.FormatDuration(o.Point))
	}
	if o.Time > 0 {
		parts = append(parts, "recovery time at most "+promises.FormatDuration(o.Time))
	}
	if len(parts) == 0 {
		return "every check must hold"
	}
	return strings.Join(parts, ", ")
}
