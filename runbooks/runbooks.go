package runbooks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/promises"
)

// Runbook is a drill as it is offered.
type Runbook struct {
	Name  string
	Title string // in a few words
	// Promises are those that a run measures, the first being the main one. An
	// estate that has declared none of them has no use for the drill.
	Promises []promises.ID
	// Objective is what the estate has promised.
	Objective func(*promises.Declaration) drill.Objective
	// Build makes the drill for an estate as it is deployed. It only reads. What
	// is missing for it (no backups yet, no standby) is an error.
	Build func(context.Context, Scene) (drill.Drill, error)
}

// Scene is where a drill takes place.
type Scene struct {
	Cloud  *cloud.Cloud
	Estate *estate.Estate
	Now    func() time.Time
	// Database names one of two databases that are kept apart; the first when
	// empty.
	Database string
	// Point is the instant to restore to; zero means the newest that serves.
	Point time.Time
}

// ErrUnavailable: the estate, as it is deployed, has not what the drill needs.
var ErrUnavailable = errors.New("the drill cannot be run here")

// builder makes a drill for an estate as it is deployed.
type builder func(context.Context, Scene) (drill.Drill, error)

// byMeans builds a drill by the means that the scene's database is kept by.
func byMeans(postgres, sql builder) builder {
	return func(ctx context.Context, s Scene) (drill.Drill, error) {
		db, err := s.Estate.Database(s.Database)
		if err != nil {
			return drill.Drill{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		build := map[string]builder{meansPostgres: postgres, meansSQL: sql}[db.Means]
		if build == nil {
			return drill.Drill{}, fmt.Errorf("%w: there is none for a database that is kept by the means %q, as %s is", ErrUnavailable, db.Means, db.Server.Name)
		}
		return build(ctx, s)
	}
}

// All are the drills, in the order in which they are listed.
func All() []Runbook { return []Runbook{pitr(), year(), region(), documents(), tamper(), controls()} }

// Lookup finds a drill by name.
func Lookup(name string) (Runbook, bool) {
	for _, r := range All() {
		if r.Name == name {
			return r, true
		}
	}
	return Runbook{}, false
}
