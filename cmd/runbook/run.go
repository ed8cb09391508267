package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/present"
)

// What the caps are where no flag says otherwise. A run and its clean-up fit in
// the twelve hours that an estate's scheduled job has.
const (
	usualTimeCap    = 9 * time.Hour
	usualCleanUpCap = 2 * time.Hour
	usualCostCap    = 25.0 // euros
)

// request is what a drill is asked to work on.
type request struct {
	database string
	point    string
}

func requestFlags(f *pflag.FlagSet, r *request) {
	databaseFlag(f, &r.database)
	f.StringVar(&r.point, "point", "", "the `TIME` to restore to, RFC 3339 such as 2026-03-01T12:00:00Z (default: the newest that serves)")
}

func databaseFlag(f *pflag.FlagSet, name *string) {
	f.StringVar(name, "database", "", "of two databases that are kept apart: financial or identity (default: the first)")
}

func knownDatabase(name string) error {
	if !slices.Contains([]string{"", "financial", "identity"}, name) {
		return fmt.Errorf("--database %q: want financial or identity", name)
	}
	return nil
}

// runOptions are the flags of run.
type runOptions struct {
	place
	signing
	request
	limits
	confirm string
	json    bool
}

// limits are the caps of a run.
type limits struct {
	timeCap    time.Duration
	cleanUpCap time.Duration
	costCap    float64
}

func limitFlags(f *pflag.FlagSet, l *limits) {
	f.DurationVar(&l.timeCap, "time-cap", usualTimeCap, "stop the run this long after it began, and clean up")
	f.DurationVar(&l.cleanUpCap, "clean-up-cap", usualCleanUpCap, "stop the clean-up after this time")
	f.Float64Var(&l.costCap, "cost-cap", usualCostCap, "stop the run before it costs more than this many `EUR`")
}

func (p *program) runCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run DRILL",
		Short: "Run a drill, measure it, clean up and put it on record",
		Long: `Run a drill: carry out its steps, measure recovery point and time, remove what it
has made, and put its start, its steps and its end on record in the estate's
evidence.

What a run makes lies in the estate's own resource group for drills, under the
run's marker, and nothing without that marker is ever deleted. Before each act its
intent is on disk, so that a run that is killed can be taken up with runbook
resume. Ctrl-C stops a run and cleans up; pressed again it stops that too, and
says what is left.

Production has to be confirmed by name: --confirm ESTATE. A rehearsal does not.

On a terminal a table of the steps is redrawn in place; elsewhere each event is a
line, and the last one is JSON for the estate's alarm on drills that fail:
{"event":"drill-finished",...}. With --json, standard output has the result only.

Exit status:
  0  it passed
  1  it missed its objective, or failed
  2  it could not be run, or not be put on record or cleaned up: bad input, bad
     usage, not signed in, no permission, copies that failed
  3  it was interrupted, or there was nothing behind the endpoint to measure`,
		Example: `  runbook run pitr --estate ledger-no --confirm ledger-no
  runbook run pitr --confirm ledger-no --point 2026-03-01T12:00:00Z
  runbook run region --confirm ledger-no --time-cap 4h --cost-cap 10`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.reported(args[0], o.json, func() (*drill.Result, error) { return p.runDrill(cmd.Context(), o, args[0]) })
		},
	}
	f := cmd.Flags()
	p.placeFlags(f, &o.place)
	p.signingFlags(f, &o.signing)
	requestFlags(f, &o.request)
	f.StringVar(&o.confirm, "confirm", "", "the `ESTATE`'s name again, where it is production")
	limitFlags(f, &o.limits)
	f.BoolVar(&o.json, "json", false, "print the result as JSON")
	return cmd
}

// reported tells the estate's alarm what came of a drill, whatever it was.
func (p *program) reported(name string, quiet bool, do func() (*drill.Result, error)) error {
	result, err := do()
	if quiet || terminal(p.stdout) {
		return err
	}
	event := drillFinished{Event: "drill-finished", Drill: name, Result: "not-run"}
	if result != nil {
		event.Run, event.Result = result.Run, string(result.Outcome)
	}
	var status statusError
	if err != nil && !errors.As(err, &status) {
		event.Cause = present.Line(err.Error())
		if event.Result == string(evidence.Passed) {
			event.Result = "not-recorded"
		}
	}
	return errors.Join(err, writeEvent(p.stdout, event))
}

