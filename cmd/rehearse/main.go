package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/rehearsal/sequence"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/stacks"
)

const long = `Rehearse applies an estate with the real Pulumi engine to a stand-in Azure on
this machine. The plan is judged; a variant that lacks a promise is refused; the
estate is applied, applied again to no effect and judged as deployed. It is given
made-up data, the drills restore, fail over and attack it, and it is removed.

Behind the stand-in are a real PostgreSQL with real backups and real blobs, so the
drills move real bytes and take real time; an Azure SQL has a control plane only,
and nothing is measured on it. What is measured says how well the drill works, not
how fast Azure is.

It needs no Azure account and uses none. Everything it prints is marked as a
rehearsal, and nothing of it remains: no process, and no file outside the checkout.
The drills' evidence is kept in .tillit/rehearsal, apart from any production's.

Exit status:
  0  every promise kept, attested or waived
  1  a promise is broken, or a drill failed or missed its objective
  2  the rehearsal could not be brought to its end, or went otherwise than it must
  3  nothing broken, but something is undetermined or overdue`

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var options sequence.Options
	var drills string
	var limit time.Duration
	var verdict gate.Verdict
	cmd := &cobra.Command{
		Use:           "rehearse",
		Short:         "Apply an estate to a stand-in Azure on this machine",
		Long:          long,
		Example:       "  rehearse\n  rehearse --estate ledger-no --keep\n  rehearse --drills pitr,documents\n  rehearse --drills none",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit <= 0 {
				return fmt.Errorf("--timeout %v: it must be longer than nothing", limit)
			}
			if drills != "none" {
				options.Drills = strings.Split(drills, ",")
			}
			ctx, cancel := context.WithTimeoutCause(cmd.Context(), limit, fmt.Errorf("not done within %v (--timeout)", limit))
			defer cancel()
			var err error
			verdict, err = sequence.Run(ctx, complete(options))
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Estate, "estate", "ledger-no", "the estate's `NAME`")
	flags.StringVar(&options.Stacks, "stacks", "stacks", "`DIR` of the stack files")
	flags.StringVar(&options.Policies, "policies", "policies", "`DIR` of the policy pack")
	flags.StringVar(&drills, "drills", strings.Join(sequence.Usual, ","), "the `DRILLS` to run on what is deployed, with commas between them; none for none")
	flags.BoolVar(&options.Keep, "keep", false, "leave the deployment up until interrupted")
	flags.DurationVar(&limit, "timeout", sequence.Limit, "how long it may take in all")
	cmd.SetArgs(args)
	if err := cmd.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "rehearse: "+err.Error())
		return 2
	}
	return status(verdict)
}

func status(v gate.Verdict) int {
	switch v {
	case gate.Kept, gate.Attested, gate.Waived:
		return 0
	case gate.Broken:
		return 1
	case gate.Undetermined, gate.Overdue:
		return 3
	}
	fmt.Fprintf(os.Stderr, "rehearse: the verdict %q has no exit status\n", v)
	return 2
}

// complete fills in what the flags do not say.
func complete(o sequence.Options) sequence.Options {
	o.Root = "."
	o.Program = stacks.Program
	o.Plan = []string{filepath.Join("bin", "estate")}
	o.Broken = func(without promises.ID) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			d, err := promises.Load(promises.Path(o.Stacks, o.Estate))
			if err != nil {
				return err
			}
			d.Promises = maps.Clone(d.Promises)
			delete(d.Promises, without)
			return stacks.Estate(ctx, d)
		}
	}
	o.Out = os.Stdout
	o.Terminal = term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("TERM") != "dumb"
	o.Colour = o.Terminal && os.Getenv("NO_COLOR") == ""
	return o
}
