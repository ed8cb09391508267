package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
)

// ticking is a clock that goes on by a second whenever it is read.
type ticking struct{ at time.Time }

func (c *ticking) now() time.Time {
	c.at = c.at.Add(time.Second)
	return c.at
}

func newClock() *ticking {
	return &ticking{time.Date(2026, 3, 4, 5, 6, 7, 890, time.UTC)}
}

// world is everything that a log needs around it.
type world struct {
	files   *memory
	clock   *ticking
	key     *FileKey
	witness *LocalWitness
	config  Config
}

var production = Identity{Estate: "ledger-no"}

func newKey(t testing.TB) *FileKey {
	t.Helper()
	key, err := CreateKey(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newWorld(t testing.TB) *world {
	return worldWith(t, newKey(t), newKey(t))
}

func worldWith(t testing.TB, key, witnessKey *FileKey) *world {
	t.Helper()
	w := &world{files: newMemory(), clock: newClock(), key: key}
	witness, err := NewLocalWitness("witness.example/w1", witnessKey, "/witness", []PublicKey{key.Public()}, w.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	witness.files = w.files
	w.witness = witness
	w.config = Config{Identity: production, Signer: key, Witnesses: []Witness{witness}, Now: w.clock.now}
	return w
}

func (w *world) open() (*Log, error) {
	return open(context.Background(), folder{w.files, "/evidence"}, w.config)
}

func (w *world) mustOpen(t testing.TB) *Log {
	t.Helper()
	l, err := w.open()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (w *world) options() Options {
	return Options{Identity: w.config.Identity, Keys: Keys{Log: []PublicKey{w.key.Public()}, Witnesses: []WitnessKey{w.witness.Key()}}}
}

func (w *world) verify(t testing.TB) *Report {
	t.Helper()
	report, err := verify(context.Background(), folder{w.files, "/evidence"}, w.options())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func must(t testing.TB, l *Log, e Entry) Record {
	t.Helper()
	r, err := l.Append(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func started(run string) Entry {
	return Entry{Event: Event{Kind: RunStarted, Run: run, Drill: "pitr"}, Body: map[string]any{"objectiveSeconds": 600},
		Files: []File{{"plan.json", []byte(`{"of":"` + run + `"}`)}}}
}

func step(run, name string) Entry {
	return Entry{Event: Event{Kind: RunStep, Run: run, Step: name, Outcome: Passed}}
}

func finished(run string, outcome Outcome) Entry {
	return Entry{Event: Event{Kind: RunFinished, Run: run, Outcome: outcome}, Files: []File{{"report.txt", []byte("recovery point of " + run + ": 42 s\n<&>\n")}}}
}

func attested(at time.Time) Entry {
	return Entry{Event: Event{Kind: Attestation, Promise: "assurance.training", Owner: "Åse Øye <ase@example.no>", Expires: at},
		Files: []File{{"attendance list.pdf", []byte("%PDF")}, {"empty", nil}}}
}

// fill writes two runs and an attestation: 8 records.
func fill(t testing.TB, l *Log) {
	t.Helper()
	must(t, l, started("r1"))
	must(t, l, started("r2"))
	must(t, l, step("r1", "restore"))
	must(t, l, Entry{Event: Event{Kind: RunResumed, Run: "r2"}})
	must(t, l, attested(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)))
	must(t, l, step("r1", "verify"))
	must(t, l, finished("r1", Passed))
	must(t, l, finished("r2", Interrupted))
}

func TestLogIsWrittenReadAndVerified(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	fill(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = w.mustOpen(t)
	if l.Size() != 8 || len(l.Records()) != 8 {
		t.Fatalf("%d records, %d read, want 8", l.Size(), len(l.Records()))
	}
	run, ok := l.Run("r2")
	if !ok || run.Outcome != Interrupted || run.Resumed != 1 || run.First != 1 || run.Last != 7 {
		t.Errorf("run r2 is %+v", run)
	}
	a := l.Records()[4]
	if a.Owner != "Åse Øye <ase@example.no>" || len(a.Artefacts) != 2 || a.Artefacts[0].Name != "attendance list.pdf" {
		t.Errorf("the attestation was read as %+v", a)
	}
	var body struct{ ObjectiveSeconds int }
	if err := json.Unmarshal(l.Records()[0].Body, &body); err != nil || body.ObjectiveSeconds != 600 {
		t.Errorf("the body was read as %s (%v)", l.Records()[0].Body, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	report := w.verify(t)
	if !report.OK() || report.Size != 8 || len(report.Runs) != 2 || len(report.Records) != 8 || report.Witnessed.IsZero() {
		t.Errorf("the report is %+v", report)
	}
	if steps := w.files.steps; true {
		l = w.mustOpen(t)
		if err := l.Close(); err != nil || w.files.steps != steps {
			t.Errorf("opening a whole log changed something: %d steps (%v)", w.files.steps-steps, err)
		}
	}
}

func TestLogOnDisk(t *testing.T) {
	w := newWorld(t)
	w.witness.files = osFiles{}
	w.witness.dir = filepath.Join(t.TempDir(), "witness")
	dir := filepath.Join(t.TempDir(), "a", "evidence")
	l, err := Open(context.Background(), dir, w.config)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, l)

	soon, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := Open(soon, dir, w.config); !errors.Is(err, ErrLocked) {
		t.Errorf("a second writer got %v, want ErrLocked", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	report, err := Verify(context.Background(), dir, w.options())
	if err != nil || !report.OK() {
		t.Fatalf("%+v, %v", report, err)
	}
	info, err := os.Stat(filepath.Join(dir, "records", "00000000.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a record has mode %v (%v)", info.Mode(), err)
	}
	newest, err := w.witness.Newest(production.Origin())
	if err != nil || !strings.HasPrefix(string(l.Checkpoint()), string(newest)) {
		t.Errorf("the witness keeps %q, the log has %q", newest, l.Checkpoint())
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "records", "00000008.json")); err != nil {
		t.Fatal(err)
	}
	report, err = Verify(context.Background(), dir, w.options())
	if err != nil || report.OK() {
		t.Errorf("a link among the records passes: %+v, %v", report, err)
	}
}

// TestManyWriters has twenty drills write to one folder at once.
func TestManyWriters(t *testing.T) {
	w := newWorld(t)
	w.witness.files = osFiles{}
	w.witness.dir = filepath.Join(t.TempDir(), "witness")
	w.config.Now, w.witness.now = clock.Now, clock.Now
	dir := filepath.Join(t.TempDir(), "evidence")
	ctx := context.Background()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			run := fmt.Sprint("r", i)
			for _, e := range []Entry{started(run), step(run, "restore"), finished(run, Passed)} {
				l, err := Open(ctx, dir, w.config)
				if err == nil {
					_, err = l.Append(ctx, e)
					err = errors.Join(err, l.Close())
				}
				if err != nil {
					t.Errorf("%s: %v", run, err)
				}
			}
		})
	}
	all.Wait()
	report, err := Verify(ctx, dir, w.options())
	if err != nil || !report.OK() || report.Size != 60 || len(report.Runs) != 20 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestRunsAreInOrder(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	ctx := context.Background()
	must(t, l, started("r1"))
	for name, e := range map[string]Entry{
		"a step of a run that never started": step("r9", "x"),
		"a second start":                     started("r1"),
	} {
		if _, err := l.Append(ctx, e); !errors.Is(err, ErrOrder) {
			t.Errorf("%s: %v, want ErrOrder", name, err)
		}
	}
	must(t, l, finished("r1", Failed))
	for _, e := range []Entry{step("r1", "x"), finished("r1", Passed), {Event: Event{Kind: RunResumed, Run: "r1"}}, started("r1")} {
		if _, err := l.Append(ctx, e); !errors.Is(err, ErrOrder) {
			t.Errorf("%s after the end: %v, want ErrOrder", e.Kind, err)
		}
	}
	if l.Size() != 2 {
		t.Errorf("%d records, want 2", l.Size())
	}
}

func TestStartWithoutEndIsAFault(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	must(t, l, started("r1"))
	must(t, l, started("r2"))
	must(t, l, finished("r1", Passed))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	report := w.verify(t)
	if report.OK() || !report.Intact() || len(report.Faults) != 1 || report.Faults[0].Kind != Unfinished || report.Faults[0].Record != 1 {
		t.Errorf("the faults are %v, want r2 unfinished and nothing else", report.Faults)
	}
}

func TestEntriesAreChecked(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	for name, e := range map[string]Entry{
		"no kind":                 {},
		"recovered":               {Event: Event{Kind: Recovered}},
		"a start without drill":   {Event: Event{Kind: RunStarted, Run: "r"}},
		"a run with a path":       {Event: Event{Kind: RunStarted, Run: "../r", Drill: "d"}},
		"a start with outcome":    {Event: Event{Kind: RunStarted, Run: "r", Drill: "d", Outcome: Passed}},
		"an unknown outcome":      {Event: Event{Kind: RunFinished, Run: "r", Outcome: "great"}},
		"an attestation for ever": {Event: Event{Kind: Attestation, Promise: "p", Owner: "o"}},
		"an expiry in local time": {Event: Event{Kind: Attestation, Promise: "p", Owner: "o", Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.FixedZone("x", 3600))}},
		"a start that expires":    {Event: Event{Kind: RunStarted, Run: "r", Drill: "d", Expires: w.clock.at}},
		"a body that is a list":   {Event: started("r").Event, Body: []int{1}},
		"a body beyond JSON":      {Event: started("r").Event, Body: map[string]any{"f": func() {}}},
		"a body too large":        {Event: started("r").Event, Body: map[string]any{"s": strings.Repeat("x", maxRecord)}},
		"a file without name":     {Event: started("r").Event, Files: []File{{"", nil}}},
		"a file name of 2 lines":  {Event: started("r").Event, Files: []File{{"a\nb", nil}}},
		"two files of one name":   {Event: started("r").Event, Files: []File{{"a", nil}, {"a", []byte("b")}}},
	} {
		if _, err := l.Append(context.Background(), e); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if l.Size() != 0 || len(w.files.files("/evidence/artefacts")) != 0 {
		t.Errorf("something was written: %v", w.files.files("/evidence"))
	}
	must(t, l, started("r"))
}

func TestOtherLogsAreRefused(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	must(t, l, started("r1"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, identity := range []Identity{{Estate: "ledger-fi"}, {Estate: "ledger-no", Rehearsal: true}} {
		other := *w
		other.config.Identity = identity
		if _, err := other.open(); !errors.Is(err, ErrOtherLog) {
			t.Errorf("open as %s: %v, want ErrOtherLog", identity, err)
		}
		options := w.options()
		options.Identity = identity
		if _, err := verify(context.Background(), folder{w.files, "/evidence"}, options); !errors.Is(err, ErrOtherLog) {
			t.Errorf("verify as %s: %v, want ErrOtherLog", identity, err)
		}
	}
	other := *w
	other.config.Signer = newKey(t)
	if _, err := other.open(); !errors.Is(err, ErrWrongKey) {
		t.Errorf("open with another key: %v, want ErrWrongKey", err)
	}
	options := w.options()
	options.Keys.Log = []PublicKey{newKey(t).Public()}
	if _, err := verify(context.Background(), folder{w.files, "/evidence"}, options); !errors.Is(err, ErrWrongKey) {
		t.Errorf("verify with another key: %v, want ErrWrongKey", err)
	}
}

func TestKeyIsReplaced(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	must(t, l, started("r1"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	next := newKey(t)
	w.config.Signer, w.config.Former = next, []PublicKey{w.key.Public()}
	w.witness.logs = append(w.witness.logs, next.Public())
	l = w.mustOpen(t)
	must(t, l, finished("r1", Passed))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if report := w.verify(t); report.OK() {
		t.Error("the new key is believed without being pinned")
	}
	options := w.options()
	options.Keys.Log = append(options.Keys.Log, next.Public())
	report, err := verify(context.Background(), folder{w.files, "/evidence"}, options)
	if err != nil || !report.OK() {
		t.Errorf("with both keys: %+v, %v", report, err)
	}
}

func TestClock(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	first := must(t, l, started("r1"))
	w.clock.at = w.clock.at.Add(-time.Minute)
	second := must(t, l, step("r1", "a"))
	if !second.Time.Equal(first.Time) {
		t.Errorf("after the clock went back a minute: %s, want the time of the record before, %s", second.Time, first.Time)
	}
	w.clock.at = w.clock.at.Add(-time.Hour)
	if _, err := l.Append(context.Background(), step("r1", "b")); !errors.Is(err, ErrClock) {
		t.Errorf("after the clock went back an hour: %v, want ErrClock", err)
	}
	w.clock.at = w.clock.at.Add(2 * time.Hour)
	w.witness.now = func() time.Time { return w.clock.at.Add(-time.Hour) }
	if _, err := l.Append(context.Background(), step("r1", "c")); !errors.Is(err, ErrClock) || !errors.Is(err, ErrUnsealed) {
		t.Errorf("with a witness an hour behind: %v, want ErrClock and ErrUnsealed", err)
	}
	w.witness.now = w.clock.now
	must(t, l, finished("r1", Passed))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if report := w.verify(t); !report.OK() || report.Size != 4 {
		t.Errorf("the report is %+v", report)
	}
}

func TestTimesOutsideTheWitnessesAreFaults(t *testing.T) {
	for name, c := range map[string]struct {
		shift time.Duration // of the record's time
		fault bool
	}{
		"just now":           {0, false},
		"a minute early":     {-time.Minute, false},
		"a minute late":      {time.Minute, false},
		"back-dated a day":   {-24 * time.Hour, true},
		"back-dated a year":  {-365 * 24 * time.Hour, true},
		"ahead by a quarter": {15 * time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			l := w.mustOpen(t)
			now := w.clock.now
			l.config.Now = func() time.Time { return now().Add(c.shift) }
			if _, err := l.Append(context.Background(), started("r1")); c.fault != errors.Is(err, ErrClock) {
				t.Fatal(err)
			}
			l.config.Now = now
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = w.mustOpen(t)
			if c.shift > clockTolerance {
				w.clock.at = w.clock.at.Add(c.shift)
			}
			must(t, l, finished("r1", Passed))
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			found := false
			for _, f := range w.verify(t).Faults {
				found = found || f.Kind == BadTime && f.Record == 0
			}
			if found != c.fault {
				t.Errorf("fault found: %v, want %v", found, c.fault)
			}
		})
	}
}

func ExampleFault_String() {
	fmt.Println(Fault{Kind: Missing, File: "checkpoints/00000003", Record: NoRecord, What: "there are checkpoints after it"})
	fmt.Println(Fault{Kind: Altered, File: "records/00000002.json", Record: 2, What: "envelope: the signature does not verify"})
	// Output:
	// checkpoints/00000003: missing: there are checkpoints after it
	// records/00000002.json: record 2: altered: envelope: the signature does not verify
}