func (p *program) runDrill(ctx context.Context, o runOptions, name string) (*drill.Result, error) {
	book, err := p.book(name)
	if err != nil {
		return nil, err
	}
	options, err := o.caps()
	if err != nil {
		return nil, err
	}
	point, err := o.at(p.now())
	if err != nil {
		return nil, err
	}
	looking, done := context.WithTimeoutCause(ctx, o.timeCap, fmt.Errorf("%w before anything was done", drill.ErrTimeCap))
	defer done()
	s, err := p.enter(looking, o.place)
	if err != nil {
		return nil, err
	}
	if err := confirmed(s, o.confirm, name); err != nil {
		return nil, err
	}
	d, err := s.build(looking, p, book, o.database, point)
	if err != nil {
		return nil, err
	}
	c, err := p.conduct(ctx, s, o.signing, d, options, o.json)
	if err != nil {
		return nil, err
	}
	c.ledger.request = map[string]any{}
	if o.database != "" {
		c.ledger.request[keyDatabase] = o.database
	}
	if !point.IsZero() {
		c.ledger.request[keyPoint] = point.UTC().Format(time.RFC3339Nano)
	}
	return c.do(ctx, drill.Start)
}

// What was asked for, in the record of a run's start.
const (
	keyDatabase = "database"
	keyPoint    = "restorePoint"
)

func (l limits) caps() (drill.Options, error) {
	switch {
	case l.timeCap <= 0:
		return drill.Options{}, fmt.Errorf("--time-cap %v: it must be longer than nothing", l.timeCap)
	case l.cleanUpCap <= 0:
		return drill.Options{}, fmt.Errorf("--clean-up-cap %v: it must be longer than nothing", l.cleanUpCap)
	case !(l.costCap >= 0 && l.costCap <= 1e6):
		return drill.Options{}, fmt.Errorf("--cost-cap %v: want an amount in euros, from 0", l.costCap)
	}
	return drill.Options{TimeCap: l.timeCap, CostCap: drill.Cents(math.Round(l.costCap * 100)), CleanUpCap: l.cleanUpCap}, nil
}

// at is the point to restore to, zero for the newest.
func (r request) at(now time.Time) (time.Time, error) {
	if err := knownDatabase(r.database); err != nil {
		return time.Time{}, err
	}
	if r.point == "" {
		return time.Time{}, nil
	}
	point, err := time.Parse(time.RFC3339, r.point)
	if err != nil {
		return point, fmt.Errorf("--point %q: want RFC 3339, such as %s", r.point, now.UTC().Add(-time.Hour).Format(time.RFC3339))
	}
	if point.After(now) {
		return point, fmt.Errorf("--point %s lies in the future: it is %s", r.point, now.UTC().Format(time.RFC3339))
	}
	return point, nil
}

// confirmed wants production's name where it is production.
func confirmed(s *scene, confirm, drillName string) error {
	switch {
	case confirm != "" && confirm != s.at.estate:
		return fmt.Errorf("--confirm %s, but the estate is %s", confirm, s.at.estate)
	case confirm == "" && !s.rehearsal():
		return fmt.Errorf("%s is production (subscription %s). To see what would be done: runbook plan %s --estate %s. To do it, add --confirm %s",
			s.at.estate, s.cloud.Subscription, drillName, s.at.estate, s.at.estate)
	}
	return nil
}

// conductor takes a drill through a run, in sight of whoever watches.
type conductor struct {
	p       *program
	scene   *scene
	drill   drill.Drill
	options drill.Options
	ledger  *ledger
	out     io.Writer // where the run is shown
	json    bool
	board   *present.Board
	run     atomic.Pointer[string] // its id, once it has one
}

func (p *program) conduct(ctx context.Context, s *scene, o signing, d drill.Drill, options drill.Options, json bool) (*conductor, error) {
	c := &conductor{p: p, scene: s, drill: d, options: options, out: p.stdout, json: json}
	if json {
		c.out = p.stderr
	}
	var err error
	if c.ledger, err = p.ledger(ctx, s, o, c.say); err != nil {
		return nil, err
	}
	c.options.Dir, c.options.Now, c.options.Record = s.state().runs(), p.now, c.ledger.record
	return c, nil
}

