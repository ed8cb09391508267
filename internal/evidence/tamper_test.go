package evidence

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var tamperings = flag.Int("tamperings", 500, "how many changes to an evidence folder are tried")

const home = "/evidence/"

// tampering changes a folder. It says what it did, or nothing if it could not.
type tampering func(dice *rand.Rand, m *memory) string

var tamperingKinds = map[string]tampering{
	"one byte": func(dice *rand.Rand, m *memory) string {
		name, node := someFile(dice, m)
		if len(node.data) == 0 {
			return ""
		}
		at, by := dice.IntN(len(node.data)), byte(1+dice.IntN(255))
		node.data[at] ^= by
		return fmt.Sprintf("byte %d of %s xor %#x", at, name, by)
	},
	"one bit": func(dice *rand.Rand, m *memory) string {
		name, node := someFile(dice, m)
		if len(node.data) == 0 {
			return ""
		}
		at := dice.IntN(len(node.data))
		node.data[at] ^= 1 << dice.IntN(8)
		return fmt.Sprintf("a bit of byte %d of %s", at, name)
	},
	"truncated": func(dice *rand.Rand, m *memory) string {
		name, node := someFile(dice, m)
		if len(node.data) == 0 {
			return ""
		}
		node.data = node.data[:dice.IntN(len(node.data))]
		return fmt.Sprintf("%s cut to %d bytes", name, len(node.data))
	},
	"lengthened": func(dice *rand.Rand, m *memory) string {
		name, node := someFile(dice, m)
		at := dice.IntN(len(node.data) + 1)
		node.data = slices.Insert(node.data, at, []byte(" \n{}=A0\x00")[dice.IntN(8)])
		return fmt.Sprintf("a byte more at %d of %s", at, name)
	},
	"removed": func(dice *rand.Rand, m *memory) string {
		name, _ := someFile(dice, m)
		delete(m.live, home+name)
		return name + " removed"
	},
	"record cut out": func(dice *rand.Rand, m *memory) string {
		n := count(m, recordsDir)
		i := dice.IntN(n)
		for j := i; j < n-1; j++ {
			m.live[home+recordName(int64(j))] = m.live[home+recordName(int64(j+1))]
			m.live[home+checkpointName(int64(j+1))] = m.live[home+checkpointName(int64(j+2))]
		}
		delete(m.live, home+recordName(int64(n-1)))
		delete(m.live, home+checkpointName(int64(n)))
		return fmt.Sprintf("record %d cut out and the rest moved up", i)
	},
	"rolled back": func(dice *rand.Rand, m *memory) string {
		n := count(m, recordsDir)
		left := dice.IntN(n)
		for j := left; j < n; j++ {
			delete(m.live, home+recordName(int64(j)))
			delete(m.live, home+checkpointName(int64(j+1)))
		}
		return fmt.Sprintf("only %d records left", left)
	},
	"exchanged": func(dice *rand.Rand, m *memory) string {
		one, a := someFile(dice, m)
		two, b := someFile(dice, m)
		if bytes.Equal(a.data, b.data) || strings.Split(one, "/")[0] != strings.Split(two, "/")[0] {
			return ""
		}
		m.live[home+one], m.live[home+two] = b, a
		return one + " and " + two + " exchanged"
	},
	"repeated": func(dice *rand.Rand, m *memory) string {
		n := count(m, recordsDir)
		i := dice.IntN(n)
		m.live[home+recordName(int64(n))] = m.live[home+recordName(int64(i))]
		return fmt.Sprintf("record %d once more at the end", i)
	},
	"added": func(dice *rand.Rand, m *memory) string {
		names := []string{"records/x", "records/9.json", "artefacts/" + digestOf("x"), "tmp/x", "checkpoints/00000099", "note.txt", "records/00000099.json"}
		name := names[dice.IntN(len(names))]
		m.live[home+name] = &inode{data: []byte("x")}
		return name + " added"
	},
}

func someFile(dice *rand.Rand, m *memory) (string, *inode) {
	names := m.files("/evidence")
	name := names[dice.IntN(len(names))]
	return name, m.live[home+name]
}

