//go:build unix && !linux

package child

import "syscall"

// Attributes give a child its own process group, so that a terminal's interrupt
// reaches only us and we decide.
func Attributes(user *User, _ syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: user}
}
