package present

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/drill"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func exercise(steps int) drill.Drill {
	d := drill.Drill{Name: "pitr", Objective: drill.Objective{Point: 10 * time.Minute, Time: 4 * time.Hour}}
	phases := []drill.Phase{drill.Detect, drill.Provision, drill.Verify}
	for i := range steps {
		d.Steps = append(d.Steps, drill.Step{Name: fmt.Sprintf("step-%d", i+1), Phase: phases[i%3], Estimate: time.Duration(i+1) * time.Minute})
	}
	return d
}

// play shows a run that fails in its third step.
func play(b *Board, now *time.Time) {
	d := b.drill
	tell := func(step int, what drill.What, after time.Duration, detail string) {
		*now = now.Add(after)
		e := drill.Event{Run: "pitr-1", What: what, At: *now, Elapsed: after, Detail: detail}
		if step >= 0 {
			e.Step, e.Phase, e.Estimate = d.Steps[step].Name, d.Steps[step].Phase, d.Steps[step].Estimate
		}
		b.Event(e)
	}
	tell(-1, drill.Began, 0, "")
	tell(0, drill.Began, 0, "")
	tell(0, drill.Ended, 1500*time.Millisecond, "")
	tell(1, drill.Began, 0, "")
	tell(1, drill.Said, time.Second, "the server\x1b[31m is\nbeing made")
	tell(1, drill.Ended, 5*time.Minute, "")
	tell(2, drill.Began, 0, "")
	b.Note("waiting %s: %s", "12s", "throttled")
	tell(2, drill.Broke, 2*time.Second, "the restored server does not answer")
	tell(-1, drill.Cleaning, 0, "")
	tell(-1, drill.Cleaning, time.Second, "/servers/restored")
	tell(-1, drill.Over, 0, "failed")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	now := start
	b := New(&out, "pitr of ledger-no", exercise(3), Options{Prefix: "rehearsal | ", Now: func() time.Time { return now }})
	play(b, &now)
	b.Close()
	golden(t, "lines.txt", out.String())
}

func TestTable(t *testing.T) {
	for _, width := range []int{100, 60, 30} {
		now := start
		b := still(t, exercise(4), &now)
		play(b, &now)
		golden(t, fmt.Sprintf("table-%d.txt", width), strings.Join(b.lines(width, 40), "\n")+"\n")
	}
}

// still is a board that nothing redraws.
func still(t *testing.T, d drill.Drill, now *time.Time) *Board {
	t.Helper()
	b := New(&bytes.Buffer{}, "pitr of ledger-no", d, Options{Now: func() time.Time { return *now }})
	b.o.Live, b.o.Size = true, func() (int, int) { return 80, 24 }
	return b
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// Whatever is said, no line is wider than the terminal and the table no longer
// than it, and nothing but our own escapes reaches it.
func TestTableFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := start
		d := exercise(rapid.IntRange(1, 30).Draw(t, "steps"))
		width, height := rapid.IntRange(20, 200).Draw(t, "width"), rapid.IntRange(10, 60).Draw(t, "height")
		b := New(&bytes.Buffer{}, rapid.String().Draw(t, "title"), d, Options{Now: func() time.Time { return now }, Colour: true})
		b.title = Line(b.title)
		b.o.Live, b.o.Size = true, func() (int, int) { return 80, 24 }
		for range rapid.IntRange(0, 5).Draw(t, "events") {
			i := rapid.IntRange(-1, len(d.Steps)-1).Draw(t, "step")
			e := drill.Event{At: now, Detail: rapid.String().Draw(t, "detail"), What: rapid.SampledFrom([]drill.What{drill.Began, drill.Ended, drill.Broke, drill.Said, drill.Cleaning}).Draw(t, "what")}
			if i >= 0 {
				e.Step = d.Steps[i].Name
			}
			b.Event(e)
		}
		lines := b.lines(width, height)
		if len(lines) > height {
			t.Fatalf("%d lines, the terminal has %d", len(lines), height)
		}
		for _, line := range lines {
			seen := escapes.ReplaceAllString(line, "")
			if utf8.RuneCountInString(seen) > width {
				t.Fatalf("%q is wider than %d", seen, width)
			}
			if strings.ContainsFunc(seen, func(r rune) bool { return r < ' ' }) {
				t.Fatalf("%q has a control character", seen)
			}
		}
	})
}

// A table that is drawn again takes the place of the last one.
func TestRedraw(t *testing.T) {
	var out bytes.Buffer
	now := start
	b := New(&out, "pitr", exercise(2), Options{Live: true, Now: func() time.Time { return now }, Size: func() (int, int) { return 80, 24 }})
	b.Close()
	first := strings.Count(strings.Split(out.String(), "\x1b[6A")[0], "\n")
	if first != 6 || !strings.Contains(out.String(), "\x1b[6A") {
		t.Errorf("%d lines, then %q", first, out.String())
	}
	b.Close() // again does nothing
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 0: "0s", 42 * time.Millisecond: "0.04s", 340 * time.Millisecond: "0.34s", 1540 * time.Millisecond: "1.5s", 7 * time.Second: "7s", 9960 * time.Millisecond: "10s",
		61 * time.Second: "1m1s", 4 * time.Hour: "4h", 3723 * time.Second: "1h2m3s", 26 * time.Hour: "1d2h",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestSpark(t *testing.T) {
	if got := Spark([]float64{0, 5, 10, -1}, 10, false); got != "▁▅█·" {
		t.Errorf("%s", got)
	}
	if got := Spark([]float64{1, 20}, 10, true); got != "▁"+red+"█"+plain {
		t.Errorf("%q", got)
	}
	if got := Spark(nil, 0, true); got != "" {
		t.Errorf("%q", got)
	}
}

func TestPrefixed(t *testing.T) {
	var out bytes.Buffer
	w := Prefixed(&out, "rehearsal | ")
	for _, text := range []string{"a", "b\n\nc", "\n"} {
		if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
	if out.String() != "rehearsal | ab\nrehearsal |\nrehearsal | c\n" {
		t.Errorf("%q", out.String())
	}
}
