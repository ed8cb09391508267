package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/runbooks"
)

func TestRunPasses(t *testing.T) {
	b := newBench(t, false).keys()
	b.want(exitPassed, "run", "pitr", "--confirm", "ledger-no")
	b.says("pitr of ledger-no: passed", "1m, kept: at most 10m is promised", "from the declared failure to verified operation", "1 of 1 hold", "at most €1.20")
	b.clean()
	found := events(t, b.stdout.String())
	if len(found) != 1 || found[0]["event"] != "drill-finished" || found[0]["drill"] != "pitr" || found[0]["result"] != "passed" {
		t.Errorf("the alarm reads %v", found)
	}
	b.want(exitPassed, "verify", "--key", state(b.dir).pinned())
	b.says("1 run: 1 passed", "that nothing newer than 1 checkpoint")
}

func TestOutcomesAndExitStatuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*bench)
		status int
		result string
		says   []string
	}{
		{"missed", func(b *bench) { b.does.lost = 11 * time.Minute }, exitFailed, "missed", []string{"pitr of ledger-no: missed", "11m, missed: at most 10m is promised"}},
		{"failed", func(b *bench) { b.does.verify = func(context.Context, *drill.Run) error { return errBroken } }, exitFailed, "failed", []string{"the restored server does not answer", "recovery time   not measured"}},
		{"a check", func(b *bench) {
			b.does.verify = func(_ context.Context, r *drill.Run) error {
				return r.Check(drill.Check{Name: "sum", Detail: "3, want 4"})
			}
		}, exitFailed, "failed", []string{"1 of 2 hold", "sum: 3, want 4"}},
		{"unmeasured", func(b *bench) {
			b.does.verify = func(context.Context, *drill.Run) error { return drill.ErrUnmeasured }
		}, exitUnmeasured, "unmeasured", []string{"pitr of ledger-no: unmeasured"}},
		{"forbidden", func(b *bench) {
			b.does.verify = func(context.Context, *drill.Run) error { return cloud.ErrForbidden }
		}, exitCannot, "failed", []string{"no permission"}},
		{"not signed in", func(b *bench) { b.azure.connect = cloud.ErrCredentials }, exitCannot, "not-run", []string{"connect to Azure: not signed in"}},
		{"no backups", func(b *bench) {
			b.azure.build = errors.Join(runbooks.ErrUnavailable, errors.New("db has no backup yet"))
		}, exitCannot, "not-run", []string{"db has no backup yet"}},
		{"not cleaned up", func(b *bench) { b.azure.stuck = true }, exitCannot, "not-run", []string{"the clean-up is not complete", "409 Conflict", "to clean up: runbook resume pitr-"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, false).keys()
			c.change(b)
			b.want(c.status, "run", "pitr", "--confirm", "ledger-no")
			b.says(c.says...)
			if found := events(t, b.stdout.String()); len(found) != 1 || found[0]["result"] != c.result {
				t.Errorf("the alarm reads %v", found)
			}
			if !b.azure.stuck {
				b.clean()
			}
		})
	}
}

// An Azure that never answers costs a run its time and no more.
func TestTimeCapCountsLookingToo(t *testing.T) {
	b := newBench(t, false).keys()
	b.azure.silent = true
	b.want(exitCannot, "run", "pitr", "--confirm", "ledger-no", "--time-cap", "50ms")
	b.says("connect to Azure", drill.ErrTimeCap.Error(), "before anything was done")
	if found := events(t, b.stdout.String()); len(found) != 1 || found[0]["result"] != "not-run" {
		t.Errorf("the alarm reads %v", found)
	}
	for _, flag := range []string{"--time-cap=0", "--clean-up-cap=0", "--clean-up-cap=-1s", "--cost-cap=-1", "--cost-cap=NaN"} {
		b.want(exitCannot, "run", "pitr", flag)
		name, _, _ := strings.Cut(flag, "=")
		b.says(name)
	}
}

func TestProductionIsConfirmedByName(t *testing.T) {
	b := newBench(t, false).keys()
	b.want(exitCannot, "run", "pitr")
	b.says("ledger-no is production", "--confirm ledger-no", "runbook plan pitr")
	b.want(exitCannot, "run", "pitr", "--confirm", "ledger-fi")
	b.says("--confirm ledger-fi, but the estate is ledger-no")
	if exists(state(b.dir).runs()) {
		t.Error("a run was begun")
	}
}

func TestProductionMakesNoKeysByItself(t *testing.T) {
	b := newBench(t, false)
	b.want(exitCannot, "run", "pitr", "--confirm", "ledger-no")
	b.says("runbook key create --estate ledger-no", "--vault-key")
	if exists(b.dir) {
		t.Error("something was made")
	}
}

func TestRehearsalIsMarked(t *testing.T) {
	b := newBench(t, true)
	out := b.want(exitPassed, "run", "pitr")
	b.says("has no keys yet: making a key")
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "rehearsal |") && !strings.HasPrefix(line, `{"event":`) {
			t.Errorf("not marked: %q", line)
		}
	}
	b.want(exitCannot, "verify", "--key", state(b.dir).pinned())
	b.says("of a rehearsal of ledger-no, not of ledger-no", "--rehearsal")
	b.want(exitPassed, "verify", "--key", state(b.dir).pinned(), "--rehearsal")
}

