package drill

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/evidence"
)

func TestDrillPasses(t *testing.T) {
	s := mustSite(t)
	var news []string
	s.options.Progress = func(e Event) { news = append(news, e.Step+" "+string(e.What)) }
	result, err := Start(context.Background(), s.options, s.drill)
	if err != nil {
		t.Fatal(err)
	}
	if result.Outcome != evidence.Passed || result.Point == nil || result.Point.Seconds != 60 || result.Time == nil || result.Cost != 400 {
		t.Errorf("the result is %+v", result)
	}
	s.clean(t)
	if got, want := s.kinds(t), "run-started, declare, restore, attach, verify, run-finished"; got != want {
		t.Errorf("on record: %s; want %s", got, want)
	}
	if report := s.verify(t); !report.OK() || report.Runs[0].ID != result.Run || report.Runs[0].Outcome != evidence.Passed {
		t.Errorf("%+v", report)
	}
	all := strings.Join(news, ", ")
	if !strings.HasPrefix(all, " began, declare began, declare ended, restore began") || !strings.Contains(all, "verify said") || !strings.HasSuffix(all, " over") {
		t.Errorf("the news were: %s", all)
	}
	if again, err := Start(context.Background(), s.options, s.drill); err != nil || again.Run == result.Run {
		t.Errorf("a second run: %+v, %v", again, err)
	}
}

func TestOutcomes(t *testing.T) {
	broken := errors.New("the restore was refused")
	for name, c := range map[string]struct {
		change  func(s *site)
		outcome evidence.Outcome
		err     error
		cause   string
	}{
		"a check is not as it must be": {
			change: func(s *site) {
				s.drill.Steps[2].Do = func(_ context.Context, r *Run) error {
					return errors.Join(r.Check(Check{Name: "rows", OK: true}), r.Check(Check{Name: "sums", Detail: "7, want 8"}))
				}
			},
			outcome: evidence.Failed, cause: "not as it must be: sums",
		},
		"a check is made again": {
			change: func(s *site) {
				s.drill.Steps[2].Do = func(_ context.Context, r *Run) error {
					return errors.Join(r.Check(Check{Name: "sums"}), r.Check(Check{Name: "sums", OK: true}))
				}
			},
			outcome: evidence.Passed,
		},
		"nothing could be measured": {
			change: func(s *site) {
				s.drill.Steps[2].Do = func(context.Context, *Run) error { return ErrUnmeasured }
			},
			outcome: evidence.Unmeasured, err: ErrUnmeasured, cause: "nothing could be measured",
		},
		"a step fails": {
			change:  func(s *site) { s.drill.Steps[2].Do = func(context.Context, *Run) error { return broken } },
			outcome: evidence.Failed, err: broken, cause: "step attach: the restore was refused",
		},
		"the recovery point is missed": {
			change:  func(s *site) { s.drill.Objective.Point = 30 * time.Second },
			outcome: evidence.Missed, cause: "recovery point",
		},
		"the recovery time is missed": {
			change:  func(s *site) { s.drill.Objective.Time = time.Nanosecond },
			outcome: evidence.Missed, cause: "recovery time",
		},
		"nothing is measured": {
			change:  func(s *site) { s.drill.Steps = s.drill.Steps[:3] },
			outcome: evidence.Failed, cause: "did not measure",
		},
		"it takes too long": {
			change: func(s *site) {
				s.options.TimeCap = 200 * time.Millisecond
				s.drill.Steps[2].Do = func(ctx context.Context, _ *Run) error { <-ctx.Done(); return ctx.Err() }
			},
			outcome: evidence.Failed, err: ErrTimeCap, cause: "time cap",
		},
		"it costs too much": {
			change: func(s *site) {
				s.drill.Steps[2].Do = func(_ context.Context, r *Run) error { return r.Spend(700) }
			},
			outcome: evidence.Failed, err: ErrCostCap, cause: "€11.00 of €10.00",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustSite(t)
			c.change(s)
			result, err := Start(context.Background(), s.options, s.drill)
			if !errors.Is(err, c.err) || c.err == nil && err != nil && c.outcome == evidence.Missed {
				t.Errorf("%v, want %v", err, c.err)
			}
			if result == nil || result.Outcome != c.outcome || !strings.Contains(result.Cause, c.cause) {
				t.Fatalf("the result is %+v, want %s: %s", result, c.outcome, c.cause)
			}
			s.clean(t)
			if report := s.verify(t); !report.OK() || report.Runs[0].Outcome != c.outcome {
				t.Errorf("%+v", report)
			}
		})
	}
}

