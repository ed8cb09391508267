package present

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// draw writes the table in the place of the last one. The caller holds the lock.
func (b *Board) draw() {
	width, height := b.o.Size()
	width = max(width, 20)
	lines := b.lines(width-utf8.RuneCountInString(b.o.Prefix), max(height-1, 4))
	var out strings.Builder
	if b.drawn > 0 {
		fmt.Fprintf(&out, "\x1b[%dA", b.drawn)
	}
	for _, line := range lines {
		out.WriteString("\r\x1b[2K" + b.o.Prefix + line + "\n")
	}
	for range b.drawn - len(lines) {
		out.WriteString("\r\x1b[2K\n")
	}
	if less := b.drawn - len(lines); less > 0 {
		fmt.Fprintf(&out, "\x1b[%dA", less)
	}
	b.drawn = len(lines)
	_, _ = io.WriteString(b.w, out.String())
}

// column is a part of the table. What is not wanted most is left out first where
// the terminal is narrow.
type column struct {
	title string
	width int
	right bool
}

// lines are the table, no wider than width and no longer than most.
func (b *Board) lines(width, most int) []string {
	now := b.o.Now()
	columns := b.columns(width)
	lines := []string{b.paint(bold, Fit(b.title, width))}
	held := []string{b.objective()}
	if utf8.RuneCountInString(held[0]) > width && most > 8 {
		held = strings.Split(held[0], ", ")
	}
	for _, text := range held {
		lines = append(lines, Fit(text, width))
	}
	lines = append(lines, b.paint(dim, cells(columns, func(c column) string { return c.title })))
	tail := b.tail(width, now)
	room := max(most-len(lines)-len(tail), 1)
	from, to := b.window(room)
	for i := from; i < to; i++ {
		mark := marks[b.rows[i].state]
		text := cells(columns, func(c column) string { return b.cell(i, c.title, now) })
		// The first column is the mark, the same in width with and without colour.
		lines = append(lines, b.paint(mark.colour, mark.sign)+strings.TrimPrefix(text, mark.sign))
	}
	return append(lines, tail...)
}

// window is which steps are shown where there is no room for all: those around
// the one under way, or the last ones.
func (b *Board) window(room int) (from, to int) {
	n := len(b.rows)
	if n <= room {
		return 0, n
	}
	at := b.now
	if at < 0 {
		for i, r := range b.rows {
			if r.state != waiting {
				at = i
			}
		}
	}
	from = min(max(at-room/2, 0), n-room)
	return from, from + room
}

// tail is what stands below the steps: the run's time and its last notes.
func (b *Board) tail(width int, now time.Time) []string {
	var expected time.Duration
	for _, s := range b.drill.Steps {
		expected += s.Estimate
	}
	sum := fmt.Sprintf("in all %s of about %s", Duration(now.Sub(b.began)), estimate(expected))
	lines := []string{Fit(sum, width)}
	notes := b.notes[max(0, len(b.notes)-3):]
	for _, note := range notes {
		lines = append(lines, b.paint(dim, Fit(note, width)))
	}
	return lines
}

// columns fits the table into a width.
func (b *Board) columns(width int) []column {
	step := 4
	for _, s := range b.drill.Steps {
		step = max(step, len(s.Name))
	}
	all := []column{{"", 1, false}, {"STEP", step, false}, {"PHASE", 9, false}, {"ELAPSED", 8, true}, {"ESTIMATE", 8, true}}
	const least = 16 // of what a step says
	drop := []string{"PHASE", "ESTIMATE", "ELAPSED"}
	for needs(all)+1+least > width && len(drop) > 0 {
		all = without(all, drop[0])
		drop = drop[1:]
	}
	if rest := width - needs(all) - 1; rest >= 4 {
		return append(all, column{"SAYS", rest, false})
	}
	last := &all[len(all)-1]
	last.width = max(1, last.width-max(0, needs(all)-width))
	return all
}

func without(all []column, title string) []column {
	var rest []column
	for _, c := range all {
		if c.title != title {
			rest = append(rest, c)
		}
	}
	return rest
}

func needs(columns []column) int {
	sum := len(columns) - 1
	for _, c := range columns {
		sum += c.width
	}
	return sum
}

func cells(columns []column, text func(column) string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = pad(text(c), c.width)
		if c.right {
			parts[i] = strings.Repeat(" ", max(0, c.width-utf8.RuneCountInString(text(c)))) + Fit(text(c), c.width)
		}
	}
	return strings.TrimRight(strings.Join(parts, " "), " ")
}

func (b *Board) cell(i int, title string, now time.Time) string {
	r, s := b.rows[i], b.drill.Steps[i]
	switch title {
	case "":
		return marks[r.state].sign
	case "STEP":
		return s.Name
	case "PHASE":
		return string(s.Phase)
	case "ESTIMATE":
		return estimate(s.Estimate)
	case "ELAPSED":
		switch r.state {
		case under:
			return Duration(now.Sub(r.began))
		case ended, broke:
			return Duration(r.took)
		}
		return ""
	}
	return r.says
}

func (b *Board) paint(colour, text string) string {
	if !b.o.Colour || text == "" {
		return text
	}
	return colour + text + plain
}
