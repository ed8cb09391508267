package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/rehearsal/child"
)

// Server is a PostgreSQL server with its backups.
type Server struct {
	Name string
	Port string // on 127.0.0.1, and localhost by its certificate

	host   *Host
	stanza string

	mu      sync.Mutex // held by whatever changes the server
	process *child.Process
	// cancel ends what is done in the background; done is closed when it has ended.
	cancel context.CancelFunc
	done   chan struct{}
	fault  error // of the background; read once done is closed

	// What is shown of the server, whoever changes it at the moment.
	look    sync.Mutex
	replica bool
	first   time.Time         // the earliest instant that can be restored; zero until there is one
	wanted  map[string]string // backups on demand: the name that was asked for, by label
}

// superuser is the administrator that the package itself uses.
const superuser = "azuresu"

// patience is how long a server may take to start, recovery of its WAL included,
// before it is given up. A rehearsal's databases are small.
const patience = 10 * time.Minute

// nameForm keeps names fit for a folder and a stanza. Azure's own are shorter.
var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Server returns a server by name; nil when there is none.
func (h *Host) Server(name string) *Server {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.servers[name]
}

// reserve makes the record and the folder of a new server.
func (h *Host) reserve(name string) (*Server, error) {
	if !nameForm.MatchString(name) {
		return nil, fmt.Errorf("%q is no name for a server: small letters, digits and hyphens", name)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.servers[name] != nil {
		return nil, fmt.Errorf("there is a server %s already", name)
	}
	s := &Server{Name: name, Port: port, host: h, stanza: name, wanted: map[string]string{}}
	if err := h.mkdir(s.path()); err != nil {
		return nil, err
	}
	h.servers[name] = s
	return s, nil
}

// Create makes an empty server, starts it and takes its first backup.
func (h *Host) Create(ctx context.Context, name string) (_ *Server, err error) {
	s, err := h.reserve(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.discardOn(&err)
	if err := h.pg(ctx, "initdb", "--pgdata="+s.path("data"), "--username="+superuser, "--encoding=UTF8", "--no-locale",
		"--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-sync", "--no-instructions"); err != nil {
		return nil, err
	}
	if err := s.configure(); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	if err := s.admit(ctx); err != nil {
		return nil, err
	}
	return s, s.firstBackup(ctx)
}

// discardOn removes a server that could not be made whole.
func (s *Server) discardOn(err *error) {
	if *err != nil {
		*err = errors.Join(*err, s.discard())
	}
}

// path is a file of the server's own.
func (s *Server) path(names ...string) string {
	return s.host.path(append([]string{"servers", s.Name}, names...)...)
}

// configure writes the settings that the host decides. Server parameters are set
// by ALTER SYSTEM, which writes a file of its own and wins.
func (s *Server) configure() error {
	settings := []string{
		"listen_addresses = '127.0.0.1'",
		"port = " + s.Port,
		"unix_socket_directories = '" + s.host.path("s") + "'",
		"ssl = on",
		"ssl_cert_file = '" + s.host.path("server.crt") + "'",
		"ssl_key_file = '" + s.host.path("server.key") + "'",
		"ssl_min_protocol_version = 'TLSv1.2'",
		"password_encryption = 'scram-sha-256'",
		"shared_buffers = '128MB'",
		"wal_level = replica",
		"archive_mode = on",
		"archive_timeout = 300",
		"archive_command = 'pgbackrest --config=" + s.path("pgbackrest.conf") + " --stanza=" + s.stanza + " archive-push %p'",
		"max_wal_senders = 10",
		"hot_standby = on",
		"log_timezone = 'UTC'",
		"timezone = 'UTC'",
	}
	files := map[string]string{
		filepath.Join("data", "postgresql.conf"): strings.Join(settings, "\n") + "\n",
		filepath.Join("data", "pg_hba.conf"): strings.Join([]string{
			"local   all         " + superuser + "  trust",
			"local   replication " + superuser + "  trust",
			"hostssl all         all 127.0.0.1/32 scram-sha-256",
		}, "\n") + "\n",
		"pgbackrest.conf": s.backrestConfig(),
	}
	for name, text := range files {
		if err := s.host.write(s.path(name), text); err != nil {
			return err
		}
	}
	return nil
}

// start starts the server and returns when it takes connections.
func (s *Server) start(ctx context.Context) error {
	cmd := s.host.command(filepath.Join(s.host.programs.bin, "postgres"), "-D", s.path("data"))
	// Should we be killed, it ends at once: nobody wants its data, and what it would
	// wait for, its clients and its archive, may never come.
	process, err := child.Start(cmd, child.Options{User: s.host.user, Bequest: syscall.SIGQUIT})
	if err != nil {
		return err
	}
	s.process = process
	return s.await(ctx, func(ctx context.Context, c *pgx.Conn) (bool, error) { return true, nil })
}

// await asks a server that starts again and again until it answers as wanted.
func (s *Server) await(ctx context.Context, wanted func(context.Context, *pgx.Conn) (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s is not ready after %v", s.Name, patience))
	defer cancel()
	for {
		done, err := s.ask(ctx, wanted)
		if err == nil && done {
			return nil
		}
		select {
		case <-s.process.Ended():
			return s.process.Err()
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(25 * time.Millisecond):
		}
	}
}

func (s *Server) ask(ctx context.Context, wanted func(context.Context, *pgx.Conn) (bool, error)) (bool, error) {
	c, err := s.connect(ctx, "postgres")
	if err != nil {
		return false, err
	}
	defer hangUp(ctx, c)
	return wanted(ctx, c)
}

// connect signs in to a database as the package's own administrator.
func (s *Server) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig("")
	if err != nil {
		return nil, err
	}
	config.Host, config.User, config.Database, config.TLSConfig, config.Fallbacks = s.host.path("s"), superuser, database, nil, nil
	var port uint16
	if _, err := fmt.Sscan(s.Port, &port); err != nil {
		return nil, err
	}
	config.Port = port
	return pgx.ConnectConfig(ctx, config)
}

// hangUp ends a connection. What it was for has been done or has failed by then.
func hangUp(ctx context.Context, c *pgx.Conn) { _ = c.Close(context.WithoutCancel(ctx)) }

// Exec runs statements as the package's own administrator.
func (s *Server) Exec(ctx context.Context, database string, statements ...string) error {
	c, err := s.connect(ctx, database)
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	for _, statement := range statements {
		if _, err := c.Exec(ctx, statement); err != nil {
			first, _, _ := strings.Cut(strings.TrimSpace(statement), "\n")
			return fmt.Errorf("%s: %s: %w", s.Name, first, err)
		}
	}
	return nil
}

// Database makes a database, unless it is there.
func (s *Server) Database(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.connect(ctx, "postgres")
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	var there bool
	if err := c.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&there); err != nil || there {
		return err
	}
	_, err = c.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize()+" owner azure_pg_admin")
	return err
}

