package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
)

// Cost is what whole processes took, together.
type Cost struct {
	Runs int
	Wall time.Duration
	CPU  time.Duration // of all cores
	Peak int64         // bytes of memory that were resident at most, in the worst run
}

// Run runs a command and adds what it took. Exit status 1 says that something was
// found, which is no failure.
func (c *Cost) Run(ctx context.Context, dir string, command ...string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var faults bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &faults
	start := clock.Now()
	err := cmd.Run()
	wall := clock.Since(start)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return fmt.Errorf("%v: %w\n%s", command, err, faults.Bytes())
	}
	c.Runs++
	c.Wall += wall
	c.CPU += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.Peak = max(c.Peak, peak(cmd.ProcessState.SysUsage()))
	return nil
}

// peak reads the memory that a process that has ended had resident at most. Linux
// counts it in KiB. It counts what its parent had when it was started too, so that
// whoever measures should be small.
func peak(usage any) int64 {
	if u, ok := usage.(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}

// Seconds is the time of one run.
func (c *Cost) Seconds() float64 { return c.Wall.Seconds() / float64(c.Runs) }

// CPUSeconds is the processor time of one run.
func (c *Cost) CPUSeconds() float64 { return c.CPU.Seconds() / float64(c.Runs) }

// MB is the peak memory.
func (c *Cost) MB() float64 { return float64(c.Peak) / (1 << 20) }
