package cloud

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// connectLimit is how long signing in to a database may take.
	connectLimit = 30 * time.Second
	// statementLimit and lockLimit are PostgreSQL's own, for each statement.
	statementLimit = 15 * time.Minute
	lockLimit      = time.Minute
)

// Database signs in to a PostgreSQL database as Who, with DatabaseToken. The host
// has a port where that is not the usual one. The server must show a certificate
// for its name from an authority that the system trusts (SSL_CERT_FILE). Errors
// are Explain's.
func (c *Cloud) Database(ctx context.Context, host, database string) (*pgx.Conn, error) {
	who, err := c.Who(ctx)
	if err != nil {
		return nil, err
	}
	if who.Login == "" {
		return nil, fmt.Errorf("%w: the token of %s does not tell the name of its role in the database: use a managed identity or a person's account", ErrCredentials, who.ObjectID)
	}
	config, err := databaseConfig(host, database)
	if err != nil {
		return nil, err
	}
	config.User = who.Login
	if config.Password, err = c.DatabaseToken(ctx); err != nil {
		return nil, err
	}
	db, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("sign in to the database %s at %s as %s: %w", database, host, who.Login, Explain(err))
	}
	return db, nil
}

// databaseConfig says how a database is reached. It is the same whatever PG...
// variables the environment has.
func databaseConfig(host, database string) (*pgx.ConnConfig, error) {
	name, port := host, "5432"
	if strings.Contains(host, ":") {
		var err error
		if name, port, err = net.SplitHostPort(host); err != nil {
			name = ""
		}
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || name == "" || number == 0 {
		return nil, fmt.Errorf("%q is no address of a database server: it must be a name, with a port where needed", host)
	}
	config, err := pgx.ParseConfig("sslmode=verify-full target_session_attrs=any sslrootcert='' sslcert='' sslkey=''")
	if err != nil {
		return nil, errors.New("the environment's PG variables name something that cannot be read: unset them")
	}
	config.Host, config.Port, config.Database = name, uint16(number), database
	config.Fallbacks = nil
	config.TLSConfig = &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12}
	config.ConnectTimeout = connectLimit
	config.RuntimeParams = map[string]string{
		"application_name":  "tillit",
		"statement_timeout": strconv.FormatInt(statementLimit.Milliseconds(), 10),
		"lock_timeout":      strconv.FormatInt(lockLimit.Milliseconds(), 10),
	}
	return config, nil
}
