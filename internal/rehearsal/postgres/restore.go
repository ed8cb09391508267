package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// targetForm is how pgBackRest and PostgreSQL read an instant.
const targetForm = "2006-01-02 15:04:05.000000+00"

// ErrPoint says that a point in time cannot be restored.
var ErrPoint = errors.New("the point in time cannot be restored")

// Restore makes a new server with the data that a source had at a point in time.
// The source may be gone as long as its backups are there: its stanza is.
func (h *Host) Restore(ctx context.Context, name, source string, point, now time.Time) (_ *Server, err error) {
	from := h.Server(source)
	if from == nil {
		return nil, fmt.Errorf("there is no server %s to restore from", source)
	}
	from.mu.Lock()
	defer from.mu.Unlock()
	if err := from.backedUp(ctx); err != nil {
		return nil, err
	}
	earliest, err := from.Earliest()
	if err != nil {
		return nil, err
	}
	switch {
	case point.Before(earliest):
		return nil, fmt.Errorf("%w: %s is before %s, the earliest of %s", ErrPoint, point.UTC().Format(time.RFC3339), earliest.Format(time.RFC3339), source)
	case point.After(now):
		return nil, fmt.Errorf("%w: %s is in the future", ErrPoint, point.UTC().Format(time.RFC3339))
	}
	if from.running() {
		if err := from.flush(ctx); err != nil {
			return nil, err
		}
	}
	return h.recover(ctx, name, from, "--type=time", "--target="+point.UTC().Format(targetForm), "--target-action=promote")
}

// GeoRestore makes a new server with the newest data that the source's backups
// have. What a lost source had not archived is lost.
func (h *Host) GeoRestore(ctx context.Context, name, source string) (*Server, error) {
	from := h.Server(source)
	if from == nil {
		return nil, fmt.Errorf("there is no server %s to restore from", source)
	}
	from.mu.Lock()
	defer from.mu.Unlock()
	if err := from.backedUp(ctx); err != nil {
		return nil, err
	}
	return h.recover(ctx, name, from, "--type=default")
}

// recover restores a source's files into a new server and has it replay WAL up
// to the target. It comes up with the default parameters, as in Azure.
func (h *Host) recover(ctx context.Context, name string, from *Server, target ...string) (_ *Server, err error) {
	s, err := h.reserve(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.discardOn(&err)
	args := append([]string{"--pg1-path=" + s.path("data")}, target...)
	if _, err := h.backrest(ctx, from, append(args, "restore")...); err != nil {
		return nil, err
	}
	if err := s.replay(ctx, from); err != nil {
		return nil, err
	}
	s.backgroundBackup()
	return s, nil
}

// replay starts a restored server, waits until it can be written to, and gives
// it an archive of its own.
func (s *Server) replay(ctx context.Context, from *Server) error {
	auto, err := recoverySettings(s.path("data", "postgresql.auto.conf"))
	if err != nil {
		return err
	}
	if err := s.host.write(s.path("data", "postgresql.auto.conf"), auto); err != nil {
		return err
	}
	if err := s.configure(); err != nil {
		return err
	}
	// A recovery archives nothing; from its end on the server has a timeline and an
	// archive of its own.
	if err := s.start(ctx); err != nil {
		return err
	}
	if err := s.await(ctx, writable); err != nil {
		return fmt.Errorf("replay the WAL of %s: %w", from.Name, err)
	}
	return s.Exec(ctx, "postgres", "alter system reset all", "select pg_reload_conf()")
}

// writable holds for a server that has ended its recovery.
func writable(ctx context.Context, c *pgx.Conn) (bool, error) {
	var recovering bool
	err := c.QueryRow(ctx, "select pg_is_in_recovery()").Scan(&recovering)
	return !recovering, err
}

// recoverySettings keeps of a restored postgresql.auto.conf what pgBackRest wrote
// for the recovery, and drops the source's parameters.
func recoverySettings(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		name, _, _ := strings.Cut(line, "=")
		switch name = strings.TrimSpace(name); {
		case name == "restore_command", strings.HasPrefix(name, "recovery_target"), name == "primary_conninfo":
			out = append(out, strings.TrimRight(line, "\n"))
		}
	}
	return strings.Join(out, "\n") + "\n", nil
}

// running reports that the server's process lives.
func (s *Server) running() bool {
	if s.process == nil {
		return false
	}
	select {
	case <-s.process.Ended():
		return false
	default:
		return true
	}
}

// Replica makes a server that follows a source continuously.
func (h *Host) Replica(ctx context.Context, name, source string) (_ *Server, err error) {
	from := h.Server(source)
	if from == nil {
		return nil, fmt.Errorf("there is no server %s to follow", source)
	}
	s, err := h.reserve(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.discardOn(&err)
	if err := h.pg(ctx, "pg_basebackup", "--pgdata="+s.path("data"), "--host="+h.path("s"), "--port="+from.Port,
		"--username="+superuser, "--checkpoint=fast", "--wal-method=stream", "--no-sync"); err != nil {
		return nil, err
	}
	// The follower takes no parameters over, and archives nothing while it follows.
	auto := "primary_conninfo = 'host=" + h.path("s") + " port=" + from.Port + " user=" + superuser + " application_name=" + name + "'\n"
	if err := s.host.write(s.path("data", "postgresql.auto.conf"), auto); err != nil {
		return nil, err
	}
	if err := h.write(s.path("data", "standby.signal"), ""); err != nil {
		return nil, err
	}
	if err := s.configure(); err != nil {
		return nil, err
	}
	s.follow(true)
	return s, s.start(ctx)
}

// Promote makes a replica a server of its own: it follows nobody any more, takes
// writes, and keeps backups of its own.
func (s *Server) Promote(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.follows() {
		return fmt.Errorf("%s is no replica", s.Name)
	}
	if err := s.Exec(ctx, "postgres", "select pg_promote(true, 600)"); err != nil {
		return err
	}
	if err := s.await(ctx, writable); err != nil {
		return err
	}
	if err := s.Exec(ctx, "postgres", "alter system reset primary_conninfo", "select pg_reload_conf()"); err != nil {
		return err
	}
	s.follow(false)
	s.backgroundBackup()
	return nil
}

func (s *Server) follow(source bool) {
	s.look.Lock()
	defer s.look.Unlock()
	s.replica = source
}

// follows reports a replica.
func (s *Server) follows() bool {
	s.look.Lock()
	defer s.look.Unlock()
	return s.replica
}
