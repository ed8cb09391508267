//go:build !unix

package monitor

import "os/exec"

// isolate leaves a program as it is where there are no process groups: it is
// killed alone.
func isolate(*exec.Cmd) {}