func TestInterruptCleansUp(t *testing.T) {
	s := mustSite(t)
	ctx, cancel := context.WithCancel(context.Background())
	s.drill.Steps[2].Do = func(ctx context.Context, _ *Run) error { cancel(); <-ctx.Done(); return ctx.Err() }
	result, err := Start(ctx, s.options, s.drill)
	if !errors.Is(err, context.Canceled) || result == nil || result.Outcome != evidence.Interrupted {
		t.Errorf("%+v, %v", result, err)
	}
	s.clean(t)
	if got, want := s.kinds(t), "run-started, declare, restore, attach interrupted, run-finished interrupted"; got != want {
		t.Errorf("on record: %s; want %s", got, want)
	}
}

func TestRunsExcludeEachOther(t *testing.T) {
	s := mustSite(t)
	s.drill.Steps[1].Do = func(ctx context.Context, _ *Run) error {
		if _, err := Start(ctx, s.options, s.drill); !errors.Is(err, ErrBusy) {
			t.Errorf("a second start: %v, want ErrBusy", err)
		}
		other := s.drill
		other.Name = "region"
		other.Steps = s.drill.Steps[:1]
		other.Objective = Objective{}
		if result, err := Start(ctx, s.options, other); err != nil || result.Outcome != evidence.Passed {
			t.Errorf("another drill meanwhile: %+v, %v", result, err)
		}
		return nil
	}
	if _, err := Start(context.Background(), s.options, s.drill); err != nil {
		t.Fatal(err)
	}
}

func TestCleanUpThatFailsIsResumed(t *testing.T) {
	s := mustSite(t)
	var stuck string
	s.drill.Steps[3].Do = func(_ context.Context, r *Run) error {
		if _, err := r.Get("endpoint", &stuck); err != nil {
			return err
		}
		s.cloud.sticky = map[string]bool{stuck: true}
		return errors.New("verification failed")
	}
	result, err := Start(context.Background(), s.options, s.drill)
	if !errors.Is(err, ErrCleanUp) || !strings.Contains(err.Error(), stuck) || result != nil {
		t.Fatalf("%+v, %v; want ErrCleanUp for %s", result, err, stuck)
	}
	all, _ := s.cloud.all()
	if len(all) != 3 {
		t.Errorf("the cloud holds %v, want only %s besides what was there", all, stuck)
	}
	if report := s.verify(t); report.OK() || !report.Intact() || report.Faults[0].Kind != evidence.Unfinished {
		t.Errorf("the evidence must show a run without an end: %v", report.Faults)
	}
	runs, err := Unfinished(s.options.Dir, "pitr")
	if err != nil || len(runs) != 1 {
		t.Fatalf("unfinished are %v (%v)", runs, err)
	}
	if _, err := Start(context.Background(), s.options, s.drill); !errors.Is(err, ErrUnfinished) || !strings.Contains(err.Error(), runs[0]) {
		t.Errorf("a new run: %v, want ErrUnfinished", err)
	}
	s.cloud.sticky = nil
	result, err = Resume(context.Background(), s.options, s.drill, runs[0])
	if err == nil || result == nil || result.Outcome != evidence.Failed || !strings.Contains(result.Cause, "verification failed") || result.Resumed != 1 {
		t.Errorf("resumed: %+v, %v", result, err)
	}
	s.clean(t)
	if report := s.verify(t); !report.OK() || report.Runs[0].Resumed != 1 {
		t.Errorf("%+v", report)
	}
	if _, err := Resume(context.Background(), s.options, s.drill, runs[0]); !errors.Is(err, ErrUnknownRun) {
		t.Errorf("resumed once more: %v, want ErrUnknownRun", err)
	}
}

func TestNothingHappensWithoutEvidence(t *testing.T) {
	s := mustSite(t)
	silent := errors.New("no witness answers")
	record := s.options.Record
	s.options.Record = func(context.Context, evidence.Entry) error { return silent }
	for i := range s.drill.Steps {
		s.drill.Steps[i].Do = func(context.Context, *Run) error { t.Error("a step was done"); return nil }
	}
	if _, err := Start(context.Background(), s.options, s.drill); !errors.Is(err, silent) {
		t.Errorf("%v, want %v", err, silent)
	}
	runs, err := Unfinished(s.options.Dir, "pitr")
	if err != nil || len(runs) != 1 {
		t.Fatalf("unfinished are %v (%v)", runs, err)
	}
	s.options.Record = record
	result, err := Resume(context.Background(), s.options, s.drill, runs[0])
	if err == nil || result == nil || result.Outcome != evidence.Interrupted {
		t.Errorf("resumed: %+v, %v; want it interrupted", result, err)
	}
}

