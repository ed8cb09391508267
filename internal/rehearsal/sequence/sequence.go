package sequence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/monitor"
	"github.com/tillit-dev/tillit/internal/rehearsal"
	"github.com/tillit-dev/tillit/internal/rehearsal/exercise"
	"github.com/tillit-dev/tillit/internal/report"
	"github.com/tillit-dev/tillit/promises"
)

// Options say what is rehearsed.
type Options struct {
	Root     string // the checkout, for bin
	Estate   string
	Stacks   string // folder of stack files
	Policies string // folder of the policy pack

	Program pulumi.RunFunc // composes the estate
	Plan    []string       // the same program, compiled, for the plan
	// Broken composes the estate without one of its promises; nil leaves the step
	// out. The gate must refuse what it makes.
	Broken func(without promises.ID) pulumi.RunFunc

	Drills   []string // are run on what is deployed, as far as the estate has a use for them
	Keep     bool     // leave the deployment up until the context ends
	Out      io.Writer
	Terminal bool // Out shows live progress
	Colour   bool
}

// Run rehearses an estate and returns the verdict on what was deployed. An
// error means that the rehearsal could not be brought to its end or went
// otherwise than it must.
func Run(ctx context.Context, o Options) (_ gate.Verdict, err error) {
	declaration, err := promises.Load(promises.Path(o.Stacks, o.Estate))
	if err != nil {
		return "", err
	}
	g, err := gate.Load(ctx, os.DirFS(o.Policies), o.Policies)
	if err != nil {
		return "", fmt.Errorf("load the policies: %w", err)
	}
	r := &run{Options: o, declaration: declaration, gate: g, screen: &screen{out: o.Out, terminal: o.Terminal}}
	r.screen.say("%s: %d promises, applied by the real engine to an Azure that is not Azure", o.Estate, len(declaration.Promises))
	planned, err := r.plan(ctx)
	if err != nil || planned.Verdict == gate.Broken {
		return verdictOf(planned), err
	}
	r.rehearsal, err = rehearsal.Start(ctx, rehearsal.Options{
		Estate: o.Estate, StackFile: declaration.File, Root: o.Root, PolicyPack: o.Policies,
		Data:     len(o.Drills) > 0,
		Starting: func(what string) { r.screen.say("       %s …", what) },
		Progress: func(_ string, done int) { r.screen.count(done, r.total) },
	})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.rehearsal.Close()) }()
	deployed, err := r.perform(ctx)
	if err != nil {
		return "", err
	}
	return deployed.Verdict, nil
}

func verdictOf(result *gate.Result) gate.Verdict {
	if result == nil {
		return ""
	}
	return result.Verdict
}

// run is one rehearsal under way.
type run struct {
	Options
	declaration *promises.Declaration
	gate        *gate.Gate
	screen      *screen
	rehearsal   *rehearsal.Rehearsal
	field       *exercise.Exercise // once there are drills to run
	total       int                // resources, once they have been counted
}

// plan judges the estate before anything is made. A broken one is reported and
// goes no further.
func (r *run) plan(ctx context.Context) (*gate.Result, error) {
	r.screen.begin("plan and check")
	config, secrets, err := monitor.ReadConfig(r.declaration.File, "tillit")
	if err != nil {
		return nil, r.failed(err)
	}
	var log bytes.Buffer
	inv, err := monitor.Run(ctx, monitor.Options{
		Project: "tillit", Stack: r.Estate, Config: config, SecretKeys: secrets, Root: r.Root, Log: &log,
		Progress: func(n int) { r.screen.count(n, 0) },
	}, r.Root, monitor.DefaultTimeout, r.Plan...)
	if err != nil {
		return nil, r.failed(fmt.Errorf("%w\n%s", err, log.String()))
	}
	result, err := r.judge(ctx, inv)
	if err != nil {
		return nil, r.failed(err)
	}
	r.total = len(inv.Resources)
	r.screen.end(result.Verdict != gate.Broken, "%d resources, %s", r.total, tally(result))
	if result.Verdict == gate.Broken {
		return result, r.table(result)
	}
	return result, nil
}

