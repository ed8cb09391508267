package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/evidence"
)

// cloud is a target that outlives the process: a file is a resource, what is in
// it is its marker.
type cloud struct {
	dir string
	// sticky ids cannot be deleted.
	sticky map[string]bool
	mute   error
}

func (c *cloud) make(id, marker string) error {
	return os.WriteFile(filepath.Join(c.dir, id), []byte(marker), 0o600)
}

func (c *cloud) all() (map[string]string, error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(c.dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		found[entry.Name()] = string(data)
	}
	return found, nil
}

func (c *cloud) Marked(_ context.Context, marker string) ([]string, error) {
	all, err := c.all()
	if err = errors.Join(err, c.mute); err != nil {
		return nil, err
	}
	var ids []string
	for id, m := range all {
		if m == marker {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (c *cloud) Delete(_ context.Context, id string) error {
	if c.sticky[id] {
		return errors.New("a lock forbids it")
	}
	err := os.Remove(filepath.Join(c.dir, id))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// site is an estate for a fake drill, all of it on disk under one folder.
type site struct {
	dir     string
	cloud   *cloud
	options Options
	drill   Drill
	keys    evidence.Keys
}

var estate = evidence.Identity{Estate: "ledger-no", Rehearsal: true}

// newSite makes or finds the site at dir.
func newSite(dir string) (*site, error) {
	s := &site{dir: dir, cloud: &cloud{dir: filepath.Join(dir, "cloud")}}
	if err := os.MkdirAll(s.cloud.dir, 0o700); err != nil {
		return nil, err
	}
	// Another run's resource, and one of nobody's: they must stay.
	if err := errors.Join(s.cloud.make("production-db", ""), s.cloud.make("others-db", "tillit-pitr-other")); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "key")
	key, err := evidence.LoadKey(path)
	if errors.Is(err, os.ErrNotExist) {
		key, err = evidence.CreateKey(path)
	}
	if err != nil {
		return nil, err
	}
	witness, err := evidence.NewLocalWitness("witness.example/w1", key, filepath.Join(dir, "witness"), []evidence.PublicKey{key.Public()}, clock.Now)
	if err != nil {
		return nil, err
	}
	s.keys = evidence.Keys{Log: []evidence.PublicKey{key.Public()}, Witnesses: []evidence.WitnessKey{witness.Key()}}
	s.options = Options{
		Dir: filepath.Join(dir, "runs"),
		Record: func(ctx context.Context, e evidence.Entry) error {
			log, err := evidence.Open(ctx, filepath.Join(dir, "evidence"), evidence.Config{
				Identity: estate, Signer: key, Witnesses: []evidence.Witness{witness}, Now: clock.Now,
			})
			if err != nil {
				return err
			}
			_, err = log.Append(ctx, e)
			return errors.Join(err, log.Close())
		},
		Now: clock.Now, TimeCap: time.Hour, CleanUpCap: time.Minute, CostCap: 1000,
	}
	s.drill = Drill{
		Name: "pitr", Target: s.cloud,
		Objective: Objective{Point: 10 * time.Minute, Time: time.Hour},
		Steps: []Step{
			{Name: "declare", Phase: Detect, Repeatable: true, Do: func(_ context.Context, r *Run) error {
				at, err := r.DeclareFailure()
				return errors.Join(err, r.Put("point", at.Add(-time.Minute)))
			}},
			{Name: "restore", Phase: Copy, Cost: 300, Repeatable: true, Do: s.makes("restored")},
			{Name: "attach", Phase: Replay, Cost: 100, Do: s.makes("endpoint")},
			{Name: "verify", Phase: Verify, Repeatable: true, Do: func(_ context.Context, r *Run) error {
				var point time.Time
				if found, err := r.Get("point", &point); !found || err != nil {
					return fmt.Errorf("the point is lost: %w", err)
				}
				r.Say("the newest heartbeat is of %s", point)
				return errors.Join(r.Restored(point), r.Verified())
			}},
		},
	}
	return s, nil
}

// makes is a step that makes a resource with the run's marker.
func (s *site) makes(what string) func(context.Context, *Run) error {
	return func(_ context.Context, r *Run) error {
		id := r.Name(what, 40)
		if err := r.Put(what, id); err != nil {
			return err
		}
		r.boundary("before make")
		err := s.cloud.make(id, r.Marker())
		r.boundary("after make")
		return err
	}
}

func mustSite(t *testing.T) *site {
	t.Helper()
	s, err := newSite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// clean fails the test if something of a run is left, or something else is not.
func (s *site) clean(t *testing.T) {
	t.Helper()
	all, err := s.cloud.all()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all["others-db"] != "tillit-pitr-other" {
		t.Errorf("the cloud holds %v, want what was there before", all)
	}
}

func (s *site) verify(t *testing.T) *evidence.Report {
	t.Helper()
	report, err := evidence.Verify(context.Background(), filepath.Join(s.dir, "evidence"), evidence.Options{Identity: estate, Keys: s.keys})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (s *site) kinds(t *testing.T) string {
	t.Helper()
	var kinds []string
	for _, r := range s.verify(t).Records {
		kind := string(r.Kind)
		if r.Step != "" {
			kind = r.Step
		}
		if r.Outcome != "" && r.Outcome != evidence.Passed {
			kind += " " + string(r.Outcome)
		}
		kinds = append(kinds, kind)
	}
	return strings.Join(kinds, ", ")
}
