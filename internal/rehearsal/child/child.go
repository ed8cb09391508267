package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a running server.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // valid once ended is closed
	tail  *tail
}

// User is who a child runs as; nil means as we do.
type User = syscall.Credential

// Options say how a server is run.
type Options struct {
	User  *User
	Lines func(string) // gets each line that it writes, if it is not nil
	// Bequest is the signal that it gets when we die; SIGTERM when zero.
	Bequest syscall.Signal
}

// Start starts a command, which must not have been started.
func Start(cmd *exec.Cmd, o Options) (*Process, error) {
	p := &Process{cmd: cmd, ended: make(chan struct{}), tail: &tail{lines: o.Lines}}
	cmd.Stdout, cmd.Stderr = p.tail, p.tail
	cmd.SysProcAttr = Attributes(o.User, o.Bequest)
	started := make(chan error)
	go func() {
		// The signal that follows a parent's end is tied to the thread that started
		// the child, so that thread stays until the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.err = cmd.Wait()
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err says how a process that has ended did so, with what it wrote last.
func (p *Process) Err() error {
	select {
	case <-p.ended:
	default:
		return nil
	}
	said := p.tail.String()
	if said == "" {
		return fmt.Errorf("%s ended: %v", p.cmd.Path, p.cmd.ProcessState)
	}
	return fmt.Errorf("%s ended: %v: %s", p.cmd.Path, p.cmd.ProcessState, said)
}

// Signal sends a signal; a process that has ended heeds none.
func (p *Process) Signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// Stop asks the process to end, waits for it, and kills its whole group when it
// takes too long.
func (p *Process) Stop(ask os.Signal, patience time.Duration) error {
	if err := p.Signal(ask); err != nil {
		return err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.ended:
		return nil
	case <-timer.C:
	}
	return p.Kill()
}

// Kill ends the process and its group at once, as a power failure would.
func (p *Process) Kill() error {
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	<-p.ended
	return nil
}

// Run runs a command to its end and returns what it wrote to standard output.
// An error carries what it wrote to standard error. When the context ends, the
// command's group is killed.
func Run(ctx context.Context, cmd *exec.Cmd, user *User) (string, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var out, said strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &said
	cmd.SysProcAttr = Attributes(user, syscall.SIGKILL)
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	stop := context.AfterFunc(ctx, func() {
		// The command may have ended meanwhile.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	})
	defer stop()
	err := cmd.Wait()
	if cause := ctx.Err(); cause != nil && err != nil {
		return out.String(), fmt.Errorf("%s: %w", cmd.Path, cause)
	}
	if err != nil {
		text := strings.TrimSpace(said.String())
		if text == "" {
			text = strings.TrimSpace(out.String())
		}
		return out.String(), fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, text)
	}
	return out.String(), nil
}

// tail keeps the last lines that a process wrote.
type tail struct {
	lines func(string)

	mu   sync.Mutex
	part string
	last []string
}

var _ io.Writer = (*tail)(nil)

const kept = 12

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := t.part + string(b)
	for {
		line, rest, whole := strings.Cut(text, "\n")
		if !whole {
			break
		}
		text = rest
		if t.last = append(t.last, line); len(t.last) > kept {
			t.last = t.last[1:]
		}
		if t.lines != nil {
			t.lines(line)
		}
	}
	t.part = text
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(strings.Join(t.last, "\n") + "\n" + t.part)
}
