package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/estate"
)

// cutOff leaves a run whose clean-up did not work, and returns its id.
func (b *bench) cutOff(args ...string) string {
	b.t.Helper()
	b.azure.stuck = true
	b.does.provided = make(chan string, 1)
	b.want(exitCannot, append([]string{"run", "pitr", "--confirm", "ledger-no"}, args...)...)
	b.azure.stuck = false
	return <-b.does.provided
}

func TestResumeFinishesTheOnlyRun(t *testing.T) {
	b := newBench(t, false).keys()
	b.cutOff()
	b.want(exitUnmeasured, "history")
	b.says("not finished")
	b.want(exitUnmeasured, "verify", "--key", state(b.dir).pinned())
	b.says("unfinished", "1 not finished")
	b.want(exitCannot, "run", "pitr", "--confirm", "ledger-no")
	b.says("an earlier run of this drill is not finished")
	b.want(exitPassed, "resume")
	b.says("pitr of ledger-no: passed", "resumed")
	b.clean()
	b.want(exitPassed, "resume")
	b.says("there is no run of ledger-no to resume")
}

// A run is resumed for what it was asked for, not for what is usual.
func TestResumeAsksForTheSame(t *testing.T) {
	b := newBench(t, false).keys()
	point := b.now().UTC().Add(-time.Hour).Truncate(time.Second)
	run := b.cutOff("--database", "identity", "--point", point.Format(time.RFC3339))
	b.does.scene.Database, b.does.scene.Point = "", time.Time{}
	b.want(exitPassed, "resume", run)
	if b.does.scene.Database != "identity" || !b.does.scene.Point.Equal(point) {
		t.Errorf("resumed with %q and %s", b.does.scene.Database, b.does.scene.Point)
	}
}

func TestResumeCleansUpWhereTheDrillCannotBeMade(t *testing.T) {
	b := newBench(t, false).keys()
	b.cutOff()
	b.azure.build = os.ErrDeadlineExceeded
	b.want(exitUnmeasured, "resume")
	b.says("pitr of ledger-no: interrupted: the run was cut off and does not go on", os.ErrDeadlineExceeded.Error())
	b.clean()
}

// A run that was cut off before its start was on record has done nothing.
func TestResumeBeforeTheStartWasOnRecord(t *testing.T) {
	b := newBench(t, false).keys()
	run := "pitr-20260301t120000-1a2b3c4d"
	dir := filepath.Join(state(b.dir).runs(), "pitr")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	at := b.now().UTC().Format(time.RFC3339)
	if err := os.WriteFile(filepath.Join(dir, run+".jsonl"), []byte(`{"at":"`+at+`","what":"run"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.does.provided = make(chan string, 1)
	b.want(exitUnmeasured, "resume", run)
	b.says("what was asked for is not known: run the drill again")
	if len(b.does.provided) > 0 {
		t.Error("its steps were done")
	}
	b.want(exitPassed, "run", "pitr", "--confirm", "ledger-no")
}

func TestResumeOfALostRun(t *testing.T) {
	b := newBench(t, false).keys()
	run := b.cutOff()
	b.want(exitCannot, "resume", run, "--lost")
	b.says("is not lost: its journal is in")
	if err := os.RemoveAll(state(b.dir).runs()); err != nil {
		t.Fatal(err)
	}
	b.want(exitPassed, "resume")
	b.says("there is no run")
	b.want(exitCannot, "resume", "pitr-20260301t120000-1a2b3c4d", "--lost")
	b.says("no such run on record")
	b.want(exitUnmeasured, "resume", run, "--lost")
	b.says("pitr of ledger-no: interrupted")
	b.clean()
	b.want(exitPassed, "verify", "--key", state(b.dir).pinned())
	b.says("1 interrupted")
}

func TestResumeOfSeveral(t *testing.T) {
	b := newBench(t, false).keys()
	first := b.cutOff()
	dir := filepath.Join(state(b.dir).runs(), "pitr")
	data, err := os.ReadFile(filepath.Join(dir, first+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pitr-20200101t000000-00000000.jsonl"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	b.want(exitCannot, "resume")
	b.says("several runs are not finished", first)
}

// Where the drill cannot be made, the clean-up looks wherever one may have worked.
func TestGroups(t *testing.T) {
	s := &scene{estate: &estate.Estate{Workbench: estate.Group{Name: "rg-drills"}, Databases: []estate.Database{
		{Server: estate.Server{Group: "rg-data"}, Standby: &estate.Server{Group: "rg-standby"}}, {Server: estate.Server{Group: "rg-data"}}, {},
	}}}
	if got := s.groups(); !slices.Equal(got, []string{"rg-data", "rg-drills", "rg-standby"}) {
		t.Errorf("%v", got)
	}
}
