package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/history"
	"github.com/tillit-dev/tillit/internal/present"
)

// later moves the bench's clock on by some time.
func (b *bench) later(d time.Duration) {
	now := b.now
	b.now = func() time.Time { return now().Add(d) }
}

func TestHistory(t *testing.T) {
	b := newBench(t, false).keys()
	b.want(exitPassed, "run", "pitr", "--confirm", "ledger-no")
	b.later(30 * 24 * time.Hour)
	b.does.lost = 11 * time.Minute
	b.want(exitFailed, "run", "pitr", "--confirm", "ledger-no")
	b.want(exitPassed, "history")
	b.says("1m of 10m", "11m of 10m", "the recovery point is beyond what was promised", "lowest 1m, median 11m, highest 11m of 10m; 1 of 2 within it")

	b.want(exitPassed, "list")
	b.says("30d ago")
	b.later(90 * 24 * time.Hour)
	b.want(exitUnmeasured, "history", "pitr")
	b.says("overdue: pitr; each is promised to be tested every 90d")
	b.want(exitPassed, "list")
	b.says("120d ago, overdue")

	var found struct {
		Runs    []history.Run
		Overdue []string
	}
	if err := json.Unmarshal([]byte(b.want(exitUnmeasured, "history", "--json")), &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Runs) != 2 || len(found.Overdue) != 1 || found.Runs[1].Point().Seconds != 660 {
		t.Errorf("%+v", found)
	}
}

func TestHistoryIsNotReadFromWhatIsNotWhole(t *testing.T) {
	b := newBench(t, false).keys()
	b.want(exitPassed, "run", "pitr", "--confirm", "ledger-no")
	if err := os.WriteFile(filepath.Join(state(b.dir).evidence(), "records", "00000001.json"), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"history"}, {"list"}} {
		b.want(exitCannot, args...)
		b.says("the log is damaged", "runbook verify")
	}
	b.want(exitFailed, "verify", "--key", state(b.dir).pinned())
	b.says("records/00000001.json")
}

func TestPlots(t *testing.T) {
	b := newBench(t, false).keys()
	svg, image := filepath.Join(t.TempDir(), "trend.svg"), filepath.Join(t.TempDir(), "trend.PNG")
	b.want(exitCannot, "history", "--plot", svg)
	b.says("no run on record has measured anything")
	for range 3 {
		b.want(exitPassed, "run", "pitr", "--confirm", "ledger-no")
		b.later(10 * 24 * time.Hour)
		b.does.lost += 2 * time.Minute
	}
	b.want(exitPassed, "history", "--plot", svg)
	b.want(exitPassed, "history", "pitr", "--plot", image)
	drawn, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"<svg", "Drills of ledger-no", "recovery point in minutes", "recovery time in hours", "pitr, promised at most", "stroke-dasharray"} {
		if !bytes.Contains(drawn, []byte(text)) {
			t.Errorf("the plot has no %q", text)
		}
	}
	file, err := os.Open(image)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if picture, err := png.Decode(file); err != nil || picture.Bounds().Dx() < 500 {
		t.Errorf("%v", err)
	}
}

// The trend takes only runs that have measured; on a terminal it is drawn too.
func TestTrend(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	run := func(days int, point float64) history.Run {
		return history.Run{Drill: "pitr", Started: at.AddDate(0, 0, days), Result: &drill.Result{Point: &drill.Measure{Seconds: point, Objective: 600}}}
	}
	runs := []history.Run{run(0, 60), {Drill: "pitr", Started: at}, run(30, 300), run(60, 900), {Drill: "tamper"}}
	text := trendText(runs, present.Options{Live: true})
	if !strings.Contains(text, "pitr  recovery point  ▁▃█  lowest 1m, median 5m, highest 15m of 10m; 2 of 3 within it") || strings.Contains(text, "tamper") || strings.Contains(text, recoveryTime) {
		t.Errorf("%s", text)
	}
	if got := trendText(nil, present.Options{}); got != "" {
		t.Errorf("%q", got)
	}
}
