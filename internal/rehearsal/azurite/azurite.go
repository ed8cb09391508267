package azurite

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tillit-dev/tillit/internal/rehearsal/child"
)

// Options say what is started and where.
type Options struct {
	Program  string   // the azurite-blob command
	Dir      string   // holds the blobs; it must exist
	Accounts int      // how many accounts can be taken
	Cert     string   // PEM file of a certificate for localhost
	Key      string   // PEM file of its key
	Env      []string // added to our own environment
}

// Account is a storage account of the emulator.
type Account struct {
	Name string
	Key  string // base64
}

// Server is a running emulator.
type Server struct {
	port    string
	process *child.Process

	mu   sync.Mutex
	free []Account
}

// patience is how long the emulator may take to start on a busy machine, and to
// end.
const patience = 90 * time.Second

// Find looks for the emulator: first where the checkout has installed it, then
// on PATH.
func Find(root string) (string, error) {
	own := filepath.Join(root, "bin", "tools", "azurite", "node_modules", ".bin", "azurite-blob")
	if _, err := os.Stat(own); err == nil {
		return filepath.Abs(own)
	}
	path, err := exec.LookPath("azurite-blob")
	if err != nil {
		return "", errors.New("there is no Azurite on this machine: run make setup, or npm install -g azurite")
	}
	return path, nil
}

// Start starts the emulator and returns when it listens.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{}
	var accounts []string
	for i := range o.Accounts {
		key := make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
		a := Account{Name: fmt.Sprintf("account%d", i), Key: base64.StdEncoding.EncodeToString(key)}
		s.free = append(s.free, a)
		accounts = append(accounts, a.Name+":"+a.Key)
	}
	cmd := exec.Command(o.Program, "--blobHost", "127.0.0.1", "--blobPort", "0", "--location", o.Dir, "--cert", o.Cert, "--key", o.Key,
		"--silent", "--oauth", "basic", "--disableTelemetry", "--disableProductStyleUrl", "--skipApiVersionCheck")
	cmd.Dir = o.Dir
	cmd.Env = append(append(os.Environ(), o.Env...), "AZURITE_ACCOUNTS="+strings.Join(accounts, ";"))
	listens := make(chan string, 1)
	process, err := child.Start(cmd, child.Options{Lines: func(line string) {
		if _, address, found := strings.Cut(line, "successfully listens on https://127.0.0.1:"); found {
			select {
			case listens <- strings.TrimSpace(address):
			default: // said once already
			}
		}
	}})
	if err != nil {
		return nil, err
	}
	s.process = process
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case s.port = <-listens:
		return s, nil
	case <-process.Ended():
		return nil, process.Err()
	case <-timer.C:
		err = fmt.Errorf("the storage emulator did not listen within %v", patience)
	case <-ctx.Done():
		err = ctx.Err()
	}
	return nil, errors.Join(err, process.Kill())
}

// Port is where the emulator listens, on loopback. Its certificate is for
// localhost.
func (s *Server) Port() string { return s.port }

// Take hands out an account that nobody else has.
func (s *Server) Take() (Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == 0 {
		return Account{}, errors.New("the rehearsal's storage has no account left")
	}
	a := s.free[0]
	s.free = s.free[1:]
	return a, nil
}

// Close ends the emulator once everything that it has acknowledged is on disk.
func (s *Server) Close() error { return s.process.Stop(syscall.SIGTERM, patience) }
