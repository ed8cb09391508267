package history

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/evidence"
)

var identity = evidence.Identity{Estate: "ledger-no"}

// past is an evidence folder that is being written, with a clock of its own.
type past struct {
	t      *testing.T
	dir    string
	now    time.Time
	config evidence.Config
	keys   evidence.Keys
}

func newPast(t *testing.T) *past {
	t.Helper()
	p := &past{t: t, dir: filepath.Join(t.TempDir(), "evidence"), now: time.Date(2026, 1, 1, 7, 0, 0, 0, time.UTC)}
	key, err := evidence.CreateKey(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return p.now }
	w, err := evidence.NewLocalWitness("w", key, t.TempDir(), []evidence.PublicKey{key.Public()}, clock)
	if err != nil {
		t.Fatal(err)
	}
	p.config = evidence.Config{Identity: identity, Signer: key, Witnesses: []evidence.Witness{w}, Now: clock}
	p.keys = evidence.Keys{Log: []evidence.PublicKey{key.Public()}, Witnesses: []evidence.WitnessKey{w.Key()}}
	return p
}

func (p *past) write(entries ...evidence.Entry) {
	p.t.Helper()
	log, err := evidence.Open(context.Background(), p.dir, p.config)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, e := range entries {
		if _, err := log.Append(context.Background(), e); err != nil {
			p.t.Fatal(err)
		}
		p.now = p.now.Add(time.Minute)
	}
	if err := log.Close(); err != nil {
		p.t.Fatal(err)
	}
}

// run writes a run; without an outcome it has no end.
func (p *past) run(name, id string, outcome evidence.Outcome, point, took float64) {
	p.t.Helper()
	p.write(evidence.Entry{Event: evidence.Event{Kind: evidence.RunStarted, Run: id, Drill: name},
		Body: map[string]any{"objectivePointSeconds": 600, "objectiveTimeSeconds": 14400}})
	if outcome == "" {
		return
	}
	p.write(evidence.Entry{Event: evidence.Event{Kind: evidence.RunFinished, Run: id, Outcome: outcome}, Body: &drill.Result{
		Run: id, Drill: name, Outcome: outcome, Point: &drill.Measure{Seconds: point, Objective: 600}, Time: &drill.Measure{Seconds: took, Objective: 14400},
	}})
}

func (p *past) read() *History {
	p.t.Helper()
	h, err := Read(context.Background(), p.dir, identity, p.keys)
	if err != nil {
		p.t.Fatal(err)
	}
	return h
}

const day = 24 * time.Hour

func TestRead(t *testing.T) {
	p := newPast(t)
	p.run("pitr", "pitr-1", evidence.Passed, 120, 600)
	passed := p.now.Add(-time.Minute)
	p.now = p.now.Add(40 * day)
	p.run("pitr", "pitr-2", evidence.Missed, 700, 600)
	p.run("year", "year-1", evidence.Passed, 0, 60)
	p.run("pitr", "pitr-3", "", 0, 0)
	h := p.read()
	if len(h.Runs) != 4 || len(h.Of("pitr")) != 3 || len(h.Of("")) != 4 || h.Identity != identity || h.Began.IsZero() {
		t.Fatalf("%+v", h)
	}
	second := h.Runs[1]
	if second.Point().Seconds != 700 || second.Time().Objective != 14400 || second.Objective.Point != 10*time.Minute || second.Objective.Time != 4*time.Hour {
		t.Errorf("%+v", second)
	}
	if last, ok := h.LastPassed("pitr"); !ok || last.ID != "pitr-1" || !last.Finished.Equal(passed) {
		t.Errorf("last passed: %+v", last)
	}
	if open := h.Unfinished(); len(open) != 1 || open[0].ID != "pitr-3" || open[0].Point() != nil || open[0].Time() != nil {
		t.Errorf("unfinished: %+v", open)
	}
}

func TestAge(t *testing.T) {
	p := newPast(t)
	p.run("pitr", "pitr-1", evidence.Passed, 0, 0)
	first := p.now.Add(-time.Minute)
	p.now = p.now.Add(30 * day)
	p.run("year", "year-1", evidence.Passed, 0, 0)
	p.run("region", "region-1", evidence.Failed, 0, 0)
	h, now := p.read(), first.Add(60*day)
	if a := h.Age([]string{"pitr", "year"}, now); a.Oldest != 60*day || a.Drill != "pitr" || a.Never != nil {
		t.Errorf("%+v", a)
	}
	if a := h.Age([]string{"year", "region"}, now); a.Drill != "year" || !slices.Equal(a.Never, []string{"region"}) {
		t.Errorf("%+v", a)
	}
	if a := h.Age(nil, now); a.Drill != "" || a.Never != nil {
		t.Errorf("%+v", a)
	}
	// A clock that is behind does not make a negative age.
	if a := h.Age([]string{"pitr"}, first.Add(-time.Hour)); a.Oldest != 0 || a.Drill != "pitr" {
		t.Errorf("%+v", a)
	}
	for every, want := range map[time.Duration][]string{59 * day: {"pitr", "region"}, 60 * day: {"region"}, 0: nil} {
		if late := h.Overdue([]string{"pitr", "year", "region"}, every, now); !slices.Equal(late, want) {
			t.Errorf("every %v: %v, want %v", every, late, want)
		}
	}
}

// What is not whole is not believed; what a writer leaves that was killed is no
// reason to doubt the rest.
func TestReadBelievesWhatIsWhole(t *testing.T) {
	file := func(p *past, name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }
	for _, c := range []struct {
		name   string
		change func(p *past) error
		want   error
	}{
		{"as written", func(*past) error { return nil }, nil},
		{"a torn write", func(p *past) error { return os.WriteFile(file(p, "tmp/records-00000002.json"), []byte("{"), 0o600) }, nil},
		{"a record without its checkpoint", func(p *past) error { return os.Remove(file(p, "checkpoints/00000002")) }, nil},
		{"an altered record", func(p *past) error { return os.WriteFile(file(p, "records/00000001.json"), []byte("{}\n"), 0o600) }, evidence.ErrDamaged},
		{"a missing record", func(p *past) error { return os.Remove(file(p, "records/00000000.json")) }, evidence.ErrDamaged},
		{"no evidence", func(p *past) error { return os.RemoveAll(p.dir) }, ErrNoEvidence},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPast(t)
			p.run("pitr", "pitr-1", evidence.Passed, 0, 0)
			if err := c.change(p); err != nil {
				t.Fatal(err)
			}
			if _, err := Read(context.Background(), p.dir, identity, p.keys); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
	p := newPast(t)
	p.run("pitr", "pitr-1", evidence.Passed, 0, 0)
	if _, err := Read(context.Background(), p.dir, evidence.Identity{Estate: "ledger-no", Rehearsal: true}, p.keys); !errors.Is(err, evidence.ErrOtherLog) {
		t.Errorf("a rehearsal's: %v", err)
	}
	if _, err := Read(context.Background(), p.dir, identity, newPast(t).keys); !errors.Is(err, evidence.ErrWrongKey) {
		t.Errorf("another key: %v", err)
	}
}