// say shows a line about the run as a whole.
func (c *conductor) say(format string, args ...any) {
	if c.board != nil {
		c.board.Note(format, args...)
		return
	}
	fmt.Fprintf(present.Prefixed(c.out, mark(c.scene.rehearsal())), format+"\n", args...)
}

// do runs the drill with Start or a form of Resume, and tells what came of it.
func (c *conductor) do(ctx context.Context, run func(context.Context, drill.Options, drill.Drill) (*drill.Result, error)) (*drill.Result, error) {
	title := fmt.Sprintf("%s of %s", c.drill.Name, c.scene.at.estate)
	board := present.New(c.out, title, c.drill, boardOptions(c.out, mark(c.scene.rehearsal()), c.p))
	c.board = board
	c.options.Progress = func(e drill.Event) {
		c.run.Store(&e.Run)
		board.Event(e)
	}
	c.p.board.Store(board)
	c.p.interrupt.Store(new(func() {
		board.Note("interrupted: stopping, then removing what this run has made (Ctrl-C again leaves it)")
	}))
	c.p.insist.Store(new(func() {
		board.Close()
		c.insisted()
	}))
	result, err := run(ctx, c.options, c.drill)
	c.p.interrupt.Store(nil)
	c.p.insist.Store(nil)
	c.p.board.Store(nil)
	board.Close()
	c.board = nil
	return result, c.conclude(result, err)
}

// insisted is what happens at the second Ctrl-C.
func (c *conductor) insisted() {
	out := present.Prefixed(c.p.stderr, mark(c.scene.rehearsal()))
	run := c.run.Load()
	if run == nil {
		fmt.Fprintln(out, "stopped at once, before anything was made")
		return
	}
	fmt.Fprintf(out, "stopped at once; run %s is not cleaned up\n", *run)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	left, err := c.drill.Target.Marked(ctx, "tillit-"+*run)
	switch {
	case err != nil:
		fmt.Fprintf(out, "what is left could not be listed: %v\n", present.Line(explained(err).Error()))
	case len(left) == 0:
		fmt.Fprintln(out, "nothing that it has made is left")
	default:
		fmt.Fprintln(out, "left are:")
		for _, id := range left {
			fmt.Fprintln(out, "  "+id)
		}
	}
	fmt.Fprintln(out, c.howToResume())
}

func (c *conductor) howToResume() string {
	command := "to clean up: runbook resume"
	if run := c.run.Load(); run != nil {
		command += " " + *run
	}
	return command + " --estate " + c.scene.at.estate
}

// conclude prints the result and finds the exit status.
func (c *conductor) conclude(result *drill.Result, err error) error {
	if result == nil {
		if errors.Is(err, drill.ErrCleanUp) {
			return fmt.Errorf("%w\n%s", explained(err), c.howToResume())
		}
		return explained(err)
	}
	if printErr := c.print(result); printErr != nil {
		return printErr
	}
	switch {
	case c.ledger.unrecorded != nil:
		return fmt.Errorf("the run is not wholly on record: %w", explained(c.ledger.unrecorded))
	case c.ledger.uncopied != nil:
		return c.ledger.uncopied
	case result.Outcome == evidence.Passed && err != nil:
		return explained(err)
	case errors.Is(err, cloud.ErrCredentials) || errors.Is(err, cloud.ErrForbidden):
		return explained(err)
	}
	return statusOf(result.Outcome)
}

func statusOf(o evidence.Outcome) error {
	switch o {
	case evidence.Passed:
		return nil
	case evidence.Unmeasured, evidence.Interrupted:
		return statusError(exitUnmeasured)
	}
	return statusError(exitFailed)
}

func (c *conductor) print(result *drill.Result) error {
	if c.json {
		return writeJSON(c.p.stdout, struct {
			Estate    string `json:"estate"`
			Rehearsal bool   `json:"rehearsal"`
			*drill.Result
		}{c.scene.at.estate, c.scene.rehearsal(), result})
	}
	_, err := io.WriteString(present.Prefixed(c.out, mark(c.scene.rehearsal())), summary(c.scene.at.estate, result, c.ledger.dir))
	return err
}
