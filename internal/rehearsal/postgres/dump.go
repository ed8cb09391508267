package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Names of the files of a Dump that are about the whole server.
const (
	DumpRoles       = "roles.sql"
	DumpSchema      = "schema.sql"
	DumpTablespaces = "tablespace.sql"
)

// DumpOf is the name of the file that holds a database.
func DumpOf(database string) string { return "database_" + database + ".sql" }

// Dump copies the whole server logically, as Azure's Backup vault does, and
// returns the folder with the files, which the caller removes: for each database
// one in pg_dump's own format, which pg_restore reads, and as SQL the roles without
// their passwords, the tablespaces and the schema of everything.
//
// Sources: MicrosoftDocs/azure-docs articles/backup/
// restore-azure-database-postgresql-flex.md for the files; pg_dump's arguments are
// those that a recovery point's metadata names there.
func (s *Server) Dump(ctx context.Context) (_ string, err error) {
	databases, err := s.databases(ctx)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(s.path(), "dump-")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("dump %s: %w", s.Name, err), os.RemoveAll(dir))
		}
	}()
	if err := s.host.chown(dir); err != nil {
		return "", err
	}
	connect := []string{"--host=" + s.host.path("s"), "--port=" + s.Port, "--username=" + superuser, "--no-password"}
	for _, database := range databases {
		if err := s.host.pg(ctx, "pg_dump", slices.Concat(connect, []string{
			"--format=custom", "--no-acl", "--no-owner", "--no-tablespaces", "--quote-all-identifiers", "--serializable-deferrable",
			"--file=" + filepath.Join(dir, DumpOf(database)), "--dbname=" + database,
		})...); err != nil {
			return "", err
		}
	}
	for file, what := range map[string][]string{
		DumpRoles:       {"--roles-only", "--no-role-passwords"},
		DumpTablespaces: {"--tablespaces-only"},
		// A session in template1 would keep others from making databases.
		DumpSchema: {"--schema-only", "--no-role-passwords", "--exclude-database=template1"},
	} {
		if err := s.host.pg(ctx, "pg_dumpall", slices.Concat(connect, what, []string{"--file=" + filepath.Join(dir, file)})...); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// databases are the names of those that can be connected to.
func (s *Server) databases(ctx context.Context) ([]string, error) {
	c, err := s.connect(ctx, "postgres")
	if err != nil {
		return nil, err
	}
	defer hangUp(ctx, c)
	rows, err := c.Query(ctx, "select datname from pg_database where datallowconn and not datistemplate order by datname")
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.ContainsAny(name, "/=\\") {
			return nil, fmt.Errorf("the database %q of %s has a name that fits no file", name, s.Name)
		}
	}
	return names, nil
}