// Parameter sets a server parameter. What needs a restart takes effect at the
// next one; a parameter that this PostgreSQL does not know, since an extension of
// Azure's brings it, is refused.
func (s *Server) Parameter(ctx context.Context, name, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alter(ctx, "set "+pgx.Identifier{name}.Sanitize()+" = "+quote(value))
}

// reset puts a server parameter back to its default.
func (s *Server) reset(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alter(ctx, "reset "+pgx.Identifier{name}.Sanitize())
}

// alter changes a parameter, and returns when the server has read its file again:
// it does so in its own time.
func (s *Server) alter(ctx context.Context, how string) error {
	var before time.Time
	if _, err := s.ask(ctx, func(ctx context.Context, c *pgx.Conn) (bool, error) {
		return true, c.QueryRow(ctx, "select clock_timestamp()").Scan(&before)
	}); err != nil {
		return err
	}
	if err := s.Exec(ctx, "postgres", "alter system "+how, "select pg_reload_conf()"); err != nil {
		return err
	}
	return s.await(ctx, func(ctx context.Context, c *pgx.Conn) (read bool, err error) {
		err = c.QueryRow(ctx, "select pg_conf_load_time() >= $1", before).Scan(&read)
		return read, err
	})
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// Restart ends a server once its transactions have been broken off, and starts it
// again, with the parameters that wait for that.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.process.Stop(syscall.SIGINT, time.Minute); err != nil {
		return err
	}
	return s.start(ctx)
}

// Delete ends a server and removes its data and its backups.
func (s *Server) Delete(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel()
		<-s.done
	}
	if err := s.halt(); err != nil {
		return err
	}
	if s.done != nil { // it has, or may have, backups
		if _, err := s.host.backrest(ctx, s, "stop"); err != nil {
			return err
		}
		if _, err := s.host.backrest(ctx, s, "--force", "stanza-delete"); err != nil {
			return err
		}
	}
	return s.discard()
}

// Fail ends a server as a lost region would: at once, and with what it had not
// archived.
func (s *Server) Fail() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halt()
}

// halt ends the process without ceremony.
func (s *Server) halt() error {
	if s.process == nil {
		return nil
	}
	// Immediate shutdown also ends the server's own children, an archiver's
	// pgBackRest among them.
	return s.process.Stop(syscall.SIGQUIT, 10*time.Second)
}

// discard removes the folder and the record.
func (s *Server) discard() error {
	err := s.halt()
	s.host.mu.Lock()
	delete(s.host.servers, s.Name)
	s.host.mu.Unlock()
	return errors.Join(err, os.RemoveAll(s.path()))
}
