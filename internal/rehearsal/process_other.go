//go:build unix && !linux

package rehearsal

import "syscall"

// childAttributes gives a child its own process group, so that a terminal's
// interrupt reaches only us and we decide.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// endProcesses has nothing to do: the engine ends its plugins itself, and only
// Linux can tell us which are ours.
func endProcesses(string) {}
