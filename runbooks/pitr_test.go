package runbooks

import (
	"context"
	"errors"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/evidence"
)

// promised is what the sites of these tests declare.
var promised = map[string]string{
	"tillit:promises": `{
		"residency.primary": {"region": "westeurope"},
		"backup.interval": {"every": "10m", "for": "7d"},
		"backup.retention": {"for": "1y"},
		"backup.tested": {"every": "90d", "within": "4h"},
		"continuity.standby": {"within": "15m"},
		"continuity.plan": {"every": "1y", "within": "4h", "loss": "15m"}
	}`,
	"tillit:means":    `{"database": "postgres"}`,
	"tillit:settings": `{"organisation": "test", "checks": {"invoices": "select count(*) from invoices", "turnover": "select sum(amount) from invoices"}}`,
}

func TestPITR(t *testing.T) {
	s := newSite(t, "pitr-a", promised)
	s.static(t)
	s.restorable(t)
	t.Run("passes", func(t *testing.T) {
		result, err := s.conduct(t, pitr(), s.scene(), nil)
		mustPass(t, result, err)
		var newest time.Time
		if err := s.admin.QueryRow(t.Context(), "select max(at) from tillit.heartbeat where at <= $1", *result.Declared).Scan(&newest); err != nil {
			t.Fatal(err)
		}
		if !result.Heartbeat.Equal(newest) {
			t.Errorf("the recovery point is read from %s, and the newest heartbeat was of %s", result.Heartbeat, newest)
		}
		if want := result.Declared.Sub(newest).Seconds(); result.Point.Seconds != want {
			t.Errorf("the recovery point is %v s, want %v", result.Point.Seconds, want)
		}
	})
	t.Run("a row is altered and a table is missing", func(t *testing.T) {
		s.fails(t, []string{"table public.invoices", "table public.customers"}, func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, "update invoices set amount = amount + 1 where id = 777; drop table customers")
			return err
		})
	})
	t.Run("to another point, each step twice", func(t *testing.T) {
		scene := s.scene()
		run(t, s.admin, "insert into tillit.heartbeat default values")
		scene.Point = clock.Now()
		run(t, s.admin, "insert into tillit.heartbeat default values", "insert into invoices values (0, 0, 'late')")
		result, err := s.conduct(t, pitr(), scene, repeat)
		mustPass(t, result, err)
		if result.Heartbeat.After(scene.Point) {
			t.Errorf("the newest heartbeat is of %s, after %s", result.Heartbeat, scene.Point)
		}
	})
	t.Run("the wrong point", func(t *testing.T) {
		result, err := s.conduct(t, pitr(), s.scene(), func(d *drill.Drill) {
			if err := step(d, "restore", func(before func(context.Context, *drill.Run) error) func(context.Context, *drill.Run) error {
				return func(ctx context.Context, r *drill.Run) error {
					var point time.Time
					if _, err := r.Get(keyPoint, &point); err != nil {
						return err
					}
					run(t, s.admin, "insert into tillit.heartbeat default values")
					if err := r.Put(keyPoint, clock.Now().UTC()); err != nil {
						return err
					}
					return errors.Join(before(ctx, r), r.Put(keyPoint, point))
				}
			}); err != nil {
				t.Fatal(err)
			}
		})
		if err != nil || result.Outcome != evidence.Failed || !strings.Contains(result.Cause, "heartbeat") {
			t.Errorf("%+v, %v", result, err)
		}
	})
	t.Run("a parameter that the server does not take as it is", func(t *testing.T) {
		result, err := s.conduct(t, pitr(), s.scene(), func(d *drill.Drill) {
			if err := step(d, "restore", func(before func(context.Context, *drill.Run) error) func(context.Context, *drill.Run) error {
				return func(ctx context.Context, r *drill.Run) error {
					return errors.Join(before(ctx, r), r.Put(keyParameters, map[string]string{"work_mem": "8192", "log_checkpoints": "yes"}))
				}
			}); err != nil {
				t.Fatal(err)
			}
		})
		if err != nil || result.Outcome != evidence.Failed || !strings.Contains(result.Cause, "parameters") {
			t.Fatalf("%+v, %v", result, err)
		}
		if c := checked(t, result, "parameters"); c.OK || !strings.Contains(c.Detail, "otherwise all the same: log_checkpoints") {
			t.Errorf("%+v", c)
		}
	})
	t.Run("too old a point", func(t *testing.T) {
		scene := s.scene()
		scene.Point = clock.Now().AddDate(0, 0, -3)
		_, err := pitr().Build(t.Context(), scene)
		if err == nil || !strings.Contains(err.Error(), "the earliest that can be restored") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a server of somebody else is in the way", func(t *testing.T) {
		d, err := pitr().Build(t.Context(), s.scene())
		if err != nil {
			t.Fatal(err)
		}
		var foreign string
		if err := step(&d, "restore", func(before func(context.Context, *drill.Run) error) func(context.Context, *drill.Run) error {
			return func(ctx context.Context, r *drill.Run) error {
				foreign = s.group("drills") + serverType + pitrName(r)
				put(t, foreign, serverVersion, map[string]any{
					"location": "westeurope", "tags": map[string]any{"owner": "somebody else"}, "properties": map[string]any{"createMode": "Create"},
				})
				return before(ctx, r)
			}
		}); err != nil {
			t.Fatal(err)
		}
		result, err := drill.Start(t.Context(), options(t), d)
		if err == nil || result == nil || result.Outcome != evidence.Failed || !strings.Contains(result.Cause, "is not of this run") {
			t.Errorf("%+v, %v", result, err)
		}
		if rehearsed.Body(foreign) == nil || rehearsed.Hosts.Server(path.Base(foreign)) == nil {
			t.Error("the server of somebody else is gone")
		}
	})
	t.Run("the first attempt to make the server has failed", func(t *testing.T) {
		result, err := s.conduct(t, pitr(), s.scene(), func(d *drill.Drill) {
			if err := step(d, "restore", func(before func(context.Context, *drill.Run) error) func(context.Context, *drill.Run) error {
				return func(ctx context.Context, r *drill.Run) error {
					w, id := &armWriter{}, s.group("drills")+serverType+pitrName(r)
					failed := w.try(ctx, id, serverVersion, map[string]any{
						"location": "westeurope", "tags": map[string]any{drill.MarkerTag: r.Marker()},
						"properties": map[string]any{"createMode": "PointInTimeRestore", "sourceServerResourceId": s.group("home") + serverType + s.name, "pointInTimeUTC": "2020-01-01T00:00:00Z"},
					})
					if failed == nil {
						return errors.New("a server was restored to 2020")
					}
					return before(ctx, r)
				}
			}); err != nil {
				t.Fatal(err)
			}
		})
		mustPass(t, result, err)
	})
	t.Run("no backups yet", func(t *testing.T) {
		scene := s.scene()
		scene.Now = func() time.Time { return time.Unix(0, 0) }
		if _, err := pitr().Build(t.Context(), scene); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "no backups yet") {
			t.Errorf("%v", err)
		}
	})
	t.Run("no workbench", func(t *testing.T) {
		scene := s.scene()
		without := *s.estate
		without.Workbench, scene.Estate = estate.Group{}, &without
		if _, err := pitr().Build(t.Context(), scene); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "no resource group for drills") {
			t.Errorf("%v", err)
		}
	})
}

