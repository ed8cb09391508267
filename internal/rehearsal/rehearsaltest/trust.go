package rehearsaltest

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
)

// Trusted runs a package's tests in a process that trusts an authority, stored in
// to, in the system's stead. The result is the process's exit status.
func Trusted(m *testing.M, to **authority.Authority) int {
	code, err := trusted(m, to)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func trusted(m *testing.M, to **authority.Authority) (code int, err error) {
	if *to, err = authority.New(clock.Now()); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "tillit-trusted-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	files, err := (*to).Write(dir)
	if err != nil {
		return 0, err
	}
	// The system's roots are read once: this comes before anybody asks.
	if err := os.Setenv("SSL_CERT_FILE", files.CA); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
