//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package evidence

import (
	"context"
	"errors"
)

// Lock lets readers through; without the system's locks nobody may write.
func (osFiles) Lock(_ context.Context, _ string, shared bool) (func() error, error) {
	if shared {
		return func() error { return nil }, nil
	}
	return nil, errors.New("evidence can be written only where the system can lock a folder: Linux, macOS or another Unix")
}
