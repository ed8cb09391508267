//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package evidence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

const lockPoll = 20 * time.Millisecond

// Lock takes an advisory lock on the folder itself. The system gives it back
// when the process ends, however it ends.
func (osFiles) Lock(ctx context.Context, path string, shared bool) (func() error, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	ticker := time.NewTicker(lockPoll)
	defer ticker.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("%w: %s (%w)", ErrLocked, path, ctx.Err()), f.Close())
		case <-ticker.C:
		}
	}
}
