package present

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Duration writes a measured time for people, as exact as matters: 0.04s, 1.5s,
// 7s, 42s, 1h2m3s, 3d4h.
func Duration(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Second:
		return strconv.FormatFloat(d.Round(10*time.Millisecond).Seconds(), 'f', -1, 64) + "s"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64) + "s"
	}
	d = d.Round(time.Second)
	var b strings.Builder
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / unit.of; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
		}
		d %= unit.of
	}
	return b.String()
}

// Line is a text on one line, without control and formatting characters.
func Line(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }), " ")
}

// Fit cuts a text to a width, in runes, and says by an ellipsis that it did.
func Fit(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	if width < 1 {
		return ""
	}
	return string([]rune(text)[:width-1]) + "…"
}

func pad(text string, width int) string {
	text = Fit(text, width)
	return text + strings.Repeat(" ", width-utf8.RuneCountInString(text))
}

// prefixed puts a mark before each line.
type prefixed struct {
	w      io.Writer
	prefix string
	inside bool // a line has begun
}

// Prefixed is w with a mark before each line, such as "rehearsal | ".
func Prefixed(w io.Writer, prefix string) io.Writer {
	if prefix == "" {
		return w
	}
	return &prefixed{w: w, prefix: prefix}
}

func (p *prefixed) Write(data []byte) (int, error) {
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		if !p.inside {
			out.WriteString(strings.TrimRight(p.prefix, " "))
			if line != "\n" {
				out.WriteString(p.prefix[len(strings.TrimRight(p.prefix, " ")):])
			}
		}
		out.WriteString(line)
		p.inside = !strings.HasSuffix(line, "\n")
	}
	if _, err := io.WriteString(p.w, out.String()); err != nil {
		return 0, err
	}
	return len(data), nil
}

// Spark draws values as a line of blocks, one each, from zero to the largest of
// them and the objective. Values beyond the objective (when there is one) are
// red where colour is wanted. Negative values stand for runs without a figure.
func Spark(values []float64, objective float64, colour bool) string {
	const blocks = "▁▂▃▄▅▆▇█"
	top := objective
	for _, v := range values {
		top = max(top, v)
	}
	var b strings.Builder
	for _, v := range values {
		if v < 0 {
			b.WriteRune('·')
			continue
		}
		level := 0
		if top > 0 {
			level = min(7, int(v/top*8))
		}
		block := string([]rune(blocks)[level])
		if colour && objective > 0 && v > objective {
			block = red + block + plain
		}
		b.WriteString(block)
	}
	return b.String()
}
