package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/evidence"
)

// resumeOptions are the flags of resume.
type resumeOptions struct {
	place
	signing
	limits
	all  bool
	lost bool
	json bool
}

func (p *program) resumeCommand() *cobra.Command {
	var o resumeOptions
	cmd := &cobra.Command{
		Use:   "resume [RUN]",
		Short: "Take up a run that was cut off: go on with it or clean up",
		Long: `Take up a run that was cut off by a kill, a power loss or a clean-up that failed.
It goes on with the step that was under way if that can be repeated; else what the
run has made is removed and the run is put on record as interrupted.

Without RUN it takes the only run of the estate that is not finished; --all takes
every one. It has to find the folder in which the run was started (--dir).

With --lost it takes up a run that the evidence knows and the folder does not,
since the disk of the machine that ran it is gone. What it has made is removed and
it is put on record as interrupted. Be sure that it does not run any more.

Exit status:
  0  what was resumed passed, or there was nothing to resume
  1  a run missed its objective, or failed
  2  it could not be resumed or cleaned up
  3  a run was only cleaned up, or there was nothing to measure`,
		Example: `  runbook resume
  runbook resume pitr-20260301t120000-1a2b3c4d --estate ledger-no
  runbook resume --all
  runbook resume pitr-20260301t120000-1a2b3c4d --lost --worm https://copies.blob.core.windows.net/evidence`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.all && len(args) > 0:
				return errors.New("name one run or take --all, not both")
			case o.lost && len(args) == 0:
				return errors.New("--lost: name the run")
			}
			return p.resume(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	p.placeFlags(f, &o.place)
	p.signingFlags(f, &o.signing)
	f.BoolVar(&o.all, "all", false, "every run that is not finished")
	f.BoolVar(&o.lost, "lost", false, "the run is on record, but not in --dir, and runs no more: clean up after it")
	limitFlags(f, &o.limits)
	f.BoolVar(&o.json, "json", false, "print each result as JSON")
	return cmd
}

// open is a run that is not finished.
type open struct{ drill, run string }

func (p *program) resume(ctx context.Context, o resumeOptions, args []string) error {
	caps, err := o.caps()
	if err != nil {
		return err
	}
	s, err := p.enter(ctx, o.place)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { fmt.Fprintf(p.stderr, mark(s.rehearsal())+format+"\n", args...) }
	l, err := p.ledger(ctx, s, o.signing, say)
	if err != nil {
		return err
	}
	started, err := l.started(ctx)
	if err != nil {
		return err
	}
	if o.lost {
		if err := adopt(s.state(), started, args[0]); err != nil {
			return err
		}
	}
	runs, err := p.unfinished(s.state())
	if err != nil {
		return err
	}
	chosen, err := choose(runs, args, o.all)
	if err != nil {
		return err
	}
	if len(chosen) == 0 {
		say("there is no run of %s to resume in %s", o.estate, s.state())
		return nil
	}
	var worst error
	for _, r := range chosen {
		if err := p.resumeOne(ctx, s, o, caps, r, started); err != nil {
			worst = worse(worst, fmt.Errorf("resume %s: %w", r.run, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	var status statusError
	if errors.As(worst, &status) {
		return status
	}
	return worst
}

// unfinished are the runs whose journals have no end.
func (p *program) unfinished(s state) ([]open, error) {
	var runs []open
	for _, b := range p.books() {
		ids, err := drill.Unfinished(s.runs(), b.Name)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			runs = append(runs, open{drill: b.Name, run: id})
		}
	}
	return runs, nil
}

// adopt takes over a run that only the evidence knows.
func adopt(s state, started map[string]evidence.Record, run string) error {
	record, ok := started[run]
	if !ok {
		return fmt.Errorf("%w on record: %q", drill.ErrUnknownRun, run)
	}
	err := drill.Adopt(s.runs(), record.Drill, run, record.Time)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is not lost: its journal is in %s; leave --lost out", run, s.runs())
	}
	return err
}

// choose picks the runs to resume.
func choose(runs []open, args []string, all bool) ([]open, error) {
	if len(args) == 1 {
		for _, r := range runs {
			if r.run == args[0] {
				return []open{r}, nil
			}
		}
		return nil, fmt.Errorf("%w that is not finished: %q; %s", drill.ErrUnknownRun, args[0], those(runs))
	}
	if len(runs) > 1 && !all {
		return nil, fmt.Errorf("several runs are not finished: name one, or take --all; %s", those(runs))
	}
	return runs, nil
}

func those(runs []open) string {
	if len(runs) == 0 {
		return "every run is finished"
	}
	text := "not finished are"
	for _, r := range runs {
		text += "\n  " + r.run
	}
	return text
}

func (p *program) resumeOne(ctx context.Context, s *scene, o resumeOptions, caps drill.Options, r open, started map[string]evidence.Record) error {
	book, err := p.book(r.drill)
	if err != nil {
		return err
	}
	asked, known, err := askedFor(started, r.run)
	if err != nil {
		return err
	}
	point, err := asked.at(p.now())
	if err != nil {
		return err
	}
	take := drill.Resume
	d, err := s.build(ctx, p, book, asked.database, point)
	if err == nil && !known {
		err = errors.New("its start is not on record, so what was asked for is not known: run the drill again")
	}
	if err != nil {
		// What it has made can be removed all the same.
		d = drill.Drill{Name: book.Name, Objective: book.Objective(s.declaration), Target: p.target(s.cloud, s.groups()...)}
		why := err
		take = func(ctx context.Context, o drill.Options, d drill.Drill, id string) (*drill.Result, error) {
			return drill.Abandon(ctx, o, d, id, why)
		}
	}
	c, err := p.conduct(ctx, s, o.signing, d, caps, o.json)
	if err != nil {
		return err
	}
	c.run.Store(&r.run)
	_, err = c.do(ctx, func(ctx context.Context, options drill.Options, d drill.Drill) (*drill.Result, error) {
		return take(ctx, options, d, r.run)
	})
	return err
}

// groups are those in which a drill may have made something: the drills' own, and
// those of the database servers, since Azure SQL restores onto the same server.
func (s *scene) groups() []string {
	names := []string{s.estate.Workbench.Name}
	for _, db := range s.estate.Databases {
		names = append(names, db.Server.Group)
		if db.Standby != nil {
			names = append(names, db.Standby.Group)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}

// askedFor is what a run was asked to work on, as its start has it on record. It
// is not known of a run that was cut off before that.
func askedFor(started map[string]evidence.Record, run string) (request, bool, error) {
	record, ok := started[run]
	if !ok {
		return request{}, false, nil
	}
	var body struct{ Database, RestorePoint string }
	if err := json.Unmarshal(record.Body, &body); err != nil {
		return request{}, false, fmt.Errorf("the start of run %s, record %d: %w", run, record.Index, err)
	}
	return request{database: body.Database, point: body.RestorePoint}, true, nil
}

// worse is the error whose exit status says more: that something could not be
// done, then that a drill failed, then that nothing was measured.
func worse(a, b error) error {
	rank := func(err error) int {
		var status statusError
		switch {
		case err == nil:
			return 0
		case !errors.As(err, &status):
			return 3
		case status == exitFailed:
			return 2
		}
		return 1
	}
	if rank(b) > rank(a) {
		return b
	}
	if rank(a) == 3 && rank(b) == 3 {
		return errors.Join(a, b)
	}
	return a
}
