package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// backrestConfig is pgBackRest's configuration of one server.
func (s *Server) backrestConfig() string {
	r := s.host.options.Repository
	return strings.Join([]string{
		"[global]",
		"repo1-type=azure",
		"repo1-path=/" + s.stanza,
		"repo1-azure-account=" + r.Account,
		"repo1-azure-key=" + r.Key,
		"repo1-azure-container=" + r.Container,
		"repo1-azure-uri-style=path",
		"repo1-storage-host=localhost",
		"repo1-storage-port=" + r.Port,
		"repo1-storage-verify-tls=y",
		"repo1-storage-ca-file=" + s.host.path("ca.crt"),
		"repo1-bundle=y",
		"repo1-cipher-type=aes-256-cbc",
		"repo1-cipher-pass=" + r.Cipher,
		"repo1-retention-full-type=time",
		"repo1-retention-full=365",
		"compress-type=zst",
		fmt.Sprintf("process-max=%d", min(4, runtime.NumCPU())),
		"start-fast=y",
		"io-timeout=20",
		"log-level-console=warn",
		"log-level-file=off",
		"log-path=" + s.host.path("log"),
		"lock-path=" + s.host.path("lock"),
		"spool-path=" + s.host.path("spool"),
		"",
		"[" + s.stanza + "]",
		"pg1-path=" + s.path("data"),
		"pg1-port=" + s.Port,
		"pg1-socket-path=" + s.host.path("s"),
		"pg1-user=" + superuser,
		"pg1-database=postgres",
	}, "\n") + "\n"
}

// firstBackup has the server backed up before anybody uses it.
func (s *Server) firstBackup(ctx context.Context) error {
	if err := s.container(ctx); err != nil {
		return err
	}
	s.done = closed
	return s.begin(ctx)
}

// begin makes the server's place in the repository and takes the first backup.
func (s *Server) begin(ctx context.Context) error {
	for _, args := range [][]string{{"stanza-create"}, {"--type=full", "backup"}} {
		if _, err := s.host.backrest(ctx, s, args...); err != nil {
			return err
		}
	}
	first, err := s.earliest(ctx)
	s.look.Lock()
	defer s.look.Unlock()
	s.first = first
	return err
}

var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// backgroundBackup does what firstBackup does, after the server has become
// usable, as a managed service does.
func (s *Server) backgroundBackup() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	s.cancel, s.done = cancel, done
	go func() {
		defer close(done)
		s.fault = s.begin(ctx)
	}()
}

// container makes the repository's container once.
func (s *Server) container(ctx context.Context) error {
	s.host.making.Lock()
	defer s.host.making.Unlock()
	if s.host.ready {
		return nil
	}
	if _, err := s.host.backrest(ctx, s, "repo-create"); err != nil {
		return err
	}
	s.host.ready = true
	return nil
}

// Backup takes a backup of a server on demand.
func (s *Server) Backup(ctx context.Context) error {
	_, err := s.take(ctx, "")
	return err
}

// take takes a backup under a name, which may be empty.
func (s *Server) take(ctx context.Context, name string) (Backup, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.backedUp(ctx); err != nil {
		return Backup{}, err
	}
	if _, err := s.host.backrest(ctx, s, "--type=full", "backup"); err != nil {
		return Backup{}, err
	}
	all, err := s.list(ctx)
	if err != nil || len(all) == 0 {
		return Backup{}, errors.Join(fmt.Errorf("the backup of %s is not among its backups", s.Name), err)
	}
	newest := all[len(all)-1]
	if newest.Name = name; name != "" {
		s.look.Lock()
		defer s.look.Unlock()
		s.wanted[newest.Label] = name
	}
	return newest, nil
}

// backedUp waits for a backup that is being taken in the background.
func (s *Server) backedUp(ctx context.Context) error {
	if s.done == nil {
		return fmt.Errorf("%s has no backups", s.Name)
	}
	select {
	case <-s.done:
		return s.fault
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Backup describes one full backup in the repository.
type Backup struct {
	Label       string
	Name        string    // that was asked for; empty for one that nobody asked for
	Start, Stop time.Time // to the second
	Bytes       int64     // of the database that it holds
}

// Backups lists the server's backups, the oldest first.
func (s *Server) Backups(ctx context.Context) ([]Backup, error) {
	s.look.Lock()
	none := s.first.IsZero()
	s.look.Unlock()
	if none {
		return nil, nil
	}
	return s.list(ctx)
}

func (s *Server) list(ctx context.Context) ([]Backup, error) {
	out, err := s.host.backrest(ctx, s, "--output=json", "info")
	if err != nil {
		return nil, err
	}
	var stanzas []struct {
		Backup []struct {
			Label     string
			Error     bool
			Timestamp struct{ Start, Stop int64 }
			Info      struct{ Size int64 }
		}
		Status struct {
			Code    int
			Message string
		}
	}
	if err := json.Unmarshal([]byte(out), &stanzas); err != nil {
		return nil, fmt.Errorf("pgbackrest info: %w", err)
	}
	var found []Backup
	for _, stanza := range stanzas {
		if stanza.Status.Code != 0 && len(stanza.Backup) > 0 {
			return nil, fmt.Errorf("the backups of %s are not sound: %s", s.Name, stanza.Status.Message)
		}
		for _, b := range stanza.Backup {
			if !b.Error {
				found = append(found, Backup{b.Label, s.asked(b.Label), time.Unix(b.Timestamp.Start, 0).UTC(), time.Unix(b.Timestamp.Stop, 0).UTC(), b.Info.Size})
			}
		}
	}
	slices.SortFunc(found, func(a, b Backup) int { return a.Stop.Compare(b.Stop) })
	return found, nil
}

func (s *Server) asked(label string) string {
	s.look.Lock()
	defer s.look.Unlock()
	return s.wanted[label]
}

// Earliest is the first instant that can be restored.
func (s *Server) Earliest() (time.Time, error) {
	s.look.Lock()
	defer s.look.Unlock()
	if s.first.IsZero() {
		return time.Time{}, fmt.Errorf("%s has no backup yet", s.Name)
	}
	return s.first, nil
}

func (s *Server) earliest(ctx context.Context) (time.Time, error) {
	backups, err := s.list(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if len(backups) == 0 {
		return time.Time{}, fmt.Errorf("%s has no backup yet", s.Name)
	}
	// The stop is to the second, so the instant after it is sure to be covered.
	return backups[0].Stop.Add(time.Second), nil
}

// flush has everything archived that was committed until now, with a commit
// after it, so that recovery can tell where to stop.
func (s *Server) flush(ctx context.Context) error {
	c, err := s.connect(ctx, "postgres")
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	var segment string
	if err := c.QueryRow(ctx, "select pg_current_xact_id()::text").Scan(&segment); err != nil {
		return err
	}
	if err := c.QueryRow(ctx, "select pg_walfile_name(pg_switch_wal())").Scan(&segment); err != nil {
		return err
	}
	return s.archived(ctx, c, segment)
}

// archived waits until a WAL segment is in the repository.
func (s *Server) archived(ctx context.Context, c *pgx.Conn, segment string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 2*time.Minute, fmt.Errorf("WAL segment %s of %s is not archived after 2 minutes", segment, s.Name))
	defer cancel()
	for {
		var last, failed *string
		if err := c.QueryRow(ctx, "select last_archived_wal, last_failed_wal from pg_stat_archiver").Scan(&last, &failed); err != nil {
			return errors.Join(context.Cause(ctx), err)
		}
		if last != nil && len(*last) >= 24 && (*last)[8:24] >= segment[8:24] {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
