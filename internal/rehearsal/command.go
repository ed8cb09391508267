package rehearsal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/tillit-dev/tillit/internal/rehearsal/child"
)

// oldest is the first CLI that the rehearsal works with.
var oldest = semver.MustParse("3.200.0")

// cli runs the Pulumi CLI for the Automation API. It differs from the API's own
// runner in what a child gets: an environment without the user's Azure and
// Pulumi settings, and the end of its parent as a signal.
type cli struct {
	path    string
	version semver.Version
	bin     string // folder with the analyzer
}

var _ auto.PulumiCommand = (*cli)(nil)

// findCLI takes a CLI on PATH that is new enough, else the one that was built
// into bin/tools.
func findCLI(ctx context.Context, root string) (*cli, error) {
	bin := filepath.Join(root, "bin")
	candidates := []string{filepath.Join(bin, "tools", "pulumi")}
	if onPath, err := exec.LookPath("pulumi"); err == nil {
		candidates = append([]string{onPath}, candidates...)
	}
	var seen []string
	for _, path := range candidates {
		c := &cli{path: path, bin: bin}
		out, _, _, err := c.Run(ctx, root, nil, nil, nil, nil, "version")
		if err != nil {
			seen = append(seen, fmt.Sprintf("%s (%v)", path, err))
			continue
		}
		c.version, err = semver.ParseTolerant(strings.TrimSpace(out))
		if err == nil && c.version.GTE(oldest) {
			return c, nil
		}
		seen = append(seen, fmt.Sprintf("%s (version %s)", path, strings.TrimSpace(out)))
	}
	return nil, fmt.Errorf("no Pulumi CLI of version %s or later: looked at %s; build the pinned one with make tools", oldest, strings.Join(seen, ", "))
}

// Version is the CLI's version.
func (c *cli) Version() semver.Version { return c.version }

// Run runs the CLI once. When the context ends, the CLI is interrupted, so that
// it can finish what it is doing, and killed after ten seconds.
func (c *cli) Run(ctx context.Context, dir string, stdin io.Reader, outputs, errorOutputs []io.Writer, environment []string, args ...string) (string, string, int, error) {
	// The signal that follows the parent's end is tied to the thread that starts
	// the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, c.path, append([]string{"--non-interactive"}, args...)...)
	cmd.Dir, cmd.Stdin = dir, stdin
	cmd.Env = append(ownEnvironment(os.Environ(), c.bin, filepath.Dir(c.path)), environment...)
	cmd.Env = append(cmd.Env, "PULUMI_AUTOMATION_API=true")
	cmd.Stdout = io.MultiWriter(append(slices.Clone(outputs), &stdout)...)
	cmd.Stderr = io.MultiWriter(append(slices.Clone(errorOutputs), &stderr)...)
	cmd.SysProcAttr = child.Attributes(nil, syscall.SIGTERM)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	code := -2 // as the Automation API has it: not run
	if cmd.ProcessState != nil {
		code = cmd.ProcessState.ExitCode()
	}
	if cause := ctx.Err(); cause != nil && err != nil {
		err = errors.Join(cause, err)
	}
	return stdout.String(), stderr.String(), code, err
}

// ownEnvironment is the environment without what configures Azure and Pulumi,
// and with the project's programs first on PATH.
func ownEnvironment(environment []string, first ...string) []string {
	var out []string
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		foreign := slices.ContainsFunc([]string{"PULUMI_", "ARM_", "AZURE_", "TILLIT_REHEARSAL_"}, func(prefix string) bool {
			return strings.HasPrefix(name, prefix)
		})
		switch {
		case name == "PATH":
			out = append(out, "PATH="+strings.Join(append(slices.Clone(first), value), string(os.PathListSeparator)))
		case !foreign:
			out = append(out, entry)
		}
	}
	return out
}
