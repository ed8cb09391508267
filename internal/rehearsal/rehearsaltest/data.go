package rehearsaltest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/planes"
)

// Data runs a package's tests with an Azure that has data planes: real
// PostgreSQL servers and real blobs, without the Pulumi engine. It is started
// once, stored in to, and removed afterwards. What is to be prepared on it is
// before the tests. The result is the process's exit status:
//
//	var azure *planes.Azure
//
//	func TestMain(m *testing.M) { os.Exit(rehearsaltest.Data(m, &azure)) }
//
// Long-running operations that do nothing real take two milliseconds, and the
// clock is Now. Tests share the Azure, so each takes resource groups and names of
// its own.
func Data(m *testing.M, to **planes.Azure, prepare ...func(context.Context) error) int {
	code, err := withData(m, to, prepare)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func withData(m *testing.M, to **planes.Azure, prepare []func(context.Context) error) (code int, err error) {
	ctx := context.Background()
	dir, err := planes.NewFolder()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, planes.RemoveFolder(dir)) }()
	root, err := checkout()
	if err != nil {
		return 0, err
	}
	a, err := planes.Start(ctx, planes.Options{Root: root, Dir: dir, Data: true, Azure: arm.Options{Duration: 2 * time.Millisecond, Now: Now}})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	*to = a
	for _, f := range prepare {
		if err := f(ctx); err != nil {
			return 0, err
		}
	}
	return m.Run(), nil
}

// ahead is by how much the clock has been set forward, in nanoseconds.
var ahead atomic.Int64

// Now is the clock of Data's Azure.
func Now() time.Time { return clock.Now().Add(time.Duration(ahead.Load())) }

// Later sets the clock forward.
func Later(by time.Duration) { ahead.Add(int64(by)) }

// checkout is the folder of the real one.
func checkout() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env: %w", err)
	}
	return filepath.Dir(string(out)), nil
}
