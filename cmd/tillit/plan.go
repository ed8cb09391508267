package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/monitor"
	"github.com/tillit-dev/tillit/promises"
)

// planOptions say which program to plan, and as which stack.
type planOptions struct {
	estate  string
	stacks  string
	program string
	timeout time.Duration

	// For a program that is not the estate's.
	project    string
	stack      string
	configFile string
	answers    []string
}

func planCommand() *cobra.Command {
	var o planOptions
	var out string
	cmd := &cobra.Command{
		Use:   "plan [flags] [-- COMMAND [ARG...]]",
		Short: "Collect what an estate's program would deploy",
		Long: `Collect what an estate's program would deploy, as an inventory in JSON.

The program runs as it would under Pulumi, but against a monitor of tillit's own:
no cloud account, no Pulumi CLI, no backend and no provider plugin take part.
Ids that follow from names are filled in; what only the cloud knows is marked
{"$unknown": true}. A secret leaves {"$secret": true} and nothing else. Secrets
of the stack file are not decrypted: the program gets a stand-in for each.

After -- any compiled Pulumi program can be planned. Its project and config come
from the Pulumi.yaml and Pulumi.STACK.yaml around it, where there are any. What
it asks of functions that only a provider can answer must be given by --answer.
` + exitPlan,
		Example: `  tillit plan --out inventory.json
  tillit plan --estate ledger-no | tillit check --input -
  tillit plan --stack dev --answer 'aws:ec2/getAmi:getAmi={"id": "ami-1"}' -- ./program`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && cmd.ArgsLenAtDash() != 0 {
				return fmt.Errorf("unexpected argument %q; a program to plan goes after --", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			inv, err := o.plan(cmd, args)
			if err != nil {
				return fmt.Errorf("plan: %w", err)
			}
			data, err := inv.Encode()
			if err != nil {
				return fmt.Errorf("plan: %w", err)
			}
			return writeOutput(cmd.OutOrStdout(), out, data)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.estate, "estate", "ledger-no", "the estate: `NAME` of a stack file Pulumi.NAME.yaml")
	f.StringVar(&o.stacks, "stacks", "stacks", "`DIR` of the stack files")
	f.StringVar(&o.program, "program", "", "the estate program (default: estate beside this binary, else bin/estate)")
	f.DurationVar(&o.timeout, "timeout", monitor.DefaultTimeout, "how long the program may take")
	f.StringVar(&out, "out", "", "write to `FILE` instead of standard output")
	f.StringVar(&o.project, "project", "", "with --: the project's `NAME` (default: from Pulumi.yaml, else the command's)")
	f.StringVar(&o.stack, "stack", "plan", "with --: the stack's `NAME`")
	f.StringVar(&o.configFile, "config-file", "", "with --: the stack's `FILE` (default: Pulumi.STACK.yaml if there is one)")
	f.StringArrayVar(&o.answers, "answer", nil, "the result of a function: `TOKEN={json}`, or TOKEN=unknown (repeatable)")
	return cmd
}

const exitPlan = `
Exit status:
  0  the inventory is written
  2  the program could not be planned: bad input, bad usage, a fault of the program`

// plan runs the estate's program, or the command that is given.
func (o *planOptions) plan(cmd *cobra.Command, command []string) (*inventory.Inventory, error) {
	foreign := len(command) > 0
	for _, name := range []string{"project", "stack", "config-file"} {
		if !foreign && cmd.Flags().Changed(name) {
			return nil, fmt.Errorf("--%s is for a program given after --; an estate is named by --estate", name)
		}
	}
	for _, name := range []string{"estate", "stacks", "program"} {
		if foreign && cmd.Flags().Changed(name) {
			return nil, fmt.Errorf("--%s is for an estate; a program given after -- has --stack and --config-file", name)
		}
	}
	opts, err := o.options(cmd.ErrOrStderr())
	if err != nil {
		return nil, err
	}
	if foreign {
		return o.ofCommand(cmd.Context(), opts, command)
	}
	return o.ofEstate(cmd.Context(), opts)
}

// planEstate plans an estate with the program that was built for it, as check
// does when it is given nothing to judge.
func planEstate(ctx context.Context, estate, stacks string) (*inventory.Inventory, error) {
	o := planOptions{estate: estate, stacks: stacks, timeout: monitor.DefaultTimeout}
	opts, err := o.options(os.Stderr)
	if err != nil {
		return nil, err
	}
	return o.ofEstate(ctx, opts)
}

// options are what both kinds of program have in common.
func (o *planOptions) options(stderr io.Writer) (monitor.Options, error) {
	if o.timeout <= 0 {
		return monitor.Options{}, fmt.Errorf("--timeout %v: it must be longer than nothing", o.timeout)
	}
	answers, err := parseAnswers(o.answers)
	return monitor.Options{Answers: answers, Log: stderr, Progress: progress(stderr)}, err
}

// ofEstate plans an estate with its stack file's promises.
func (o *planOptions) ofEstate(ctx context.Context, opts monitor.Options) (*inventory.Inventory, error) {
	declaration, err := promises.Load(promises.Path(o.stacks, o.estate))
	if err != nil {
		return nil, err
	}
	program := o.program
	if program == "" {
		if program, err = estateProgram(); err != nil {
			return nil, err
		}
	}
	if err := configure(&opts, o.stacks, "tillit", o.estate, declaration.File); err != nil {
		return nil, err
	}
	inv, err := monitor.Run(ctx, opts, "", o.timeout, program)
	if err != nil {
		return nil, err
	}
	declare(inv, declaration)
	return inv, nil
}

// ofCommand plans any program, run in the current folder.
func (o *planOptions) ofCommand(ctx context.Context, opts monitor.Options, command []string) (*inventory.Inventory, error) {
	name := o.project
	if name == "" {
		base := filepath.Base(command[0])
		name = strings.TrimSuffix(base, filepath.Ext(base))
	}
	file := o.configFile
	if file == "" {
		file = "Pulumi." + o.stack + ".yaml"
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			file = ""
		}
	}
	if err := configure(&opts, ".", name, o.stack, file); err != nil {
		return nil, err
	}
	if o.project != "" {
		opts.Project = o.project
	}
	inv, err := monitor.Run(ctx, opts, "", o.timeout, command...)
	if err != nil {
		return nil, err
	}
	if _, promised := opts.Config["tillit:promises"]; promised {
		declaration, err := promises.FromConfig(o.stack, opts.Config)
		if err != nil {
			return nil, err
		}
		declare(inv, declaration)
	}
	return inv, nil
}

// configure names the project and the stack and reads their configuration. The
// project's file is looked for in dir and above it; without one the project is
// called otherwise.
func configure(opts *monitor.Options, dir, otherwise, stack, file string) error {
	project, found, err := monitor.FindProject(dir)
	if err != nil {
		return err
	}
	opts.Stack, opts.Root, opts.Project = stack, ".", otherwise
	opts.Config = map[string]string{}
	if found {
		opts.Project, opts.Root = project.Name, project.Dir
		maps.Copy(opts.Config, project.Config)
	}
	if file == "" {
		return nil
	}
	config, secret, err := monitor.ReadConfig(file, opts.Project)
	if err != nil {
		return err
	}
	maps.Copy(opts.Config, config)
	opts.SecretKeys = secret
	return nil
}

// declare puts what is promised beside what is planned.
func declare(inv *inventory.Inventory, d *promises.Declaration) {
	inv.Promises = d.Canonical()
	inv.Means = d.Means
}

// estateProgram finds the program that composes the estates.
func estateProgram() (string, error) {
	name := "estate"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	var places []string
	if self, err := os.Executable(); err == nil {
		places = append(places, filepath.Join(filepath.Dir(self), name))
	}
	places = append(places, filepath.Join("bin", name))
	for _, place := range places {
		if info, err := os.Stat(place); err == nil && info.Mode().IsRegular() {
			return filepath.Abs(place)
		}
	}
	return "", fmt.Errorf("there is no estate program at %s; build it with `make build` or name it with --program",
		strings.Join(places, " or "))
}

// parseAnswers reads --answer flags.
func parseAnswers(flags []string) (map[string]map[string]any, error) {
	answers := map[string]map[string]any{}
	for _, flag := range flags {
		token, value, ok := strings.Cut(flag, "=")
		if !ok || token == "" {
			return nil, fmt.Errorf("--answer %q: it must be TOKEN={json} or TOKEN=unknown", flag)
		}
		var result map[string]any
		if value != "unknown" {
			if err := json.Unmarshal([]byte(value), &result); err != nil {
				return nil, fmt.Errorf("--answer %s: the result must be a JSON object: %w", token, err)
			}
		}
		answers[token] = result
	}
	return answers, nil
}

// progress counts registrations on a terminal; elsewhere nothing is shown.
func progress(stderr io.Writer) func(int) {
	file, ok := stderr.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func(registered int) {
		if registered%10 == 0 {
			_, _ = fmt.Fprintf(file, "\r%d resources\x1b[K\r", registered)
		}
	}
}

// writeOutput writes to a file, or to out when none is named. A file appears
// whole or not at all; what is more than a file, a device or a link, is written
// through and not replaced.
func writeOutput(out io.Writer, file string, data []byte) error {
	if file == "" {
		_, err := out.Write(data)
		return err
	}
	write := replaceFile
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		write = func(file string, data []byte) error { return os.WriteFile(file, data, 0o644) }
	}
	if err := write(file, data); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// replaceFile writes a file beside the one that is meant and renames it.
func replaceFile(file string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(file), ".tillit-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone already when all went well
	_, err = temporary.Write(data)
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(temporary.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	return err
}
