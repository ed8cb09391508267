package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/runbooks"
)

// fakeAzure is where the tests' drills make things.
type fakeAzure struct {
	mu        sync.Mutex
	rehearsal bool
	made      map[string]string // marker by id
	stuck     bool              // nothing can be deleted
	databases []estate.Database
	sql       []string // what was asked of Azure SQL
	sqlFails  error
	silent    bool // it never answers
	connect   error
	build     error
}

func (a *fakeAzure) Marked(_ context.Context, marker string) ([]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var ids []string
	for id, m := range a.made {
		if m == marker {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

func (a *fakeAzure) Delete(_ context.Context, id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stuck {
		return errors.New("409 Conflict: the server is busy")
	}
	delete(a.made, id)
	return nil
}

func (a *fakeAzure) make(id, marker string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.made[id] = marker
}

// behaviour is what a test's drill does.
type behaviour struct {
	scene    runbooks.Scene // as it was built for last
	lost     time.Duration  // between the newest heartbeat and the failure
	verify   func(context.Context, *drill.Run) error
	provided chan string // told the run's id when something is made
}

// bench is a program in front of a fake Azure, with one drill.
type bench struct {
	t       *testing.T
	azure   *fakeAzure
	does    *behaviour
	dir     string
	signals chan os.Signal
	exited  chan int
	now     func() time.Time
	stdout  bytes.Buffer
	stderr  bytes.Buffer
}

const testSubscription = "00000000-0000-4000-8000-000000000001"

func newBench(t *testing.T, rehearsal bool) *bench {
	t.Helper()
	t.Setenv("AZURE_SUBSCRIPTION_ID", testSubscription)
	return &bench{
		t: t, azure: &fakeAzure{rehearsal: rehearsal, made: map[string]string{}}, does: &behaviour{lost: time.Minute},
		dir: filepath.Join(t.TempDir(), "state"), signals: make(chan os.Signal, 4), exited: make(chan int, 1), now: clock.Now,
	}
}

// keys makes production's keys.
func (b *bench) keys() *bench {
	b.t.Helper()
	b.want(exitPassed, "key", "create")
	return b
}

// program is the command with everything around it replaced.
func (b *bench) program() *program {
	b.stdout.Reset()
	b.stderr.Reset()
	return &program{
		stdout: &b.stdout, stderr: &b.stderr,
		getenv: func(name string) string {
			return map[string]string{"TILLIT_DIR": b.dir, "TILLIT_STACKS": "../../stacks"}[name]
		},
		now:   func() time.Time { return b.now() },
		books: func() []runbooks.Runbook { return []runbooks.Runbook{b.book()} },
		connect: func(ctx context.Context, _ cloud.Options) (*cloud.Cloud, error) {
			if b.azure.silent {
				<-ctx.Done()
				return nil, context.Cause(ctx)
			}
			return &cloud.Cloud{Subscription: testSubscription, Rehearsal: b.azure.rehearsal}, b.azure.connect
		},
		find: func(_ context.Context, _ *cloud.Cloud, d *promises.Declaration) (*estate.Estate, error) {
			return &estate.Estate{Name: d.Estate, Declaration: d, Databases: b.azure.databases, Workbench: estate.Group{Name: "rg-drills", Region: "westeurope"}}, nil
		},
		target: func(*cloud.Cloud, ...string) drill.Target { return b.azure },
		sqlBeat: func(_ context.Context, _ *cloud.Cloud, host, database string) (heartbeat.Beat, error) {
			b.azure.sql = append(b.azure.sql, "beat "+host+" "+database)
			return heartbeat.Beat{Sequence: 7, At: time.Unix(1772366400, 0)}, b.azure.sqlFails
		},
		sqlPrepare: func(_ context.Context, _ *cloud.Cloud, host, database, login string) error {
			b.azure.sql = append(b.azure.sql, "prepare "+host+" "+database+" "+login)
			return b.azure.sqlFails
		},
		signals: b.signals,
		// The real one never returns either.
		exit: func(status int) { b.exited <- status; select {} },
	}
}

func (b *bench) book() runbooks.Runbook {
	return runbooks.Runbook{
		Name: "pitr", Title: "restore to a point in time", Promises: []promises.ID{"backup.interval", "backup.tested"},
		Objective: func(d *promises.Declaration) drill.Objective {
			return drill.Objective{Point: d.Params("backup.interval").Duration("every"), Time: d.Params("backup.tested").Duration("within")}
		},
		Build: func(_ context.Context, s runbooks.Scene) (drill.Drill, error) {
			b.does.scene = s
			return b.drill(), b.azure.build
		},
	}
}

func (b *bench) drill() drill.Drill {
	return drill.Drill{
		Name: "pitr", Objective: drill.Objective{Point: 10 * time.Minute, Time: 4 * time.Hour}, Target: b.azure,
		Steps: []drill.Step{
			{Name: "declare", Phase: drill.Detect, Estimate: time.Second, Repeatable: true, On: []string{"/servers/db"}, Do: func(_ context.Context, r *drill.Run) error {
				_, err := r.DeclareFailure()
				return err
			}},
			{Name: "restore", Phase: drill.Provision, Estimate: 10 * time.Minute, Cost: 120, On: []string{"a new server in rg-drills", "from /servers/db"}, Do: func(_ context.Context, r *drill.Run) error {
				r.Say("restoring to %s", "2026-03-01T12:00:00Z")
				b.azure.make("/servers/"+r.Name("restored", 40), r.Marker())
				if b.does.provided != nil {
					b.does.provided <- r.ID
				}
				return nil
			}},
			{Name: "verify", Phase: drill.Verify, Estimate: time.Minute, Repeatable: true, Do: func(ctx context.Context, r *drill.Run) error {
				at, err := r.DeclareFailure()
				if err != nil {
					return err
				}
				if b.does.verify != nil {
					if err := b.does.verify(ctx, r); err != nil {
						return err
					}
				}
				return errors.Join(r.Restored(at.Add(-b.does.lost)), r.Check(drill.Check{Name: "rows", OK: true}), r.Verified())
			}},
		},
	}
}

// run runs the command and returns its exit status.
func (b *bench) run(args ...string) int { return b.program().run(args) }

// want runs the command and wants an exit status.
func (b *bench) want(status int, args ...string) string {
	b.t.Helper()
	if got := b.run(args...); got != status {
		b.t.Fatalf("runbook %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), got, status, &b.stdout, &b.stderr)
	}
	return b.stdout.String()
}

// says wants a text in what the last command wrote.
func (b *bench) says(texts ...string) {
	b.t.Helper()
	all := b.stdout.String() + b.stderr.String()
	for _, text := range texts {
		if !strings.Contains(all, text) {
			b.t.Errorf("it does not say %q:\n%s", text, all)
		}
	}
}

// clean wants nothing that carries a marker.
func (b *bench) clean() {
	b.t.Helper()
	if len(b.azure.made) > 0 {
		b.t.Errorf("left behind: %v", b.azure.made)
	}
}

// events are the lines of JSON in a text.
func events(t *testing.T, text string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "{") {
			continue
		}
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		found = append(found, event)
	}
	return found
}

var errBroken = fmt.Errorf("the restored server does not answer")
