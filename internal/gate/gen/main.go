// Command gen compiles the policy pack into the file that is built into the
// programs, so that they need not do it each time they are run.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tillit-dev/tillit/internal/gate"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen: "+err.Error())
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: gen FOLDER of the policy pack")
	}
	text, err := gate.Compile(context.Background(), os.DirFS(args[0]))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(args[0], "compiled", "pack"), text, 0o644)
}
