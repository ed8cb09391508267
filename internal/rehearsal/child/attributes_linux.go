package child

import (
	"cmp"
	"syscall"
)

// Attributes give a child its own process group, so that a terminal's interrupt
// reaches only us and we decide, and end it when we are killed.
func Attributes(user *User, bequest syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: cmp.Or(bequest, syscall.SIGTERM), Credential: user}
}
