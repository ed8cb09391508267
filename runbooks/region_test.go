package runbooks

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/promises"
)

// standby gives a site a standby in another region, and finds the estate anew.
func (s *site) standby(t *testing.T) {
	t.Helper()
	away := s.group("away")
	put(t, away, "2022-09-01", map[string]any{"location": "norwayeast", "tags": map[string]any{"estate": s.name}})
	id := away + serverType + s.name + "-standby"
	put(t, id, serverVersion, map[string]any{
		"location": "norwayeast", "tags": map[string]any{"estate": s.name, "class": "database"},
		"sku":        map[string]any{"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"},
		"properties": map[string]any{"createMode": "Replica", "sourceServerResourceId": s.group("home") + serverType + s.name},
	})
	put(t, id+"/configurations/work_mem", serverVersion, map[string]any{"properties": map[string]any{"source": "user-override", "value": "8192"}})
	s.find(t, s.estate.Declaration)
}

func TestRegion(t *testing.T) {
	s := newSite(t, "region-a", promised)
	s.static(t)
	if _, err := region().Build(t.Context(), s.scene()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "no standby") {
		t.Errorf("an estate without a standby: %v", err)
	}
	s.standby(t)
	t.Run("passes, each step twice", func(t *testing.T) {
		// Production goes on meanwhile: its changes are no loss of the drill's.
		result, err := s.conduct(t, region(), s.scene(), func(d *drill.Drill) {
			if err := step(d, "declare", func(before func(context.Context, *drill.Run) error) func(context.Context, *drill.Run) error {
				return func(ctx context.Context, r *drill.Run) error {
					_, err := s.admin.Exec(ctx, "insert into invoices values ($1, 7, 'while the drill runs')", -clock.Now().UnixMicro()%1e9)
					return errors.Join(err, before(ctx, r))
				}
			}); err != nil {
				t.Fatal(err)
			}
			repeat(d)
		})
		mustPass(t, result, err)
		names := map[string]bool{}
		for _, c := range result.Checks {
			names[c.Name] = c.OK
		}
		for _, want := range []string{"standby", "heartbeat", "data", "parameters", "back: parameters", "back: heartbeat", "back: data", "back: heartbeats"} {
			if !names[want] {
				t.Errorf("there is no good check %q", want)
			}
		}
		if standby := rehearsed.Hosts.Server("region-a-standby"); standby == nil {
			t.Error("the estate's own standby is gone")
		}
	})
	t.Run("the promoted server is altered", func(t *testing.T) {
		result, err := s.conduct(t, region(), s.scene(), func(d *drill.Drill) {
			if err := step(d, "verify", func(before func(context.Context, *drill.Run) error) func(context.Context, *drill.Run) error {
				return func(ctx context.Context, r *drill.Run) error {
					run(t, connectAs(t, s.cloud, rehearsed.Hosts.Server(awayName(r)), "databases", "main"), "delete from customers where id = 5")
					return before(ctx, r)
				}
			}); err != nil {
				t.Fatal(err)
			}
		})
		if err != nil || result.Outcome != evidence.Failed || !strings.Contains(result.Cause, "table public.customers") {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

func TestRegionObjective(t *testing.T) {
	for name, c := range map[string]struct {
		promises string
		want     drill.Objective
	}{
		"a plan":         {`{"continuity.standby": {"within": "15m"}, "continuity.plan": {"every": "1y", "within": "4h", "loss": "20m"}}`, drill.Objective{Point: 20 * time.Minute, Time: 4 * time.Hour}},
		"only a standby": {`{"continuity.standby": {"within": "15m"}}`, drill.Objective{Point: 15 * time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := regionObjective(promising(t, c.promises)); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestRestoreObjective(t *testing.T) {
	for name, c := range map[string]struct {
		promises string
		want     drill.Objective
	}{
		"an interval":  {`{"backup.interval": {"every": "10m", "for": "7d"}, "backup.tested": {"every": "90d", "within": "4h"}}`, drill.Objective{Point: 10 * time.Minute, Time: 4 * time.Hour}},
		"a day":        {`{"backup.daily": {"for": "30d"}}`, drill.Objective{Point: day}},
		"both":         {`{"backup.interval": {"every": "10m", "for": "7d"}, "backup.daily": {"for": "30d"}}`, drill.Objective{Point: 10 * time.Minute}},
		"tested alone": {`{"backup.tested": {"every": "90d", "within": "4h"}}`, drill.Objective{Time: 4 * time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := restoreObjective(promising(t, c.promises)); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// promising is a declaration of these promises, of an estate in West Europe with a
// PostgreSQL database.
func promising(t *testing.T, text string) *promises.Declaration {
	t.Helper()
	text = strings.Replace(text, "{", `{"residency.primary": {"region": "westeurope"}, `, 1)
	d, err := promises.FromConfig("test", map[string]string{"tillit:promises": text, "tillit:means": promised["tillit:means"], "tillit:settings": `{"organisation": "test"}`})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