// perform does everything that needs the rehearsal's Azure.
func (r *run) perform(ctx context.Context) (*gate.Result, error) {
	if err := r.refuse(ctx); err != nil {
		return nil, err
	}
	preview, err := r.operate(ctx, "preview, judged by the gate", func(ctx context.Context) (rehearsal.Result, error) { return r.rehearsal.Preview(ctx, r.Program) })
	if err != nil {
		return nil, err
	}
	r.total = preview.Changes["create"]
	up := func(ctx context.Context) (rehearsal.Result, error) { return r.rehearsal.Up(ctx, r.Program) }
	if _, err := r.operate(ctx, "up", up); err != nil {
		return nil, err
	}
	again, err := r.operate(ctx, "up, a second time", up)
	if err != nil {
		return nil, err
	}
	if again.Changed() != 0 {
		return nil, fmt.Errorf("a second up must change nothing; it did: %s", again.Summary())
	}
	result, err := r.deployed(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.exercise(ctx, result); err != nil {
		return nil, err
	}
	if r.Keep {
		if err := r.table(result); err != nil {
			return nil, err
		}
		return result, r.hold(ctx)
	}
	r.rehearsal.Azure.Release() // what is locked would outlive us
	if _, err := r.operate(ctx, "destroy", r.rehearsal.Destroy); err != nil {
		return nil, err
	}
	if left := r.rehearsal.Resources(); len(left) != 0 {
		return nil, fmt.Errorf("destroy must leave an empty subscription; it left %s", strings.Join(left, ", "))
	}
	return result, r.table(result)
}

// operate shows one operation of the engine as a step.
func (r *run) operate(ctx context.Context, title string, operation func(context.Context) (rehearsal.Result, error)) (rehearsal.Result, error) {
	r.screen.begin("%s", title)
	result, err := operation(ctx)
	if err != nil {
		return result, r.stopped(ctx, result, fmt.Errorf("%s: %w", title, err))
	}
	r.screen.end(true, "%s", result.Summary())
	return result, nil
}

// refuse shows that the gate in the engine refuses a broken variant of the
// estate, for the promise it breaks, before anything is made.
func (r *run) refuse(ctx context.Context) error {
	if r.Broken == nil {
		return nil
	}
	without, ok := r.weakest()
	if !ok {
		return nil
	}
	r.screen.begin("refuse the estate without %s", without)
	result, err := r.rehearsal.Preview(ctx, r.Broken(without))
	switch {
	case err == nil:
		return r.failed(fmt.Errorf("the gate lets pass an estate built without %s", without))
	case !errors.Is(err, rehearsal.ErrRefused):
		return r.stopped(ctx, result, err)
	}
	if made := r.rehearsal.Resources(); len(made) != 0 {
		return r.failed(fmt.Errorf("the refused estate left %s", strings.Join(made, ", ")))
	}
	rules, named := map[string]bool{}, false
	for _, finding := range result.Findings {
		if finding.Stops() {
			rules[finding.Rule] = true
			named = named || strings.Contains(finding.Message, string(without))
		}
	}
	if !named {
		return r.stopped(ctx, result, fmt.Errorf("the gate refuses the estate without %s for other reasons only", without))
	}
	r.screen.end(true, "by %s; nothing was created", strings.Join(slices.Sorted(maps.Keys(rules)), ", "))
	return nil
}

// weakest picks the promise that the broken variant lacks: one that people
// know, else the first that the gate judges.
func (r *run) weakest() (promises.ID, bool) {
	for _, id := range []promises.ID{"perimeter.firewalls", "backup.retention"} {
		if r.declaration.Has(id) {
			return id, true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.declaration.Promises)) {
		if p, ok := promises.Lookup(id); ok && p.Gated && p.Built {
			return id, true
		}
	}
	return "", false
}

// deployed judges what the engine's state says was made.
func (r *run) deployed(ctx context.Context) (*gate.Result, error) {
	r.screen.begin("check what is deployed")
	state, err := r.rehearsal.Export(ctx)
	if err != nil {
		return nil, r.failed(err)
	}
	inv, err := inventory.Read(bytes.NewReader(state))
	if err != nil {
		return nil, r.failed(err)
	}
	result, err := r.judge(ctx, inv)
	if err != nil {
		return nil, r.failed(err)
	}
	r.screen.end(result.Verdict != gate.Broken, "%d resources, %s", len(inv.Resources), tally(result))
	return result, nil
}

func (r *run) judge(ctx context.Context, inv *inventory.Inventory) (*gate.Result, error) {
	inv.Promises, inv.Means = r.declaration.Canonical(), r.declaration.Means
	inventory.Resolve(inv, azure.Subscription)
	return r.gate.Judge(ctx, inv, r.declaration, clock.Now())
}

// stopped ends a step of the engine that failed, with what the engine said; when
// we were told to stop, that says enough.
func (r *run) stopped(ctx context.Context, result rehearsal.Result, err error) error {
	err = r.failed(err)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	fmt.Fprintln(&marked{out: r.Out}, strings.TrimSpace(result.Log))
	return err
}

// failed ends the step under way and gives the error back.
func (r *run) failed(err error) error {
	r.screen.end(false, "")
	return err
}

// table prints the estate's promises as they were judged.
func (r *run) table(result *gate.Result) error {
	var text bytes.Buffer
	if err := (report.Text{Colour: r.Colour}).Output(&text, result); err != nil {
		return err
	}
	r.screen.say("")
	_, err := text.WriteTo(&marked{out: r.Out})
	return err
}

// hold keeps the deployment until the user has seen enough.
func (r *run) hold(ctx context.Context) error {
	r.screen.say("")
	r.screen.say("the rehearsal's Azure is at %s, its certificate authority in %s", r.rehearsal.Azure.URL(), r.rehearsal.CAFile())
	r.screen.say("its bearer token is %s", r.rehearsal.Azure.Token())
	r.screen.say("interrupt to end it; nothing of it remains")
	<-ctx.Done()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("the rehearsal was held until its time was up: %w", context.Cause(ctx))
	}
	return nil
}

// tally counts a judgement's verdicts, such as "24 kept, 6 not-judged".
func tally(result *gate.Result) string {
	counts := map[gate.Verdict]int{}
	for _, p := range result.Promises {
		counts[p.Verdict]++
	}
	var parts []string
	for _, verdict := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[verdict], verdict))
	}
	return strings.Join(parts, ", ")
}

// Limit is how long a rehearsal may take unless it is told otherwise.
const Limit = 15 * time.Minute
