package drill

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/evidence"
)

// cutOff leaves a run that could not be cleaned up, and returns its id.
func (s *site) cutOff(t *testing.T) string {
	t.Helper()
	s.cloud.mute = errors.New("no answer")
	if _, err := Start(context.Background(), s.options, s.drill); !errors.Is(err, ErrCleanUp) {
		t.Fatalf("%v", err)
	}
	s.cloud.mute = nil
	open, err := Unfinished(s.options.Dir, s.drill.Name)
	if err != nil || len(open) != 1 {
		t.Fatalf("%v, %v", open, err)
	}
	return open[0]
}

func TestAbandonOnlyCleansUp(t *testing.T) {
	s := mustSite(t)
	id := s.cutOff(t)
	why := errors.New("the source is gone")
	without := Drill{Name: s.drill.Name, Objective: s.drill.Objective, Target: s.drill.Target}
	result, err := Abandon(context.Background(), s.options, without, id, why)
	if !errors.Is(err, why) || result == nil || result.Outcome != evidence.Interrupted || len(result.Phases) != 0 {
		t.Errorf("%+v, %v", result, err)
	}
	s.clean(t)
	if report := s.verify(t); !report.OK() || report.Runs[0].Outcome != evidence.Interrupted {
		t.Errorf("%+v", report)
	}
}

func TestAdoptALostRun(t *testing.T) {
	s := mustSite(t)
	id := s.cutOff(t)
	if err := Adopt(s.options.Dir, s.drill.Name, id, clock.Now()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a run that is not lost: %v", err)
	}
	if err := os.RemoveAll(s.options.Dir); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"year-" + id, "../" + id, "pitr-../x"} {
		if err := Adopt(s.options.Dir, s.drill.Name, bad, clock.Now()); !errors.Is(err, ErrUnknownRun) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := Adopt(s.options.Dir, s.drill.Name, id, clock.Now()); err != nil {
		t.Fatal(err)
	}
	result, err := Resume(context.Background(), s.options, s.drill, id)
	if err == nil || result == nil || result.Outcome != evidence.Interrupted {
		t.Errorf("%+v, %v", result, err)
	}
	s.clean(t)
	if report := s.verify(t); !report.OK() || report.Runs[0].Resumed != 1 {
		t.Errorf("%+v", report)
	}
}
