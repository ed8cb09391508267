package heartbeat

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// Script is SQL for two databases of one server.
type Script struct {
	// Postgres is for the database postgres, the only one in which Azure has the
	// function that makes a role of an Entra identity.
	Postgres []string
	// Database is for the one that has heartbeats.
	Database []string
}

// longestRole is how many bytes of a role's name PostgreSQL keeps.
const longestRole = 63

// Setup is the SQL that an Entra administrator of the server runs once: the role of
// the identity that writes heartbeats and runs the drills, the schema tillit with
// the table of heartbeats, and the role's rights. It may be run again.
//
// The login is the name of a managed identity, such as
// id-ledger-no-drill-westeurope. The role can add heartbeats and neither change nor
// remove them. It reads all data and all settings by the two predefined roles for
// that: a manifest that lacked the tables which were made after the set-up would
// not say so.
func Setup(login string) (Script, error) {
	if login == "" || len(login) > longestRole || !utf8.ValidString(login) || strings.ContainsRune(login, 0) {
		return Script{}, fmt.Errorf("%q is no name of a role: PostgreSQL takes 1 to %d bytes of text", login, longestRole)
	}
	role, text := pgx.Identifier{login}.Sanitize(), literal(login)
	return Script{
		Postgres: []string{
			"select pgaadauth_create_principal(" + text + ", false, false)" +
				" where not exists (select from pg_catalog.pg_roles where rolname = " + text + ")",
			"grant pg_read_all_data, pg_read_all_settings to " + role,
		},
		Database: []string{
			"create schema if not exists tillit",
			"create table if not exists " + Table + " (sequence bigint generated always as identity primary key, at timestamptz not null default clock_timestamp())",
			"grant usage on schema tillit to " + role,
			"grant select, insert on " + Table + " to " + role,
		},
	}, nil
}

// literal quotes a text so that it means the same whatever the server is told of
// backslashes.
func literal(text string) string {
	quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	if strings.Contains(text, `\`) {
		quoted = "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}