func TestResultAsJSON(t *testing.T) {
	b := newBench(t, true)
	var result struct {
		Estate    string
		Rehearsal bool
		Outcome   string
		Point     drill.Measure
		Time      *drill.Measure
	}
	if err := json.Unmarshal([]byte(b.want(exitPassed, "run", "pitr", "--json")), &result); err != nil {
		t.Fatal(err)
	}
	if result.Estate != "ledger-no" || !result.Rehearsal || result.Outcome != "passed" || result.Point.Seconds != 60 || result.Time == nil {
		t.Errorf("%+v", result)
	}
}

func TestPlanOnlyReads(t *testing.T) {
	b := newBench(t, false)
	b.want(exitPassed, "plan", "pitr")
	b.says("a new server in rg-drills", "from /servers/db", "€1.20 of €25.00", "in all about 11m1s of at most 9h", "recovery point at most 10m, recovery time at most 4h")
	if exists(b.dir) || len(b.azure.made) > 0 {
		t.Error("something was made")
	}
	var plan struct{ Steps []planStep }
	if err := json.Unmarshal([]byte(b.want(exitPassed, "plan", "pitr", "--json")), &plan); err != nil || len(plan.Steps) != 3 || len(plan.Steps[1].On) != 2 {
		t.Errorf("%+v, %v", plan, err)
	}
}

func TestBadUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"run", "pit"}, `there is no drill "pit": did you mean "pitr"?`},
		{[]string{"run"}, "accepts 1 arg(s)"},
		{[]string{"run", "pitr", "--estate", "ledger-dk"}, "ledger-"},
		{[]string{"run", "pitr", "--estate", "../x"}, "want small letters"},
		{[]string{"run", "pitr", "--point", "yesterday"}, "want RFC 3339"},
		{[]string{"run", "pitr", "--point", "2999-01-01T00:00:00Z"}, "lies in the future"},
		{[]string{"run", "pitr", "--database", "main"}, "want financial or identity"},
		{[]string{"run", "pitr", "--time-cap", "0s"}, "longer than nothing"},
		{[]string{"run", "pitr", "--cost-cap", "-1"}, "want an amount in euros"},
		{[]string{"run", "pitr", "--confirm", "ledger-no", "--cost-cap", "1"}, "the cost cap was reached"},
		{[]string{"run", "pitr", "--confirm", "ledger-no", "--key", "a", "--vault-key", "https://v/keys/k"}, "name one of them"},
		{[]string{"run", "pitr", "--confirm", "ledger-no", "--vault-key", "v"}, "want https://VAULT"},
		{[]string{"run", "pitr", "--confirm", "ledger-no", "--worm", "http://a/b"}, "want https://ACCOUNT"},
		{[]string{"run", "pitr", "--confirm", "ledger-no", "--witness", "nowhere"}, "runbook witness --dir nowhere"},
		{[]string{"resume", "a", "--all"}, "not both"},
		{[]string{"resume", "pitr-1"}, "there is no such run"},
		{[]string{"history", "pitter"}, `there is no drill "pitter"`},
		{[]string{"history", "--plot", "x.pdf"}, ".svg or .png"},
		{[]string{"heartbeat", "--every", "10ms"}, "a second or more"},
		{[]string{"copy", "--target", "s3", "--bucket", "b"}, "this build cannot copy"},
		{[]string{"verify"}, "is no evidence folder"},
		{[]string{"frobnicate"}, "unknown command"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			b := newBench(t, false).keys()
			b.want(exitCannot, c.args...)
			b.says(c.says)
		})
	}
}

func TestFirstSignalStopsAndCleansUp(t *testing.T) {
	b := newBench(t, true)
	b.does.verify = func(ctx context.Context, _ *drill.Run) error {
		b.signals <- os.Interrupt
		<-ctx.Done()
		return ctx.Err()
	}
	b.want(exitUnmeasured, "run", "pitr")
	b.says("interrupted: stopping", "cleaning up", "pitr of ledger-no: interrupted")
	b.clean()
	b.want(exitPassed, "verify", "--rehearsal", "--key", state(b.dir).pinned())
	b.says("1 interrupted")
}

func TestSecondSignalSaysWhatIsLeft(t *testing.T) {
	b := newBench(t, true)
	b.does.provided = make(chan string, 1)
	b.does.verify = func(context.Context, *drill.Run) error {
		b.signals <- os.Interrupt
		b.signals <- syscall.SIGTERM
		select {} // a step that does not listen
	}
	p := b.program()
	go p.run([]string{"run", "pitr"})
	if status := <-b.exited; status != exitCannot {
		t.Errorf("exit status %d", status)
	}
	run := <-b.does.provided
	b.says("stopped at once; run "+run+" is not cleaned up", "/servers/tillit-restored-", "runbook resume "+run+" --estate ledger-no")
}
