// Command tillit reads what an estate promises, collects what it deploys and
// judges the one by the other.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses, a contract that scripts rely on.
const (
	exitKept         = 0 // every promise kept, attested or waived
	exitBroken       = 1 // a promise is broken
	exitCannot       = 2 // the command could not judge
	exitUndetermined = 3 // nothing broken, something undetermined or overdue
)

const exitHelp = `
Exit status:
  0  every promise kept, attested or waived
  1  a promise is broken
  2  the command could not judge: bad input, bad usage, an internal fault
  3  nothing broken, but something is undetermined or overdue`

// verdictError carries an exit status that is a verdict, not a fault; nothing
// more is printed for it.
type verdictError int

func (v verdictError) Error() string { return fmt.Sprintf("exit status %d", int(v)) }

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use:           "tillit",
		Short:         "Hold a deployment to the promises on its trust page",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(promisesCommand(), planCommand(), checkCommand(), explainCommand())
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var verdict verdictError
	switch {
	case err == nil:
		return exitKept
	case errors.As(err, &verdict):
		return int(verdict)
	default:
		fmt.Fprintln(os.Stderr, "tillit: "+err.Error())
		return exitCannot
	}
}
