package evidence

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var seeds = flag.Uint64("crash-seeds", 2, "how often each crash is tried with other losses")

// scenario writes a run in one session and an attestation in the next. It says
// how many records were acknowledged.
func scenario(w *world) (acknowledged int64, err error) {
	for _, session := range [][]Entry{
		{started("r1"), step("r1", "restore"), finished("r1", Passed)},
		{attested(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))},
	} {
		l, err := w.open()
		if err != nil {
			return acknowledged, err
		}
		for _, e := range session {
			r, err := l.Append(context.Background(), e)
			if err != nil {
				return acknowledged, errors.Join(err, l.Close())
			}
			acknowledged = r.Index + 1
		}
		if err := l.Close(); err != nil {
			return acknowledged, err
		}
	}
	return acknowledged, nil
}

// survives opens what is left, ends the run, and has everything verified.
func survives(t interface {
	Helper()
	Fatalf(string, ...any)
}, w *world, acknowledged int64) {
	t.Helper()
	l, err := w.open()
	if err != nil {
		t.Fatalf("open afterwards: %v", err)
	}
	if l.Size() < acknowledged {
		t.Fatalf("%d records were acknowledged, %d are left", acknowledged, l.Size())
	}
	for _, run := range l.Runs() {
		if run.Outcome == "" {
			if _, err := l.Append(context.Background(), finished(run.ID, Interrupted)); err != nil {
				t.Fatalf("end the run: %v", err)
			}
		}
	}
	if err := l.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	report, err := verify(context.Background(), folder{w.files, "/evidence"}, w.options())
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	if !report.OK() {
		t.Fatalf("verify: %v", report.Faults)
	}
}

// writes lists the changes that a scenario makes to the disk: the bytes of each
// that is a write, -1 for the others.
func writes(t *testing.T, key, witnessKey *FileKey) []int {
	var sizes []int
	w := worldWith(t, key, witnessKey)
	w.files.trouble = func(_ int, what, _ string, size int) (int, error) {
		if what != "write" {
			size = -1
		}
		sizes = append(sizes, size)
		return max(size, 0), nil
	}
	if _, err := scenario(w); err != nil {
		t.Fatal(err)
	}
	return sizes
}

func TestCrashAtEveryWrite(t *testing.T) {
	key, witnessKey := newKey(t), newKey(t)
	sizes := writes(t, key, witnessKey)
	crashes, bytesCut := 0, 0
	for i, size := range sizes {
		for cut := 0; cut <= max(size, 0); cut += 1 + size/5 {
			for seed := range *seeds {
				w := worldWith(t, key, witnessKey)
				w.files.crashAt(i+1, cut)
				acknowledged, err := scenario(w)
				if !errors.Is(err, errCrash) {
					t.Fatalf("step %d: %v, want a crash", i+1, err)
				}
				w.files.crash(rand.New(rand.NewPCG(seed, uint64(i))))
				survives(t, w, acknowledged)
				crashes++
			}
			bytesCut++
		}
	}
	t.Logf("%d crashes at %d places in %d changes", crashes, bytesCut, len(sizes))
}

func TestFullDiskLosesNothing(t *testing.T) {
	key, witnessKey := newKey(t), newKey(t)
	for i, size := range writes(t, key, witnessKey) {
		for _, cut := range []int{0, size / 2} {
			w := worldWith(t, key, witnessKey)
			w.files.fullAt(i+1, max(cut, 0))
			acknowledged, err := scenario(w)
			if err != nil && !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("step %d: %v, want the disk to be full", i+1, err)
			}
			if l, err := w.open(); err == nil { // while it is still full
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
			}
			w.files.trouble = nil
			survives(t, w, acknowledged)
		}
	}
}