// TestFullDisk fills the journal's disk during the first step: no further step is
// done, since its intent could not be written, and what was made is deleted.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Log("this system has no /dev/full")
		return
	}
	s := mustSite(t)
	declare := s.drill.Steps[0].Do
	s.drill.Steps[0].Do = func(ctx context.Context, r *Run) error {
		err := errors.Join(declare(ctx, r), s.cloud.make("early", r.Marker()))
		r.journal.file = full
		return err
	}
	s.drill.Steps[1].Do = func(context.Context, *Run) error { t.Error("a step was done without its intent on disk"); return nil }
	if _, err := Start(context.Background(), s.options, s.drill); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v, want the disk to be full", err)
	}
	s.clean(t)
	runs, err := Unfinished(s.options.Dir, "pitr")
	if err != nil || len(runs) != 1 {
		t.Fatalf("unfinished are %v (%v)", runs, err)
	}
	s.drill.Steps[0].Repeatable = false
	result, err := Resume(context.Background(), s.options, s.drill, runs[0])
	if !errors.Is(err, errCutOff) || result == nil || result.Outcome != evidence.Interrupted {
		t.Errorf("resumed: %+v, %v", result, err)
	}
	s.clean(t)
	if report := s.verify(t); !report.OK() {
		t.Errorf("%v", report.Faults)
	}
}

func TestBadInput(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *site)
		want   error
	}{
		"no steps":         {change: func(s *site) { s.drill.Steps = nil }},
		"a step twice":     {change: func(s *site) { s.drill.Steps = append(s.drill.Steps, s.drill.Steps[0]) }},
		"a path as name":   {change: func(s *site) { s.drill.Name = "../x" }},
		"no clock":         {change: func(s *site) { s.options.Now = nil }},
		"no evidence":      {change: func(s *site) { s.options.Record = nil }},
		"no time cap":      {change: func(s *site) { s.options.TimeCap = 0 }},
		"too dear a drill": {change: func(s *site) { s.options.CostCap = 399 }, want: ErrCostCap},
	} {
		s := mustSite(t)
		c.change(s)
		if _, err := Start(context.Background(), s.options, s.drill); err == nil || !errors.Is(err, c.want) && c.want != nil {
			t.Errorf("%s: %v", name, err)
		}
		if entries, err := os.ReadDir(filepath.Join(s.dir, "evidence")); err == nil {
			t.Errorf("%s: something was recorded: %v", name, entries)
		}
	}
	s := mustSite(t)
	for _, id := range []string{"", "pitr-none", "../pitr", "region-20260101t000000-00000000"} {
		if _, err := Resume(context.Background(), s.options, s.drill, id); !errors.Is(err, ErrUnknownRun) {
			t.Errorf("resume %q: %v, want ErrUnknownRun", id, err)
		}
	}
}

func TestNames(t *testing.T) {
	r := &Run{ID: "pitr-20260101t000000-0a1b2c3d"}
	for longest, want := range map[int]string{63: "tillit-restored-db-0a1b2c3d", 24: "tillit-restored-0a1b2c3d", 20: "tillit-rest-0a1b2c3d", 9: "-0a1b2c3d"} {
		if got := r.Name("restored-db", longest); got != want || len(got) > longest {
			t.Errorf("at most %d: %s, want %s", longest, got, want)
		}
	}
}

func TestTornJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j, err := createJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{lineRun, lineStep} {
		if err := j.add(line{What: what}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first := strings.IndexByte(string(data), '\n') + 1
	for cut := range len(data) + 1 {
		if err := os.WriteFile(path, data[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := openJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(j.add(line{What: lineResumed}), j.close()); err != nil {
			t.Fatal(err)
		}
		again, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var whats []string
		for _, l := range parseJournal(again) {
			whats = append(whats, l.What)
		}
		want := "resumed"
		if cut >= first-1 {
			want = "run resumed"
		}
		if cut >= len(data)-1 {
			want = "run step resumed"
		}
		if got := strings.Join(whats, " "); got != want {
			t.Errorf("cut at %d: %s, want %s", cut, got, want)
		}
	}
}
