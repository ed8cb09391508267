//go:build unix && !linux

package child

import "syscall"

// attributes give a child its own process group, so that a terminal's interrupt
// reaches only us and we decide.
func attributes(user *User) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: user}
}
