package runbooks

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/promises"
)

const sqlVersion = "2021-11-01"

// sqlEstate is a small estate on Azure SQL, with a standby and long-term copies
// where they are wanted.
func sqlEstate(t *testing.T, name string, standby, copies bool) *site {
	t.Helper()
	s := &site{name: name, cloud: connected(t)}
	config := maps.Clone(promised)
	config["tillit:means"] = `{"database": "sql"}`
	d, err := promises.FromConfig(name, config)
	if err != nil {
		t.Fatal(err)
	}
	home, away, bench := s.group("home"), s.group("away"), s.group("drills")
	tags := map[string]any{"estate": name, "class": "database"}
	put(t, home, "2022-09-01", map[string]any{"location": "westeurope", "tags": map[string]any{"estate": name}})
	put(t, away, "2022-09-01", map[string]any{"location": "norwayeast", "tags": map[string]any{"estate": name}})
	put(t, bench, "2022-09-01", map[string]any{"location": "westeurope", "tags": map[string]any{"estate": name, "purpose": "drills", "class": "drills"}})
	primary := home + "/providers/Microsoft.Sql/servers/" + name
	put(t, primary, sqlVersion, map[string]any{"location": "westeurope", "tags": tags, "properties": map[string]any{"publicNetworkAccess": "Disabled"}})
	main := primary + "/databases/main"
	size := map[string]any{"name": "GP_Gen5", "tier": "GeneralPurpose", "family": "Gen5", "capacity": 4}
	put(t, main, sqlVersion, map[string]any{"location": "westeurope", "tags": tags, "sku": size, "properties": map[string]any{}})
	put(t, main+"/providers/Microsoft.Authorization/locks/keep", "2020-05-01", map[string]any{"properties": map[string]any{"level": "CanNotDelete"}})
	if copies {
		put(t, main+"/backupLongTermRetentionPolicies/default", "2023-05-01-preview", map[string]any{"properties": map[string]any{"weeklyRetention": "P54W"}})
	}
	if standby {
		secondary := away + "/providers/Microsoft.Sql/servers/" + name + "-no"
		put(t, secondary, sqlVersion, map[string]any{"location": "norwayeast", "tags": tags, "properties": map[string]any{"publicNetworkAccess": "Disabled"}})
		put(t, secondary+"/keys/kv_backup_1", sqlVersion, map[string]any{"properties": map[string]any{"serverKeyType": "AzureKeyVault", "uri": "https://kv.vault.azure.net/keys/backup/1"}})
		put(t, secondary+"/databases/main", sqlVersion, map[string]any{"location": "norwayeast", "tags": tags, "sku": size, "properties": map[string]any{
			"createMode": "Secondary", "secondaryType": "Geo", "sourceDatabaseId": main,
		}})
	}
	s.find(t, d)
	return s
}

var sqlDrills = map[string]func(context.Context, Scene) (drill.Drill, error){"pitr": sqlPitr, "year": sqlYear, "region": sqlRegion}

// carryOut runs one of the drills and sees that nothing is left of it.
func (s *site) carryOut(t *testing.T, name string, change func(*drill.Drill)) (*drill.Result, error) {
	t.Helper()
	return s.conduct(t, Runbook{Build: sqlDrills[name]}, s.scene(), change)
}

// Each drill does all that a control plane has, says that there was nothing to
// measure, and leaves the estate as it was.
func TestSQLDrills(t *testing.T) {
	s := sqlEstate(t, "sqlall", true, true)
	for _, name := range slices.Sorted(maps.Keys(sqlDrills)) {
		t.Run(name, func(t *testing.T) {
			began := len(rehearsed.Journal())
			result, err := s.carryOut(t, name, nil)
			if !errors.Is(err, drill.ErrUnmeasured) || result == nil || result.Outcome != evidence.Unmeasured || !strings.Contains(result.Cause, "control plane only") {
				t.Fatalf("%+v, %v", result, err)
			}
			if result.Point != nil || result.Time != nil || result.Declared == nil || len(result.Checks) == 0 {
				t.Errorf("the result is %+v", result)
			}
			for _, c := range result.Checks {
				if !c.OK {
					t.Errorf("%s: %s", c.Name, c.Detail)
				}
			}
			for _, r := range rehearsed.Journal()[began:] {
				own := strings.Contains(r.Path, "/rg-sqlall-drills/") || strings.Contains(r.Path, "/tillit-")
				if r.Method != "GET" && !own {
					t.Errorf("%s %s: what is not the run's own was written to", r.Method, r.Path)
				}
			}
		})
	}
}

// Every step may be done again after it was cut off.
func TestSQLRepeated(t *testing.T) {
	s := sqlEstate(t, "sqltwice", true, true)
	for _, name := range slices.Sorted(maps.Keys(sqlDrills)) {
		t.Run(name, func(t *testing.T) {
			result, err := s.carryOut(t, name, func(d *drill.Drill) {
				for i, one := range d.Steps {
					d.Steps[i].Do = func(ctx context.Context, run *drill.Run) error {
						if err := one.Do(ctx, run); err != nil {
							return err
						}
						return one.Do(ctx, run)
					}
				}
			})
			if !errors.Is(err, drill.ErrUnmeasured) {
				t.Fatalf("%+v, %v", result, err)
			}
		})
	}
}

// What the run has not made it does not take over, whatever its name.
func TestSQLNotItsOwn(t *testing.T) {
	s := sqlEstate(t, "sqlother", true, true)
	result, err := s.carryOut(t, "region", func(d *drill.Drill) {
		if err := step(d, "server", func(before func(context.Context, *drill.Run) error) func(context.Context, *drill.Run) error {
			return func(ctx context.Context, run *drill.Run) error {
				id := s.group("drills") + "/providers/Microsoft.Sql/servers/" + sqlName(run, "away")
				put(t, id, sqlVersion, map[string]any{"location": "norwayeast", "tags": map[string]any{}, "properties": map[string]any{}})
				err := before(ctx, run)
				w := &armWriter{}
				_, _, gone := w.send(ctx, "DELETE", id, sqlVersion, nil)
				for status := 200; status == 200 && gone == nil; {
					status, _, gone = w.send(ctx, "GET", id, sqlVersion, nil)
				}
				return errors.Join(err, gone)
			}
		}); err != nil {
			t.Fatal(err)
		}
	})
	if err == nil || !strings.Contains(err.Error(), "is not of this run") {
		t.Errorf("%+v, %v", result, err)
	}
}

// A drill that cannot be run says so before it begins, and why.
func TestSQLUnavailable(t *testing.T) {
	bare := sqlEstate(t, "sqlbare", false, false)
	old := bare.scene()
	old.Point = clock.Now().AddDate(0, 0, -1)
	late := bare.scene()
	late.Point = clock.Now().Add(time.Hour)
	wrong := bare.scene()
	wrong.Database = "identity"
	for name, c := range map[string]struct {
		drill string
		scene Scene
		want  string
	}{
		"no standby":         {"region", bare.scene(), "no standby"},
		"no copies":          {"year", bare.scene(), "no long-term copies"},
		"before the backups": {"pitr", old, "the earliest that can be restored"},
		"in the future":      {"pitr", late, "in the future"},
		"no such database":   {"pitr", wrong, "identity"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sqlDrills[c.drill](t.Context(), c.scene)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if name != "in the future" && !errors.Is(err, ErrUnavailable) {
				t.Errorf("%v is not ErrUnavailable", err)
			}
		})
	}
}
