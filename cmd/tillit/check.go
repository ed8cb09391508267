package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/report"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
)

// checkOptions are the flags of check and what it reads besides files.
type checkOptions struct {
	estate   string
	explicit bool // --estate was given
	stacks   string
	inputs   []string
	policies string
	format   string
	out      string
	baseline string

	stdin  *os.File
	stdout io.Writer
	stderr io.Writer
	plan   func(ctx context.Context, estate, stacks string) (*inventory.Inventory, error)
	now    func() time.Time
}

// docs is where the pages of the rules that are built in are read.
const docs = "https://github.com/tillit-dev/tillit/blob/main/docs/rules/"

func checkCommand() *cobra.Command {
	o := checkOptions{stdin: os.Stdin, plan: planEstate, now: clock.Now}
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Judge an estate by its promises",
		Long: `Judge what an estate deploys by what it promises.

Without --input the estate is planned first, as tillit plan does. With --input, or
when standard input is a pipe or a file, that is judged: an inventory of
tillit plan, what pulumi tells (stack export, preview --json, an update plan) or what
Azure does (az resource list, az group export, an ARM template, Resource Graph rows).
Its content says which. Several --input are one estate seen from several sides.

An inventory carries the promises it was planned with, and they are judged. Other
inputs carry none: the stack file of the estate says what is promised. When both are
there and differ the inventory is stale, and check refuses to judge it.

A resource that no rule can judge, such as one of an unknown type, is named.

A promise that a design cannot show, only a drill or an attestation can, is listed
and does not decide the exit status.

Besides text and json the judgement can be written for other tools: sarif for code
scanning, junit for test reports, github for annotations in a workflow's log, oscal
for assessors (assessment results, with the time of the judgement in them; the
other formats have none).

With --baseline a text or json judgement also says which violations are new, fixed
or unchanged since an earlier one, which --format json wrote. One that is not found
and yet not known to be fixed (waived or undetermined now, its promise no longer
declared or its rule gone) is unsettled. The exit status is the verdict's all the
same: an unchanged violation still breaks its promise.
` + exitHelp,
		Example: `  tillit check
  tillit plan | tillit check
  pulumi stack export | tillit check --estate ledger-no --format json
  tillit check --format sarif --out tillit.sarif
  tillit check --baseline main.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.explicit = cmd.Flags().Changed("estate")
			o.stdout, o.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.estate, "estate", "ledger-no", "the estate to judge")
	f.StringVar(&o.stacks, "stacks", "stacks", "folder of the stack files")
	f.StringArrayVar(&o.inputs, "input", nil, "a file to judge, may be repeated; - is standard input")
	f.StringVar(&o.policies, "policies", "", "folder of the policy pack (default: the one built in)")
	f.StringVar(&o.format, "format", "text", "how to write the judgement: "+strings.Join(report.Formats(), ", "))
	f.StringVar(&o.out, "out", "", "write the judgement to a file")
	f.StringVar(&o.baseline, "baseline", "", "an earlier judgement in json to compare with")
	return cmd
}

// run judges and reports. The error is a verdictError when there is a verdict
// that is not kept.
func (o *checkOptions) run(ctx context.Context) error {
	options := report.Options{Colour: o.out == "" && colour(o.stdout), Time: o.now()}
	if err := o.readBaseline(&options); err != nil {
		return err
	}
	if _, err := report.For(o.format, options); err != nil {
		return err // before the work
	}
	var g *gate.Gate
	var loadErr error
	var loading sync.WaitGroup
	collect := debug.SetGCPercent(400) // what is loaded and read is kept
	loading.Go(func() { g, loadErr = o.gate(ctx) })
	inv, err := o.inventory(ctx)
	loading.Wait()
	debug.SetGCPercent(collect)
	if loadErr != nil {
		return fmt.Errorf("load the policies: %w", loadErr)
	}
	if err != nil {
		return err
	}
	decl, err := o.declaration(inv)
	if err != nil {
		return err
	}
	inventory.Resolve(inv, azure.Subscription)
	result, err := g.Judge(ctx, inv, decl, options.Time)
	if err != nil {
		return fmt.Errorf("judge %s: %w", decl.Estate, err)
	}
	text, err := o.write(options, g, result)
	if err != nil {
		return err
	}
	if err := writeOutput(o.stdout, o.out, text); err != nil {
		return fmt.Errorf("the judgement: %w", err)
	}
	return exitOf(result.Verdict)
}

// readBaseline reads the earlier judgement, if one is named.
func (o *checkOptions) readBaseline(options *report.Options) error {
	if o.baseline == "" {
		return nil
	}
	file, err := os.Open(o.baseline)
	if err != nil {
		return fmt.Errorf("the baseline: %w", err)
	}
	defer func() { _ = file.Close() }()
	options.Baseline, err = report.ReadResult(file)
	if err != nil {
		return fmt.Errorf("the baseline %s: %w", o.baseline, err)
	}
	return nil
}

// write writes the judgement in the format that was asked for.
func (o *checkOptions) write(options report.Options, g *gate.Gate, result *gate.Result) ([]byte, error) {
	if b := options.Baseline; b != nil && b.Estate != result.Estate {
		return nil, fmt.Errorf("the baseline %s is of the estate %s, not %s", o.baseline, b.Estate, result.Estate)
	}
	witnessed, _ := g.Rule(gate.Witnessed)
	options.Rules = append(g.Rules(), witnessed)
	options.Folder, options.File = inRepository(o.stacks, result.File)
	if o.policies == "" {
		options.Docs = docs
	}
	out, err := report.For(o.format, options)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := out.Output(&text, result); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

func exitOf(v gate.Verdict) error {
	switch v {
	case gate.Kept, gate.Attested, gate.Waived:
		return nil
	case gate.Broken:
		return verdictError(exitBroken)
	case gate.Undetermined, gate.Overdue:
		return verdictError(exitUndetermined)
	default:
		return fmt.Errorf("the verdict %q has no exit status", v)
	}
}

func (o *checkOptions) gate(ctx context.Context) (*gate.Gate, error) {
	if o.policies == "" {
		return gate.Load(ctx, policies.Files, "policies")
	}
	return gate.Load(ctx, os.DirFS(o.policies), o.policies)
}

// inventory is what is to be judged: the input, or else the estate's plan.
func (o *checkOptions) inventory(ctx context.Context) (*inventory.Inventory, error) {
	switch {
	case len(o.inputs) > 0:
		var inputs []inventory.Input
		for _, name := range o.inputs {
			if name == "-" {
				inputs = append(inputs, inventory.Input{Name: "standard input", Reader: o.stdin})
				continue
			}
			file, err := os.Open(name)
			if err != nil {
				return nil, err
			}
			defer func() { _ = file.Close() }()
			inputs = append(inputs, inventory.Input{Name: name, Reader: file})
		}
		return read(ctx, inputs...)
	case piped(o.stdin):
		_, _ = fmt.Fprintln(o.stderr, "tillit: judging what standard input says; to plan the estate instead, add </dev/null")
		return read(ctx, inventory.Input{Name: "standard input", Reader: o.stdin})
	default:
		return o.plan(ctx, o.estate, o.stacks)
	}
}

// piped tells whether standard input was given to read: a pipe or a file, not a
// terminal nor /dev/null.
func piped(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && (info.Mode()&fs.ModeNamedPipe != 0 || info.Mode().IsRegular())
}

// read makes one inventory of inputs of any form. An interrupt ends the wait for
// one that does not come.
func read(ctx context.Context, inputs ...inventory.Input) (*inventory.Inventory, error) {
	type answer struct {
		inv *inventory.Inventory
		err error
	}
	done := make(chan answer, 1)
	go func() {
		inv, err := inventory.ReadAll(inputs...)
		done <- answer{inv, err}
	}()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", inputs[0].Name, context.Cause(ctx))
	case a := <-done:
		return a.inv, a.err
	}
}

// declaration is what the inventory is judged by. The inventory's own promises
// and the stack file's must agree where both are there; waivers and positions
// are only in the file.
func (o *checkOptions) declaration(inv *inventory.Inventory) (*promises.Declaration, error) {
	estate := cmp.Or(inv.Estate, o.estate)
	if o.explicit && estate != o.estate {
		return nil, fmt.Errorf("the input is of the estate %s, not %s; leave --estate out to judge it", estate, o.estate)
	}
	path := promises.Path(o.stacks, estate)
	declared, err := promises.Load(path)
	if inv.Promises == nil {
		return declared, err
	}
	planned, plannedErr := plannedWith(inv)
	switch {
	case plannedErr != nil:
		return nil, fmt.Errorf("the promises in the inventory: %w", plannedErr)
	case errors.Is(err, fs.ErrNotExist) && !o.explicit:
		return planned, nil
	case err != nil:
		return nil, err
	case !reflect.DeepEqual(declared.Canonical(), planned.Canonical()) || !sameMeans(declared.Means, planned.Means):
		return nil, fmt.Errorf("the inventory was planned with other promises than %s declares; plan it again", path)
	}
	return declared, nil
}

// plannedWith reads the promises an inventory carries, as strictly as a stack
// file's.
func plannedWith(inv *inventory.Inventory) (*promises.Declaration, error) {
	values := map[string]map[string]any{}
	for id, params := range inv.Promises {
		named, ok := params.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: its parameters are %T, not an object", id, params)
		}
		values[id] = map[string]any{}
		for name, v := range named {
			if duration, ok := v.(map[string]any); ok {
				v = duration["text"]
			}
			values[id][name] = v
		}
	}
	text, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	means, err := json.Marshal(inv.Means)
	if err != nil {
		return nil, err
	}
	return promises.FromConfig(inv.Estate, map[string]string{"tillit:promises": string(text), "tillit:means": string(means)})
}

func sameMeans(a, b map[string]string) bool {
	return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
}

// colour tells whether w is a terminal whose user does not mind colour.
func colour(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