func TestWhatIsTornIsKept(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	must(t, l, started("r1"))
	must(t, l, finished("r1", Passed))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	torn := map[string]string{
		"/evidence/tmp/records-00000002.json":     `{"payloadType":"appl`,
		"/evidence/tmp/artefacts-of-someone":      "",
		"/evidence/records/00000002.json":         `{"payloadType":"applic`,
		"/evidence/checkpoints/00000003":          "github.com/till",
		"/evidence/artefacts/" + digestOf("orph"): "orph",
	}
	for name, text := range torn {
		w.files.live[name] = &inode{data: []byte(text)}
	}
	l = w.mustOpen(t)
	records := l.Records()
	if len(records) != 3 || records[2].Kind != Recovered || len(records[2].Artefacts) != len(torn) {
		t.Fatalf("%d records, the last is %+v; want one that names %d artefacts", len(records), records[len(records)-1], len(torn))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range torn {
		node, ok := w.files.live["/evidence/artefacts/"+digestOf(text)]
		if !ok || string(node.data) != text {
			t.Errorf("%s was not kept", name)
		}
	}
	report := w.verify(t)
	if !report.OK() || len(report.Recovered) != len(torn) {
		t.Errorf("the report is %+v", report)
	}
}

func digestOf(s string) string {
	digest, err := hashOf(strings.NewReader(s))
	if err != nil {
		panic(err)
	}
	return digest
}

func TestRecordWithoutCheckpointIsSealedLater(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	must(t, l, started("r1"))
	silent := errors.New("nobody answers")
	l.config.Witnesses = []Witness{mute{w.witness, silent}}
	if _, err := l.Append(context.Background(), finished("r1", Passed)); !errors.Is(err, ErrUnsealed) || !errors.Is(err, silent) {
		t.Fatalf("%v, want ErrUnsealed", err)
	}
	if _, err := l.Append(context.Background(), started("r2")); !errors.Is(err, silent) || l.Size() != 2 {
		t.Fatalf("%v, want no further record", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	report := w.verify(t)
	if report.OK() || report.Faults[0].Kind != Unsealed || report.Faults[0].Record != 1 {
		t.Errorf("the faults are %v, want record 1 without a checkpoint", report.Faults)
	}
	l = w.mustOpen(t)
	if l.Size() != 2 {
		t.Errorf("%d records, want 2", l.Size())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if report := w.verify(t); !report.OK() {
		t.Errorf("the faults are %v", report.Faults)
	}
}

// TestAnyHistoryOfCrashes writes, crashes and goes on at random.
func TestAnyHistoryOfCrashes(t *testing.T) {
	key, witnessKey := newKey(t), newKey(t)
	rapid.Check(t, func(r *rapid.T) {
		w := worldWith(t, key, witnessKey)
		var acknowledged int64
		for range rapid.IntRange(1, 4).Draw(r, "sessions") {
			if rapid.Bool().Draw(r, "crashes") {
				w.files.crashAt(rapid.IntRange(1, 60).Draw(r, "step"), rapid.IntRange(0, 600).Draw(r, "bytes"))
			}
			w.clock.at = w.clock.at.Add(24 * time.Hour)
			l, err := w.open()
			for i := 0; err == nil && i < rapid.IntRange(0, 4).Draw(r, "records"); i++ {
				var record Record
				if record, err = l.Append(context.Background(), anyEntry(r, l)); err == nil {
					acknowledged = record.Index + 1
				}
			}
			if err != nil && !errors.Is(err, errCrash) {
				r.Fatalf("%v", err)
			}
			w.files.crash(rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "dice"), 0)))
		}
		survives(r, w, acknowledged)
	})
}

// anyEntry is some entry that fits in the log.
func anyEntry(r *rapid.T, l *Log) Entry {
	var open []string
	for _, run := range l.Runs() {
		if run.Outcome == "" {
			open = append(open, run.ID)
		}
	}
	var e Entry
	switch n := rapid.IntRange(0, 3).Draw(r, "entry"); {
	case n == 0 || len(open) == 0:
		e = started(rapid.StringMatching(`[a-z0-9]{12}`).Draw(r, "run"))
	case n == 1:
		e = step(rapid.SampledFrom(open).Draw(r, "run"), "s")
	default:
		e = finished(rapid.SampledFrom(open).Draw(r, "run"), rapid.SampledFrom([]Outcome{Passed, Missed, Failed}).Draw(r, "outcome"))
	}
	e.Body = map[string]string{"text": rapid.String().Draw(r, "text")}
	e.Files = []File{{"f", rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(r, "file")}}
	return e
}
