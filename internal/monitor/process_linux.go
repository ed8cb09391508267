package monitor

import (
	"os/exec"
	"syscall"
)

// isolate gives a program a process group of its own, which is killed as a whole
// when its context ends, and has the kernel end the program if this one dies.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
