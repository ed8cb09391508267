package bench

import (
	"bytes"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// endless is an inventory that goes on: resource after resource, or deeper and
// deeper.
type endless struct {
	head, again string
	rest        string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		e.rest, e.head = e.head+strings.Repeat(e.again, 1+(1<<16)/len(e.again)), ""
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// What is too large is refused, whatever it holds, before it is looked at, and
// with little more memory than the bound.
func TestInputIsBounded(t *testing.T) {
	const bound, gigabyte = 512 << 20, 1 << 30
	for name, in := range map[string]struct {
		reader io.Reader
		want   string
		memory int64 // at most
	}{
		"a gigabyte of resources": {
			io.LimitReader(&endless{head: `{"estate": "e", "source": "plan", "resources": [`, again: `{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C"},`}, gigabyte),
			"the input is larger than 512 MB", bound * 3 / 2,
		},
		"a gigabyte of depth": {
			io.LimitReader(&endless{head: `{"estate": "e", "x": `, again: `[`}, gigabyte), "the input is larger than 512 MB", bound * 3 / 2,
		},
		"a hundred megabytes of depth": {
			io.LimitReader(&endless{head: `{"estate": "e", "x": `, again: `[`}, 100<<20), "not complete JSON", 600 << 20,
		},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(program(t, "tillit"), "check", "--input", "-")
			var said bytes.Buffer
			cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Dir = in.reader, &said, &said, root
			err := cmd.Run()
			if status := cmd.ProcessState.ExitCode(); status != 2 || !strings.Contains(said.String(), in.want) {
				t.Errorf("exit status %d (%v), %q; want 2 and %q", status, err, said.String(), in.want)
			}
			if used := peak(cmd.ProcessState.SysUsage()); used > in.memory {
				t.Errorf("%d MB were used, more than %d", used>>20, in.memory>>20)
			} else {
				t.Logf("%d MB", used>>20)
			}
		})
	}
}
