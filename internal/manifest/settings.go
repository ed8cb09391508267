package manifest

import (
	"context"
	"regexp"

	"github.com/jackc/pgx/v5"
)

// own are parameters that two servers with the same data rightly differ in: who
// they are and where they listen, where their files lie, how they archive and
// whom they follow or recover from, and what Azure's own agents keep there.
var own = regexp.MustCompile(`^(port|listen_addresses|cluster_name|unix_socket_.*|.*_(file|dir|directory)|log_filename|external_pid_file|dynamic_library_path` +
	`|archive_.*|restore_command|recovery_.*|primary_.*|promote_trigger_file|synchronous_standby_names` +
	`|azure\..*)$`)

// extensions is the one parameter of Azure's that is the customer's: without it
// the functions that the data needs cannot be made.
const extensions = "azure.extensions"

// settings reads the parameters that the server's configuration sets. What a
// database or a role sets for itself is data and is restored; what a restore to a
// new server loses is the configuration.
//
// It has to be read outside a transaction that sets parameters of its own; what
// the session was set to does not count.
func settings(ctx context.Context, db *pgx.Conn) (map[string]string, error) {
	return readSettings(ctx, db, "source = 'configuration file'")
}

func readSettings(ctx context.Context, db *pgx.Conn, where string) (map[string]string, error) {
	rows, err := db.Query(ctx, "select name, coalesce(reset_val, '') from pg_catalog.pg_settings where "+where)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	var name, value string
	_, err = pgx.ForEachRow(rows, []any{&name, &value}, func() error {
		if name == extensions || !own.MatchString(name) {
			found[name] = value
		}
		return nil
	})
	return found, err
}
