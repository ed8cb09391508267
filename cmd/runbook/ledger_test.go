package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tillit-dev/tillit/internal/evidence"
)

// open makes a ledger as a run does.
func (b *bench) open(store evidence.Store) *ledger {
	b.t.Helper()
	p := b.program()
	s, err := p.enter(context.Background(), place{estate: "ledger-no", stacks: "../../stacks", dir: b.dir})
	if err != nil {
		b.t.Fatal(err)
	}
	l, err := p.ledger(context.Background(), s, signing{}, func(format string, args ...any) { fmt.Fprintf(p.stderr, format+"\n", args...) })
	if err != nil {
		b.t.Fatal(err)
	}
	l.store = store
	return l
}

func start(run string) evidence.Entry {
	return evidence.Entry{Event: evidence.Event{Kind: evidence.RunStarted, Run: run, Drill: "pitr"}, Body: map[string]any{"a": 1}}
}

func end(run string) evidence.Entry {
	return evidence.Entry{Event: evidence.Event{Kind: evidence.RunFinished, Run: run, Outcome: evidence.Passed}}
}

// Copies are made at a run's start and end, and one that fails is made up for.
func TestCopies(t *testing.T) {
	b := newBench(t, false).keys()
	dir := t.TempDir()
	store := &flaky{Store: evidence.NewFileStore(dir), err: errors.New("503 Server Busy")}
	l := b.open(store)
	if err := l.record(context.Background(), start("pitr-1")); err != nil {
		t.Fatalf("a copy that fails stops a run: %v", err)
	}
	if l.uncopied == nil || !strings.Contains(l.uncopied.Error(), "503") {
		t.Errorf("not said: %v", l.uncopied)
	}
	b.says("the evidence is on this machine only")
	store.err = nil
	if err := l.record(context.Background(), end("pitr-1")); err != nil || l.uncopied != nil {
		t.Errorf("%v, %v", err, l.uncopied)
	}
	keys, err := pinned(state(b.dir).pinned())
	if err != nil {
		t.Fatal(err)
	}
	report, err := evidence.Verify(context.Background(), dir, evidence.Options{Identity: evidence.Identity{Estate: "ledger-no"}, Keys: keys})
	if err != nil || !report.OK() || len(report.Runs) != 1 {
		t.Errorf("the copies: %+v, %v", report, err)
	}
}

// flaky is a store that can fail.
type flaky struct {
	evidence.Store
	err error
}

func (f *flaky) List(ctx context.Context, prefix string) ([]string, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Store.List(ctx, prefix)
}

func TestStartsKeepWhatWasAskedFor(t *testing.T) {
	b := newBench(t, false).keys()
	l := b.open(nil)
	l.request = map[string]any{keyDatabase: "identity"}
	entry := start("pitr-1")
	if err := l.record(context.Background(), entry); err != nil {
		t.Fatal(err)
	}
	if body, ok := entry.Body.(map[string]any); !ok || len(body) != 1 {
		t.Error("the caller's body was changed")
	}
	started, err := l.started(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	asked, known, err := askedFor(started, "pitr-1")
	if err != nil || !known || asked != (request{database: "identity"}) {
		t.Errorf("%+v, %v, %v", asked, known, err)
	}
	if _, known, _ := askedFor(started, "pitr-2"); known {
		t.Error("a run that never started is known")
	}
}

// A record out of order is the engine's to judge; anything else stays known.
func TestUnrecorded(t *testing.T) {
	b := newBench(t, false).keys()
	l := b.open(nil)
	if err := l.record(context.Background(), end("pitr-1")); !errors.Is(err, evidence.ErrOrder) || l.unrecorded != nil {
		t.Errorf("%v, %v", err, l.unrecorded)
	}
	if err := os.WriteFile(filepath.Join(l.dir, "stray"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.record(context.Background(), start("pitr-1")); !errors.Is(err, evidence.ErrDamaged) || l.unrecorded == nil {
		t.Errorf("%v, %v", err, l.unrecorded)
	}
}

func TestKeysOfAnotherLog(t *testing.T) {
	b := newBench(t, false).keys()
	b.want(exitPassed, "run", "pitr", "--confirm", "ledger-no")
	other := filepath.Join(t.TempDir(), "other.pem")
	if _, err := evidence.CreateKey(other); err != nil {
		t.Fatal(err)
	}
	b.want(exitCannot, "run", "pitr", "--confirm", "ledger-no", "--key", other)
	b.says("not among those that are pinned", "runbook key show")
	b.azure.rehearsal = true
	b.want(exitCannot, "run", "pitr")
	b.says("this is the evidence folder of another log", "its rehearsals another")
}

// Several first runs of a rehearsal at once make one set of keys.
func TestKeysAreMadeOnce(t *testing.T) {
	s, identity := state(t.TempDir()), evidence.Identity{Estate: "ledger-no", Rehearsal: true}
	failures := make(chan error, 8)
	for range cap(failures) {
		go func() { failures <- s.createKeys(context.Background(), identity, "") }()
	}
	for range cap(failures) {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	key, err := evidence.LoadKey(s.key())
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := pinned(s.pinned()); err != nil || len(keys.Log) != 1 || keys.Log[0].ID() != key.Public().ID() {
		t.Errorf("%v, %v", keys, err)
	}
}

// A disk that is full is said with what to do, and nothing that was made is left.
func TestDiskFull(t *testing.T) {
	for _, err := range []error{syscall.ENOSPC, syscall.EFBIG} {
		text := explain(fmt.Errorf("journal: %w", &fs.PathError{Op: "write", Path: "runs/pitr", Err: err}))
		if !strings.Contains(text, "make room") || !strings.Contains(text, "runbook resume") {
			t.Errorf("%s", text)
		}
	}
}
