package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ErrRefused says that the gate in the engine refused a deployment.
var ErrRefused = errors.New("the gate refuses it")

// Finding is what a rule of the policy pack told the engine.
type Finding struct {
	Rule        string // name of the policy
	URN         string // empty when the finding is of the whole stack
	Message     string
	Enforcement string // the engine's word
}

// Stops reports a finding that stops the deployment.
func (f Finding) Stops() bool { return f.Enforcement == string(apitype.Mandatory) }

// Result is what an operation did, whether or not it succeeded.
type Result struct {
	Changes  map[string]int // resources by the engine's word: create, update, same, delete …
	Findings []Finding
	Log      string // what the engine wrote for people
}

// Changed counts the resources that were not left as they were.
func (r Result) Changed() int {
	n := 0
	for word, count := range r.Changes {
		if word != string(apitype.OpSame) && word != string(apitype.OpRead) {
			n += count
		}
	}
	return n
}

// Preview asks the engine what a program would do, and the gate what it thinks
// of that. It fails with ErrRefused when a mandatory rule is broken.
func (r *Rehearsal) Preview(ctx context.Context, program pulumi.RunFunc) (Result, error) {
	return r.operate("preview", func(stream chan<- events.EngineEvent, log io.Writer) error {
		options := []optpreview.Option{
			optpreview.EventStreams(stream), optpreview.ProgressStreams(log), optpreview.ErrorProgressStreams(log),
			optpreview.Color("never"),
		}
		if r.options.PolicyPack != "" {
			options = append(options, optpreview.PolicyPacks(r.options.PolicyPack))
		}
		r.stack.Workspace().SetProgram(bounded(ctx, program))
		_, err := r.stack.Preview(ctx, options...)
		return err
	})
}

// Up applies a program. It fails with ErrRefused when a mandatory rule is
// broken.
func (r *Rehearsal) Up(ctx context.Context, program pulumi.RunFunc) (Result, error) {
	return r.operate("up", func(stream chan<- events.EngineEvent, log io.Writer) error {
		options := []optup.Option{
			optup.EventStreams(stream), optup.ProgressStreams(log), optup.ErrorProgressStreams(log),
			optup.Color("never"), optup.Parallel(32),
		}
		if r.options.PolicyPack != "" {
			options = append(options, optup.PolicyPacks(r.options.PolicyPack))
		}
		r.stack.Workspace().SetProgram(bounded(ctx, program))
		_, err := r.stack.Up(ctx, options...)
		return err
	})
}

// Refresh brings the state in line with what exists in Azure.
func (r *Rehearsal) Refresh(ctx context.Context) (Result, error) {
	return r.operate("refresh", func(stream chan<- events.EngineEvent, log io.Writer) error {
		_, err := r.stack.Refresh(ctx, optrefresh.EventStreams(stream), optrefresh.ProgressStreams(log), optrefresh.ErrorProgressStreams(log), optrefresh.Color("never"))
		return err
	})
}

// Destroy removes everything that the stack has made, what Azure would not let go
// of included: a rehearsal's locks end with it.
func (r *Rehearsal) Destroy(ctx context.Context) (Result, error) {
	r.Azure.Release()
	return r.operate("destroy", func(stream chan<- events.EngineEvent, log io.Writer) error {
		_, err := r.stack.Destroy(ctx, optdestroy.EventStreams(stream), optdestroy.ProgressStreams(log), optdestroy.ErrorProgressStreams(log), optdestroy.Color("never"), optdestroy.Parallel(32))
		return err
	})
}

// Export gives the stack's state as pulumi stack export does, secrets encrypted.
func (r *Rehearsal) Export(ctx context.Context) ([]byte, error) {
	ws := r.stack.Workspace()
	environment := []string{"PULUMI_HOME=" + ws.PulumiHome()}
	for name, value := range ws.GetEnvVars() {
		environment = append(environment, name+"="+value)
	}
	// The Automation API's own export opens the secrets.
	out, stderr, _, err := ws.PulumiCommand().Run(ctx, ws.WorkDir(), nil, nil, nil, environment, "stack", "export", "--stack", r.options.Estate)
	if err != nil {
		return nil, fmt.Errorf("export the state: %w: %s", err, stderr)
	}
	return []byte(out), nil
}

// bounded lets go of a program when the context ends. The Automation API waits
// for a program for ever, and one that hangs heeds nothing. A panic becomes an
// error, as it does in the Automation API itself.
func bounded(ctx context.Context, program pulumi.RunFunc) pulumi.RunFunc {
	return func(pc *pulumi.Context) error {
		ended := make(chan error, 1)
		go func() {
			defer func() {
				if fault := recover(); fault != nil {
					ended <- fmt.Errorf("the program panics: %v\n%s", fault, debug.Stack())
				}
			}()
			ended <- program(pc)
		}()
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return fmt.Errorf("the program did not end in time: %w", ctx.Err())
		}
	}
}

// operate runs one operation and gathers what the engine says of it.
func (r *Rehearsal) operate(name string, run func(chan<- events.EngineEvent, io.Writer) error) (Result, error) {
	stream, ended := make(chan events.EngineEvent), make(chan struct{})
	var log strings.Builder
	gathered := make(chan Result)
	go func() { gathered <- r.gather(name, stream, ended) }()
	err := run(stream, &log)
	close(ended)
	result := <-gathered
	result.Log = log.String()
	if err == nil {
		return result, nil
	}
	if slices.ContainsFunc(result.Findings, Finding.Stops) {
		return result, fmt.Errorf("%s: %w", name, ErrRefused)
	}
	return result, fmt.Errorf("%s: %w", name, err)
}

// gather reads the engine's events until there are no more. The Automation API
// hands over every event before an operation returns, but closes the stream
// only when the CLI got as far as opening it; hence ended.
func (r *Rehearsal) gather(name string, stream <-chan events.EngineEvent, ended <-chan struct{}) Result {
	result := Result{Changes: map[string]int{}}
	done := 0
	for {
		var event events.EngineEvent
		var open bool
		select {
		case event, open = <-stream:
		case <-ended:
		}
		if !open {
			return result
		}
		switch {
		case event.ResOutputsEvent != nil:
			done++
			if r.options.Progress != nil {
				r.options.Progress(name, done)
			}
		case event.PolicyEvent != nil:
			p := event.PolicyEvent
			result.Findings = append(result.Findings, Finding{p.PolicyName, p.ResourceURN, strings.TrimSpace(p.Message), p.EnforcementLevel})
		case event.SummaryEvent != nil:
			for op, count := range event.SummaryEvent.ResourceChanges {
				result.Changes[string(op)] = count
			}
		}
	}
}

// Summary puts changes into words, such as "160 create, 2 same".
func (r Result) Summary() string {
	var parts []string
	for _, word := range slices.Sorted(maps.Keys(r.Changes)) {
		parts = append(parts, fmt.Sprintf("%d %s", r.Changes[word], word))
	}
	return strings.Join(parts, ", ")
}
