package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/present"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/runbooks"
)

// Exit statuses, a contract that scripts rely on.
const (
	exitPassed     = 0 // it passed
	exitFailed     = 1 // a drill missed its objective or failed, or evidence has a fault
	exitCannot     = 2 // the command could not do its work
	exitUnmeasured = 3 // nothing failed, but nothing was measured, or something is overdue or unfinished
)

const long = `Run an estate's drills: restore, fail over and attack what its promises speak of,
measure what comes of it, clean up, and keep signed evidence.

The estate is read from its stack file, the drills' objectives from its promises.
Azure is the subscription in AZURE_SUBSCRIPTION_ID; who signs in is what the
Azure SDK finds: a workload identity, a managed identity (AZURE_CLIENT_ID picks
one) or the Azure CLI. AZURE_RESOURCE_MANAGER_ENDPOINT names another Resource
Manager than that of Azure's public cloud.

What is kept lies in .tillit/ESTATE, a rehearsal's in .tillit/rehearsal/ESTATE:
runs/ (what resume needs), evidence/, key.pem, witness/ and keys (those pinned).

Each of these flags may come from the environment instead:
  --estate TILLIT_ESTATE       --stacks TILLIT_STACKS   --dir TILLIT_DIR
  --key TILLIT_KEY (to sign)   --vault-key TILLIT_VAULT_KEY
  --pinned TILLIT_PINNED       --witness TILLIT_WITNESS (blanks between several)
  --worm TILLIT_WORM

Exit status:
  0  it passed, or what was asked for was done
  1  a drill missed its objective or failed, or the evidence has a fault
  2  it could not be done: bad input, bad usage, an internal fault, not signed in,
     no permission
  3  nothing failed, but nothing was measured, or something is overdue or unfinished`

// statusError carries an exit status that is a result, not a fault; nothing more
// is printed for it.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// program is what the commands touch outside themselves.
type program struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
	books          func() []runbooks.Runbook
	connect        func(context.Context, cloud.Options) (*cloud.Cloud, error)
	find           func(context.Context, *cloud.Cloud, *promises.Declaration) (*estate.Estate, error)
	target         func(c *cloud.Cloud, groups ...string) drill.Target
	sqlBeat        func(ctx context.Context, c *cloud.Cloud, host, database string) (heartbeat.Beat, error)
	sqlPrepare     func(ctx context.Context, c *cloud.Cloud, host, database, login string) error

	board   atomic.Pointer[present.Board] // of the run that is under way
	signals <-chan os.Signal
	exit    func(int)
	// interrupt, when set, says what happens at the first signal, and insist at
	// the next, after which the program ends.
	interrupt, insist atomic.Pointer[func()]
}

func main() {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	p := &program{
		stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, now: clock.Now,
		books: runbooks.All, connect: cloud.Connect, find: estate.Find, target: (*cloud.Cloud).Target,
		sqlBeat: runbooks.SQLBeat, sqlPrepare: runbooks.SQLPrepare,
		signals: signals, exit: os.Exit,
	}
	os.Exit(p.run(os.Args[1:]))
}

func (p *program) run(args []string) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	done := make(chan struct{})
	defer close(done)
	go p.watch(cancel, done)
	root := &cobra.Command{
		Use:           "runbook",
		Short:         "Run an estate's drills and keep their evidence",
		Long:          long,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(p.listCommand(), p.planCommand(), p.runCommand(), p.resumeCommand(), p.historyCommand(),
		p.verifyCommand(), p.heartbeatCommand(), p.keyCommand(), p.witnessCommand(), p.copyCommand())
	root.SetArgs(args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	err := root.ExecuteContext(ctx)
	var status statusError
	switch {
	case err == nil:
		return exitPassed
	case errors.As(err, &status):
		return int(status)
	default:
		fmt.Fprintln(p.stderr, "runbook: "+explain(err))
		return exitCannot
	}
}

// watch ends ctx at the first signal and the program at the second.
func (p *program) watch(cancel context.CancelCauseFunc, done <-chan struct{}) {
	for _, hook := range []*atomic.Pointer[func()]{&p.interrupt, &p.insist} {
		select {
		case <-done:
			return
		case s := <-p.signals:
			cancel(fmt.Errorf("%w by a signal (%s)", context.Canceled, s))
		}
		if say := hook.Load(); say != nil {
			(*say)()
		} else if hook == &p.insist {
			fmt.Fprintln(p.stderr, "runbook: stopped at once")
		}
	}
	p.exit(exitCannot)
}