func count(m *memory, dir string) int { return len(m.files("/evidence/" + dir)) }

// tamper makes the change that a seed stands for.
func tamper(m *memory, seed uint64) string {
	dice := rand.New(rand.NewPCG(seed, 1))
	kinds := make([]string, 0, len(tamperingKinds))
	for kind := range tamperingKinds {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for {
		// Half of all are single bytes, the rest is shared by all kinds.
		kind := "one byte"
		if dice.IntN(2) == 0 {
			kind = kinds[dice.IntN(len(kinds))]
		}
		if what := tamperingKinds[kind](dice, m); what != "" {
			return kind + ": " + what
		}
	}
}

func filled(t testing.TB) (*world, Options) {
	w := newWorld(t)
	l := w.mustOpen(t)
	fill(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	options := w.options()
	options.Pinned = []Pin{{From: "kept elsewhere", Data: l.Checkpoint()}}
	return w, options
}

func TestTampering(t *testing.T) {
	w, options := filled(t)
	report, err := verify(context.Background(), folder{w.files, "/evidence"}, options)
	if err != nil || !report.OK() || report.Pinned != 1 {
		t.Fatalf("before: %+v, %v", report, err)
	}
	kinds := map[string]int{}
	for seed := range uint64(*tamperings) {
		m := w.files.clone()
		what := tamper(m, seed)
		kinds[strings.Split(what, ":")[0]]++
		report, err := verify(context.Background(), folder{m, "/evidence"}, options)
		if err == nil && report.OK() {
			t.Errorf("seed %d: %s: not detected", seed, what)
		}
	}
	t.Logf("%d changes, all detected: %v", *tamperings, kinds)
}

// TestTamperingOnDisk does a part of the same on a real file system.
func TestTamperingOnDisk(t *testing.T) {
	w, options := filled(t)
	for seed := range uint64(*tamperings / 20) {
		m := w.files.clone()
		what := tamper(m, seed)
		dir := t.TempDir()
		for _, name := range m.files("/evidence") {
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, m.live[home+name].data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		report, err := Verify(context.Background(), dir, options)
		if err == nil && report.OK() {
			t.Errorf("seed %d: %s: not detected", seed, what)
		}
	}
}

// TestEveryByteCounts changes each byte of the newest record, the newest
// checkpoint and an artefact.
func TestEveryByteCounts(t *testing.T) {
	w, options := filled(t)
	for _, name := range []string{recordName(7), checkpointName(8), "artefacts/" + digestOf("%PDF")} {
		node := w.files.live[home+name]
		for at := range node.data {
			node.data[at] ^= 1
			report, err := verify(context.Background(), folder{w.files, "/evidence"}, options)
			if err == nil && report.OK() {
				t.Errorf("byte %d of %s: not detected", at, name)
			}
			node.data[at] ^= 1
		}
	}
}

// A forger without the key cannot open what he tampered with as its writer
// either, except for what a crash could have left, which is kept and named.
func TestWriterRefusesWhatWasTampered(t *testing.T) {
	for name, c := range map[string]struct {
		tamper func(m *memory)
		want   error
	}{
		"a byte of an old record":  {func(m *memory) { m.live[home+recordName(2)].data[30]++ }, ErrDamaged},
		"an old record removed":    {func(m *memory) { delete(m.live, home+recordName(2)) }, ErrDamaged},
		"the last record removed":  {func(m *memory) { delete(m.live, home+recordName(7)) }, ErrDamaged},
		"all records removed":      {func(m *memory) { removeAll(m, recordsDir) }, ErrDamaged},
		"a checkpoint removed":     {func(m *memory) { delete(m.live, home+checkpointName(3)) }, ErrDamaged},
		"a strange file":           {func(m *memory) { m.live[home+"x"] = &inode{} }, ErrDamaged},
		"records exchanged":        {func(m *memory) { swap(m, recordName(5), recordName(6)) }, ErrDamaged},
		"checkpoints exchanged":    {func(m *memory) { swap(m, checkpointName(7), checkpointName(8)) }, ErrDamaged},
		"rolled back":              {func(m *memory) { delete(m.live, home+recordName(7)); delete(m.live, home+checkpointName(8)) }, ErrRolledBack},
		"nothing left":             {func(m *memory) { removeAll(m, recordsDir); removeAll(m, checkpointsDir); removeAll(m, artefactsDir) }, ErrRolledBack},
		"the last two checkpoints": {func(m *memory) { delete(m.live, home+checkpointName(8)); delete(m.live, home+checkpointName(7)) }, ErrRolledBack},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := filled(t)
			c.tamper(w.files)
			if _, err := w.open(); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func removeAll(m *memory, dir string) {
	for _, name := range m.files(home + dir) {
		delete(m.live, home+dir+"/"+name)
	}
}

func swap(m *memory, a, b string) {
	m.live[home+a], m.live[home+b] = m.live[home+b], m.live[home+a]
}

func TestFaultsAreNamed(t *testing.T) {
	w, options := filled(t)
	m := w.files
	delete(m.live, home+checkpointName(3))
	delete(m.live, home+"artefacts/"+digestOf("%PDF"))
	m.live[home+recordName(5)].data[100] ^= 1
	m.live[home+"records/readme"] = &inode{data: []byte("hello")}
	report, err := verify(context.Background(), folder{m, "/evidence"}, options)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]FaultKind{
		checkpointName(3):               Missing,
		"artefacts/" + digestOf("%PDF"): Missing,
		recordName(5):                   Altered,
		"records/readme":                Extra,
		checkpointName(6):               Altered,
		checkpointName(7):               Altered,
		checkpointName(8):               Altered,
		recordName(6):                   Disorder,
		recordName(7):                   Disorder,
		"kept elsewhere":                Rollback,
	}
	for _, f := range report.Faults {
		if want[f.File] != f.Kind {
			t.Errorf("unexpected: %s", f)
		}
		delete(want, f.File)
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
	if report.Intact() || report.Size != 5 {
		t.Errorf("intact %v, size %d; want the head at 5 to be the newest good one", report.Intact(), report.Size)
	}
}

func TestHugeFilesAreFaults(t *testing.T) {
	for _, name := range []string{recordName(2), checkpointName(2)} {
		w, options := filled(t)
		w.files.live[home+name].data = make([]byte, maxRecord+1)
		report, err := verify(context.Background(), folder{w.files, "/evidence"}, options)
		if err != nil || report.OK() || !slices.ContainsFunc(report.Faults, func(f Fault) bool { return f.File == name && strings.Contains(f.What, "larger") }) {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
}

func TestVerifyNeedsItsKeys(t *testing.T) {
	w, options := filled(t)
	for name, change := range map[string]func(*Options){
		"no key":     func(o *Options) { o.Keys.Log = nil },
		"no witness": func(o *Options) { o.Keys.Witnesses = nil },
		"no estate":  func(o *Options) { o.Identity = Identity{} },
	} {
		o := options
		change(&o)
		if _, err := verify(context.Background(), folder{w.files, "/evidence"}, o); err == nil {
			t.Errorf("%s: it judges", name)
		}
	}
	if _, err := Verify(context.Background(), filepath.Join(t.TempDir(), "none"), options); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	report, err := Verify(context.Background(), t.TempDir(), options)
	if err != nil || report.OK() {
		t.Errorf("an empty folder: %+v, %v; want faults", report, err)
	}
}

func BenchmarkVerify(b *testing.B) {
	w, size := thousand(b)
	w.clock.at = w.clock.at.Add(time.Hour)
	for b.Loop() {
		if report := w.verify(b); !report.OK() {
			b.Fatal(report.Faults)
		}
	}
	b.ReportMetric(float64(size), "records")
}

func BenchmarkOpen(b *testing.B) {
	w, size := thousand(b)
	for b.Loop() {
		if err := w.mustOpen(b).Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size), "records")
}

// thousand is a log of as many records.
func thousand(b *testing.B) (*world, int64) {
	w := newWorld(b)
	l := w.mustOpen(b)
	for i := range 250 {
		id := fmt.Sprint("r", i)
		for _, e := range []Entry{started(id), step(id, "a"), step(id, "b"), finished(id, Passed)} {
			must(b, l, e)
		}
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	return w, l.Size()
}
