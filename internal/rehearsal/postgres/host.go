package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/tillit-dev/tillit/internal/rehearsal/child"
)

// Repository is where backups and WAL go: a blob container, reached over TLS.
type Repository struct {
	Account   string
	Key       string // base64
	Container string
	Port      string // on localhost
	CA        string // PEM file of the authority of its certificate
	Cipher    string // passphrase that everything in it is encrypted with
}

// Options say what a Host uses.
type Options struct {
	Dir        string // holds the servers; the Host gives it to its user
	Cert, Key  string // PEM files that the servers identify themselves with, for localhost
	Password   string // what administrators sign in with
	Repository Repository
	Env        []string // added to the little that programs get of ours
}

// Host runs servers. Its methods may be called from several goroutines.
type Host struct {
	options  Options
	programs programs
	user     *child.User // nil means as we run ourselves

	mu      sync.Mutex
	servers map[string]*Server

	making sync.Mutex // held while the repository's container is made
	ready  bool       // it exists
}

// programs are the paths of what is run.
type programs struct {
	bin      string // folder with initdb and postgres
	backrest string
}

// version is the major version of the servers, the one that estates declare.
const version = "15"

// find looks for the programs: PostgreSQL where Debian puts it, then by
// pg_config.
func find() (programs, error) {
	var p programs
	var err error
	if p.backrest, err = exec.LookPath("pgbackrest"); err != nil {
		return p, errors.New("pgBackRest is not installed: run make setup, or apt-get install pgbackrest")
	}
	p.bin = filepath.Join("/usr/lib/postgresql", version, "bin")
	if _, err := os.Stat(filepath.Join(p.bin, "postgres")); err == nil {
		return p, nil
	}
	out, err := exec.Command("pg_config", "--bindir").Output()
	if err == nil {
		p.bin = strings.TrimSpace(string(out))
		if _, err = os.Stat(filepath.Join(p.bin, "postgres")); err == nil {
			return p, nil
		}
	}
	return p, fmt.Errorf("PostgreSQL %s is not installed: run make setup, or apt-get install postgresql-%s", version, version)
}

// unprivileged is who servers run as: PostgreSQL refuses root.
func unprivileged() (*child.User, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres to run it as: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &child.User{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: true}, nil
}

// New prepares a Host. Nothing runs yet.
func New(options Options) (*Host, error) {
	h := &Host{options: options, servers: map[string]*Server{}}
	var err error
	if h.programs, err = find(); err != nil {
		return nil, err
	}
	if h.user, err = unprivileged(); err != nil {
		return nil, err
	}
	if err := h.reachable(); err != nil {
		return nil, err
	}
	// The servers share s, the folder of their sockets, since its path has to be
	// short.
	for _, name := range []string{"", "lock", "log", "s", "servers", "spool"} {
		if err := h.mkdir(h.path(name)); err != nil {
			return nil, err
		}
	}
	// What the servers' user reads has to be its own: nobody else may read it.
	for name, from := range map[string]string{"server.crt": options.Cert, "server.key": options.Key, "ca.crt": options.Repository.CA} {
		b, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		if err := h.write(h.path(name), string(b)); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// reachable reports a folder on the way that the servers' user cannot enter.
func (h *Host) reachable() error {
	if h.user == nil {
		return nil
	}
	for dir := filepath.Dir(h.options.Dir); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if info.Mode()&0o001 == 0 {
			return fmt.Errorf("PostgreSQL does not run as root, and its user cannot pass through %s: set TMPDIR to a folder that everybody can enter", dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// mkdir makes a folder that belongs to the servers' user, unless it is there.
func (h *Host) mkdir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return h.chown(path)
}

// write writes a file that belongs to the servers' user, and that only it reads.
func (h *Host) write(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return h.chown(path)
}

func (h *Host) chown(path string) error {
	if h.user == nil {
		return nil
	}
	return os.Lchown(path, int(h.user.Uid), int(h.user.Gid))
}

func (h *Host) path(names ...string) string {
	return filepath.Join(append([]string{h.options.Dir}, names...)...)
}

// command prepares a program to run as the servers' user.
func (h *Host) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = h.options.Dir
	// Nothing of the user's own PostgreSQL or pgBackRest settings.
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC", "HOME=" + h.options.Dir}, h.options.Env...)
	return cmd
}

// pg runs one of PostgreSQL's programs to its end.
func (h *Host) pg(ctx context.Context, program string, args ...string) error {
	_, err := child.Run(ctx, h.command(filepath.Join(h.programs.bin, program), args...), h.user)
	return err
}

// backrest runs pgBackRest for a stanza to its end.
func (h *Host) backrest(ctx context.Context, s *Server, args ...string) (string, error) {
	base := []string{"--config=" + s.path("pgbackrest.conf"), "--stanza=" + s.stanza}
	return child.Run(ctx, h.command(h.programs.backrest, append(base, args...)...), h.user)
}

// freePort asks the kernel for one.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// Close ends every server, at once: a rehearsal's data is not kept.
func (h *Host) Close() error {
	h.mu.Lock()
	servers := make([]*Server, 0, len(h.servers))
	for _, s := range h.servers {
		servers = append(servers, s)
	}
	h.mu.Unlock()
	var faults []error
	for _, s := range servers {
		faults = append(faults, s.halt())
	}
	return errors.Join(faults...)
}
