package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"time"

	"github.com/spf13/pflag"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/present"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/runbooks"
)

// place is which estate a command is about, and where what is known of it lies.
type place struct {
	estate string
	stacks string
	dir    string // empty for the usual one
}

func (p *program) placeFlags(f *pflag.FlagSet, at *place) {
	f.StringVar(&at.estate, "estate", cmp.Or(p.getenv("TILLIT_ESTATE"), "ledger-no"), "the estate's `NAME`")
	f.StringVar(&at.stacks, "stacks", cmp.Or(p.getenv("TILLIT_STACKS"), "stacks"), "`DIR` of the stack files")
	f.StringVar(&at.dir, "dir", p.getenv("TILLIT_DIR"), "`DIR` of the estate's runs, evidence and keys (default .tillit/ESTATE)")
}

// rehearsalFlag is for commands that ask no cloud whether it is a rehearsal.
func rehearsalFlag(f *pflag.FlagSet, rehearsal *bool) {
	f.BoolVar(rehearsal, "rehearsal", false, "the evidence of the estate's rehearsals, not of the estate")
}

var estateName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// named refuses a name that cannot be an estate's, or leads out of a folder.
func (at place) named() error {
	if !estateName.MatchString(at.estate) {
		return fmt.Errorf("--estate %q: want small letters, digits and dashes, at most 63", at.estate)
	}
	return nil
}

func (at place) declaration() (*promises.Declaration, error) {
	if err := at.named(); err != nil {
		return nil, err
	}
	return promises.Load(promises.Path(at.stacks, at.estate))
}

// state is the folder of what is kept of an estate's drills.
type state string

func (at place) state(rehearsal bool) state {
	switch {
	case at.dir != "":
		return state(at.dir)
	case rehearsal:
		return state(filepath.Join(".tillit", "rehearsal", at.estate))
	}
	return state(filepath.Join(".tillit", at.estate))
}

func (s state) runs() string     { return filepath.Join(string(s), "runs") }
func (s state) evidence() string { return filepath.Join(string(s), "evidence") }
func (s state) key() string      { return filepath.Join(string(s), "key.pem") }
func (s state) witness() string  { return filepath.Join(string(s), "witness") }
func (s state) pinned() string   { return filepath.Join(string(s), "keys") }

func (at place) identity(rehearsal bool) evidence.Identity {
	return evidence.Identity{Estate: at.estate, Rehearsal: rehearsal}
}

// mark stands before each line that is about a rehearsal.
func mark(rehearsal bool) string {
	if rehearsal {
		return "rehearsal | "
	}
	return ""
}

// scene is an estate that the program has connected to.
type scene struct {
	at          place
	declaration *promises.Declaration
	cloud       *cloud.Cloud
	estate      *estate.Estate
}

// lookCap is how long reading an estate may take. An Azure that throttles without
// end would have a command wait as long.
const lookCap = 15 * time.Minute

func looking(ctx context.Context, estate string) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, lookCap, fmt.Errorf("%s could not be read within %v: try again when Azure answers", estate, lookCap))
}

// enter reads the stack file, connects and finds the estate. It only reads.
func (p *program) enter(ctx context.Context, at place) (*scene, error) {
	ctx, done := looking(ctx, at.estate)
	defer done()
	d, err := at.declaration()
	if err != nil {
		return nil, err
	}
	options, err := cloud.FromEnvironment()
	if err != nil {
		return nil, err
	}
	options.Waiting = p.waiting
	c, err := p.connect(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("connect to Azure: %w", err)
	}
	e, err := p.find(ctx, c, d)
	if errors.Is(err, estate.ErrNotDeployed) {
		return nil, fmt.Errorf("find %s: %w: subscription %s has nothing with the tag estate=%s; deploy it, or set AZURE_SUBSCRIPTION_ID", at.estate, err, options.Subscription, at.estate)
	}
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", at.estate, err)
	}
	return &scene{at: at, declaration: d, cloud: c, estate: e}, nil
}

// waiting tells whoever watches that Azure lets a request wait.
func (p *program) waiting(reason string, wait time.Duration) {
	if b := p.board.Load(); b != nil {
		b.Note("waiting %s: %s", present.Duration(wait), reason)
		return
	}
	fmt.Fprintf(p.stderr, "waiting %s: %s\n", present.Duration(wait), present.Line(reason))
}

func (s *scene) rehearsal() bool             { return s.cloud.Rehearsal }
func (s *scene) state() state                { return s.at.state(s.rehearsal()) }
func (s *scene) identity() evidence.Identity { return s.at.identity(s.rehearsal()) }

// book finds a drill by its name.
func (p *program) book(name string) (runbooks.Runbook, error) {
	var names []string
	for _, b := range p.books() {
		if b.Name == name {
			return b, nil
		}
		names = append(names, b.Name)
	}
	return runbooks.Runbook{}, fmt.Errorf("there is no drill %q: %s", name, promises.Suggest(name, names))
}

// applies tells whether an estate has promised anything that the drill measures.
func applies(b runbooks.Runbook, d *promises.Declaration) bool {
	for _, id := range b.Promises {
		if d.Has(id) {
			return true
		}
	}
	return false
}

// due are the drills that apply, and how often each has to pass.
func (p *program) due(d *promises.Declaration) (names []string, every time.Duration) {
	for _, b := range p.books() {
		if applies(b, d) {
			names = append(names, b.Name)
		}
	}
	return names, d.Params("backup.tested").Duration("every")
}
