package sequence

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
)

// Mark begins every line that a rehearsal prints.
const Mark = "rehearsal | "

// marked puts the mark before every line written to it.
type marked struct {
	out   io.Writer
	begun bool // the current line has its mark
}

func (m *marked) Write(p []byte) (int, error) {
	var b bytes.Buffer
	for line := range bytes.Lines(p) {
		if !m.begun {
			b.WriteString(Mark)
		}
		b.Write(line)
		m.begun = !bytes.HasSuffix(line, []byte("\n"))
	}
	if _, err := m.out.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// screen shows the steps. On a terminal the line of the step under way counts
// up; elsewhere a step is a line when it has ended.
type screen struct {
	out      io.Writer
	terminal bool

	mu     sync.Mutex
	title  string
	start  time.Time
	detail string
	shown  time.Time // when the live line was last drawn
}

const titleWidth = 54

// say prints a line of its own.
func (s *screen) say(format string, args ...any) {
	fmt.Fprintf(&marked{out: s.out}, format+"\n", args...)
}

// begin starts a step.
func (s *screen) begin(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.title, s.detail, s.start, s.shown = fmt.Sprintf(format, args...), "", clock.Now(), time.Time{}
	s.draw()
}

// count tells how far the step under way is. Total is zero when it is not known.
func (s *screen) count(done, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.detail = fmt.Sprintf("%d", done); total > 0 {
		s.detail = fmt.Sprintf("%d of %d", done, total)
	}
	s.draw()
}

// note says how far the step under way is, in words.
func (s *screen) note(detail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.detail = detail
	s.draw()
}

// draw renews the live line, at most ten times a second.
func (s *screen) draw() {
	if !s.terminal || clock.Since(s.shown) < 100*time.Millisecond {
		return
	}
	s.shown = clock.Now()
	fmt.Fprintf(s.out, "\r\x1b[K%s… %-*s %5.1f s  %s", Mark, titleWidth-2, s.title, clock.Since(s.start).Seconds(), s.detail)
}

// end finishes a step with what came of it. A failed one says so.
func (s *screen) end(ok bool, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.terminal {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
	word := "ok"
	if !ok {
		word = "failed"
	}
	line := fmt.Sprintf("%-6s %-*s %5.1f s  %s", word, titleWidth-7, s.title, clock.Since(s.start).Seconds(), fmt.Sprintf(format, args...))
	fmt.Fprintln(&marked{out: s.out}, strings.TrimRight(line, " "))
}
