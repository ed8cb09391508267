package monitor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/inventory"
)

// DefaultTimeout is how long a program may take.
const DefaultTimeout = 2 * time.Minute

// stragglers is how long a program's children may keep its output open after it.
const stragglers = 2 * time.Second

var errTimeLimit = errors.New("the program did not finish in time")

// Run runs a compiled Pulumi program and returns what it registers. command is
// the program and its arguments; dir is the folder it runs in, the current one
// when empty. The program and all its children are stopped when ctx ends or the
// time is up.
func Run(ctx context.Context, opts Options, dir string, timeout time.Duration, command ...string) (*inventory.Inventory, error) {
	if len(command) == 0 {
		return nil, errors.New("monitor: no program to run")
	}
	session, err := Start(opts)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, timeout,
		fmt.Errorf("%w: it was stopped after %v (--timeout)", errTimeLimit, timeout))
	defer cancel()
	inv, err := session.Inventory(session.execute(ctx, opts, dir, command))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command[0], err)
	}
	return inv, nil
}

// execute runs the program to its end.
func (s *Session) execute(ctx context.Context, opts Options, dir string, command []string) error {
	env, err := opts.environment(s.address)
	if err != nil {
		return err
	}
	var stderr head
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = env
	cmd.Stdout = s.logbook
	cmd.Stderr = io.MultiWriter(&stderr, s.logbook)
	cmd.WaitDelay = stragglers
	isolate(cmd)
	err = cmd.Run()
	switch exit := (*exec.ExitError)(nil); {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit):
		return errors.New(s.logbook.redact(ended(exit, stderr.String())))
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("there is no such program: %w", err)
	default:
		return fmt.Errorf("the program could not be started: %w", err)
	}
}

// ended says how a program failed.
func ended(exit *exec.ExitError, stderr string) string {
	for line := range strings.Lines(stderr) {
		for _, start := range []string{"panic: ", "fatal error: "} {
			if what, ok := strings.CutPrefix(line, start); ok {
				return "the program panicked: " + strings.TrimSpace(what)
			}
		}
	}
	return "the program failed: " + exit.String()
}

// environment is what Pulumi's language hosts set for a program.
func (o Options) environment(address string) ([]string, error) {
	organization := o.Organization
	if organization == "" {
		organization = "organization"
	}
	config := o.Config
	if config == nil {
		config = map[string]string{}
	}
	secret := o.SecretKeys
	if secret == nil {
		secret = []string{}
	}
	configJSON, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	secretJSON, err := json.Marshal(secret)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	// A later variable wins over one of the same name in our own environment.
	return append(os.Environ(),
		"PULUMI_MONITOR="+address,
		"PULUMI_ENGINE="+address,
		"PULUMI_PROJECT="+o.Project,
		"PULUMI_STACK="+o.Stack,
		"PULUMI_ORGANIZATION="+organization,
		"PULUMI_ROOT_DIRECTORY="+o.Root,
		"PULUMI_CONFIG="+string(configJSON),
		"PULUMI_CONFIG_SECRET_KEYS="+string(secretJSON),
		"PULUMI_DRY_RUN=true",
		"PULUMI_PARALLEL=16",
		"PULUMI_PLUGINS=",
		"PULUMI_OTEL_EXPORTER_OTLP_ENDPOINT=",
	), nil
}

// head keeps the first part of a program's standard error, where a panic names
// its cause.
type head struct{ bytes.Buffer }

func (h *head) Write(p []byte) (int, error) {
	if h.Len() < maxLog {
		h.Buffer.Write(p)
	}
	return len(p), nil
}