// fails runs the drill on a site whose restored copy is damaged before it is
// looked at, and wants a check that names what.
func (s *site) fails(t *testing.T, what []string, damage func(context.Context, *pgx.Conn) error) {
	t.Helper()
	result, err := s.conduct(t, pitr(), s.scene(), func(d *drill.Drill) {
		err := step(d, "verify", func(before func(context.Context, *drill.Run) error) func(context.Context, *drill.Run) error {
			return func(ctx context.Context, r *drill.Run) error {
				copied := rehearsed.Hosts.Server(pitrName(r))
				if err := copied.Administrator(ctx, "databases"); err != nil {
					return err
				}
				if err := damage(ctx, connectAs(t, s.cloud, copied, "databases", "main")); err != nil {
					return err
				}
				return before(ctx, r)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	for _, one := range what {
		if err != nil || result.Outcome != evidence.Failed || !strings.Contains(result.Cause, one) {
			t.Errorf("%+v, %v; want a failure for %s", result, err, one)
		}
	}
}

func TestChoosePoint(t *testing.T) {
	at := func(minutes int) time.Time {
		return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
	}
	for name, c := range map[string]struct {
		asked, known, earliest, declared time.Time
		promised                         time.Duration
		want                             time.Time
		err                              string
	}{
		"the manifest's":       {known: at(58), earliest: at(0), declared: at(60), promised: 10 * time.Minute, want: at(58)},
		"the one asked for":    {asked: at(55), known: at(58), earliest: at(0), declared: at(60), promised: 10 * time.Minute, want: at(55)},
		"before all backups":   {asked: at(-1), known: at(58), earliest: at(0), declared: at(60), err: "before 2026-11-22 12:00:00.000Z, the earliest"},
		"after the failure":    {asked: at(61), known: at(58), earliest: at(0), declared: at(60), err: "in the future"},
		"older than promised":  {asked: at(49), known: at(58), earliest: at(0), declared: at(60), promised: 10 * time.Minute, err: "11m0s before the failure, and no more than 10m"},
		"nothing is promised":  {asked: at(1), known: at(58), earliest: at(0), declared: at(60), want: at(1)},
		"just as old":          {asked: at(50), known: at(58), earliest: at(0), declared: at(60), promised: 10 * time.Minute, want: at(50)},
		"the earliest of all":  {asked: at(0), known: at(58), earliest: at(0), declared: at(60), want: at(0)},
		"the failure's itself": {asked: at(60), known: at(58), earliest: at(0), declared: at(60), want: at(60)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := choosePoint(c.asked, c.known, c.earliest, c.declared, c.promised)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%v, %v; want an error with %q", got, err, c.err)
				}
				return
			}
			if err != nil || !got.Equal(c.want) {
				t.Errorf("%v, %v; want %v", got, err, c.want)
			}
		})
	}
}

// A point that is chosen is within the backups, before the failure and not older
// than promised; and what is so is chosen.
func TestChosenPointServes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minute := func(label string) time.Time {
			return time.Unix(int64(rapid.IntRange(0, 1000).Draw(t, label))*60, 0).UTC()
		}
		asked, earliest, declared := minute("asked"), minute("earliest"), minute("declared")
		limit := time.Duration(rapid.IntRange(0, 100).Draw(t, "promised")) * time.Minute
		got, err := choosePoint(asked, time.Time{}, earliest, declared, limit)
		serves := !asked.Before(earliest) && !asked.After(declared) && (limit == 0 || declared.Sub(asked) <= limit)
		if serves != (err == nil) || err == nil && !got.Equal(asked) {
			t.Fatalf("%v, %v; it serves: %v", got, err, serves)
		}
	})
}

func TestTooEarly(t *testing.T) {
	for text, want := range map[string]bool{
		"the restore point in time is in the future":                                   true,
		"Point-in-time 2026-11-22T12:00:00Z is later than the latest restorable point": true,
		"the point in time is before the earliest backup":                              false,
		"the subnet is full": false,
	} {
		if got := earlyForm.MatchString(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if tooEarly(nil) || tooEarly(errors.New("the restore point in time is in the future")) {
		t.Error("only Azure's answers count")
	}
}
