package exercise

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/rehearsal"
)

// Exercise is a rehearsed estate that is up, with data planes.
type Exercise struct {
	Rehearsal *rehearsal.Rehearsal
	Root      string // the checkout, for bin/runbook
	Estate    string
	Stacks    string    // folder of the stack files
	State     string    // folder of the estate's runs and evidence
	Log       io.Writer // gets what the program says besides its result, or nil
}

// Runbook runs the program to its end and returns what it prints; with an error,
// which has what it says, as far as it came. Without an identity it is offline.
func (e *Exercise) Runbook(ctx context.Context, identity string, args ...string) ([]byte, error) {
	cmd := e.Command(ctx, identity, args...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if e.Log != nil {
		cmd.Stderr = io.MultiWriter(&log, e.Log)
	}
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("runbook %s: %w\n%s", args[0], err, strings.TrimSpace(log.String()))
	}
	return out.Bytes(), nil
}

// Command is the program with an identity of the rehearsal's Azure, by its id or as
// Administrator, and nothing of the user's own. The end of the context interrupts it, and it has a
// minute to clean up.
func (e *Exercise) Command(ctx context.Context, identity string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(e.Root, "bin", "runbook"),
		append(args, "--estate", e.Estate, "--stacks", e.Stacks, "--dir", e.State)...)
	cmd.Env = without(os.Environ(), "AZURE_", "ARM_", "IDENTITY_", "MSI_", "TILLIT_", "SSL_CERT_")
	switch identity {
	case "":
	case Administrator:
		cmd.Env = append(cmd.Env, e.Rehearsal.Azure.AdministratorEnvironment()...)
	default:
		cmd.Env = append(cmd.Env, e.Rehearsal.Environment(identity)...)
	}
	// A terminal's interrupt reaches only us, and we decide.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	return cmd
}

// without is an environment without the variables that begin in one of the ways.
func without(environment []string, prefixes ...string) []string {
	return slices.DeleteFunc(environment, func(entry string) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(entry, prefix) })
	})
}

// Drills is the id of the identity that the estate's drills run as.
func (e *Exercise) Drills() string {
	prefix := "id-" + e.Estate + "-drill-"
	for _, id := range e.of("Microsoft.ManagedIdentity/userAssignedIdentities") {
		if strings.HasPrefix(strings.ToLower(path.Base(id)), prefix) {
			return id
		}
	}
	return ""
}

// Administrator is who may do all, in place of an identity's id.
const Administrator = "an administrator"

// Runner is who runs a drill: the drills' identity, and tamper an administrator,
// since what lacks the right to try proves nothing.
func (e *Exercise) Runner(drill string) string {
	if drill == "tamper" {
		return Administrator
	}
	return e.Drills()
}

// of are the ids of the resources of a type.
func (e *Exercise) of(arm string) []string {
	return slices.DeleteFunc(e.Rehearsal.Resources(), func(id string) bool { return !strings.EqualFold(azure.TypeOf(id), arm) })
}

// Beat has heartbeats written until stop is called, as a job of the estate would.
// Stop says if they had ended before.
func (e *Exercise) Beat(ctx context.Context, every time.Duration) (stop func() error, err error) {
	cmd := e.Command(ctx, e.Drills(), "heartbeat", "--every", every.String())
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the heartbeat: %w", err)
	}
	begun, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if n == 0 {
				close(begun)
			}
		}
		ended <- cmd.Wait()
	}()
	select {
	case <-begun:
	case err := <-ended:
		return nil, fmt.Errorf("the heartbeat has stopped: %w: %s", err, log.String())
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), <-ended)
	}
	return func() error {
		select {
		case err := <-ended:
			return fmt.Errorf("the heartbeat has stopped: %w: %s", err, log.String())
		default:
		}
		// It ends because it is told to, with whatever status: that is all right.
		_, _ = cmd.Process.Signal(os.Interrupt), <-ended
		return nil
	}, nil
}
