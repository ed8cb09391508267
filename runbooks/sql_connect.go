package runbooks

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	mssql "github.com/microsoft/go-mssqldb"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
)

// What this file and sql_data.go do with data has not been run against an Azure SQL
// server: the text of the statements and the way of signing in are what tests look
// at.

// sqlScope is what Azure SQL takes as a token's audience. Source:
// MicrosoftDocs/sql-docs azure-sql/database/authentication-aad-overview.md.
const sqlScope = "https://database.windows.net/.default"

// sqlConnector signs in to a database with a token of Entra's, over TLS with the
// server's certificate checked. A token lives for an hour or less, so each
// connection gets its own.
func sqlConnector(host, database string, credential azcore.TokenCredential) (driver.Connector, error) {
	name, port := host, "1433"
	if h, p, err := net.SplitHostPort(host); err == nil {
		name, port = h, p
	}
	if name == "" || strings.ContainsAny(name, "/?@\\") {
		return nil, fmt.Errorf("%q is no address of a database server", host)
	}
	at := url.URL{Scheme: "sqlserver", Host: net.JoinHostPort(name, port), RawQuery: url.Values{
		"database": {database}, "encrypt": {"true"}, "TrustServerCertificate": {"false"}, "hostNameInCertificate": {name}, "tlsmin": {"1.2"},
		"app name": {"tillit"}, "dial timeout": {"30"}, "connection timeout": {"0"},
	}.Encode()}
	return mssql.NewConnectorWithAccessTokenProvider(at.String(), sqlToken(credential))
}

// sqlToken asks a credential for the token of a connection.
func sqlToken(credential azcore.TokenCredential) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{sqlScope}})
		return token.Token, err
	}
}

// with does something over a connection to a database on a host.
func (w *sqlWork) with(ctx context.Context, host, database string, do func(context.Context, *sql.Conn) error) error {
	return withSQL(ctx, w.Cloud, host, database, do)
}

func withSQL(ctx context.Context, at *cloud.Cloud, host, database string, do func(context.Context, *sql.Conn) error) error {
	connector, err := sqlConnector(host, database, at.Credential())
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { _ = db.Close() }() // what it was for has been done or has failed
	c, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("sign in to the database %s at %s: %w", database, host, cloud.Explain(err))
	}
	defer func() { _ = c.Close() }()
	return do(ctx, c)
}

// Heartbeats in T-SQL.
const (
	sqlNewest = "SELECT TOP (1) [sequence], [at] FROM [tillit].[heartbeat] ORDER BY [sequence] DESC"
	sqlBeat   = "INSERT INTO [tillit].[heartbeat] OUTPUT inserted.[sequence], inserted.[at] DEFAULT VALUES"
)

// SQLSetup is the T-SQL that an Entra administrator of an Azure SQL server runs
// once in the database, as heartbeat.Setup is for PostgreSQL: the user of the
// identity that writes heartbeats and runs the drills, the schema tillit with the
// table of heartbeats, and the user's rights. It may be run again. Each element is
// a batch of its own.
func SQLSetup(login string) ([]string, error) {
	if login == "" || len(login) > 128 || strings.ContainsRune(login, 0) {
		return nil, fmt.Errorf("%q is no name of a database user: it has 1 to 128 characters", login)
	}
	user, word := bracketed(login), literal(login)
	return []string{
		"IF DATABASE_PRINCIPAL_ID(" + word + ") IS NULL CREATE USER " + user + " FROM EXTERNAL PROVIDER",
		"IF SCHEMA_ID(N'tillit') IS NULL EXEC(N'CREATE SCHEMA [tillit]')",
		"IF OBJECT_ID(N'tillit.heartbeat') IS NULL CREATE TABLE [tillit].[heartbeat] ([sequence] bigint IDENTITY PRIMARY KEY, [at] datetime2(7) NOT NULL DEFAULT SYSUTCDATETIME())",
		"GRANT SELECT, INSERT ON [tillit].[heartbeat] TO " + user,
		"ALTER ROLE [db_datareader] ADD MEMBER " + user,
		"GRANT VIEW DEFINITION TO " + user, // without it tables could be missed
	}, nil
}

// SQLPrepare runs SQLSetup's batches at a database, signed in as an Entra
// administrator of its server.
func SQLPrepare(ctx context.Context, at *cloud.Cloud, host, database, login string) error {
	batches, err := SQLSetup(login)
	if err != nil {
		return err
	}
	return withSQL(ctx, at, host, database, func(ctx context.Context, c *sql.Conn) error {
		for _, batch := range batches {
			if _, err := c.ExecContext(ctx, batch); err != nil {
				return fmt.Errorf("%s: %w", batch, err)
			}
		}
		return nil
	})
}

// bracketed quotes a name, literal a text.
func bracketed(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" }

func literal(text string) string { return "N'" + strings.ReplaceAll(text, "'", "''") + "'" }

// readBeat runs a statement that answers with a heartbeat.
func readBeat(ctx context.Context, c *sql.Conn, statement string) (b heartbeat.Beat, err error) {
	err = c.QueryRowContext(ctx, statement).Scan(&b.Sequence, &b.At)
	var refused mssql.Error
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = heartbeat.ErrNone
	case errors.As(err, &refused) && refused.Number == noObject:
		err = fmt.Errorf("%w: there is no table tillit.heartbeat; have the database's administrator set it up", heartbeat.ErrNone)
	}
	// A datetime2 has no zone; SYSUTCDATETIME is in UTC.
	b.At = time.Date(b.At.Year(), b.At.Month(), b.At.Day(), b.At.Hour(), b.At.Minute(), b.At.Second(), b.At.Nanosecond(), time.UTC)
	return b, err
}

// noObject is SQL Server's error for a table that is not there or may not be read.
const noObject = 208

// newest reads the newest heartbeat of a database.
func (w *sqlWork) newest(ctx context.Context, host, database string) (b heartbeat.Beat, err error) {
	err = w.with(ctx, host, database, func(ctx context.Context, c *sql.Conn) error {
		b, err = readBeat(ctx, c, sqlNewest)
		return err
	})
	return b, err
}

// SQLBeat writes a heartbeat to an Azure SQL database, which SQLSetup has prepared.
func SQLBeat(ctx context.Context, at *cloud.Cloud, host, database string) (b heartbeat.Beat, err error) {
	err = withSQL(ctx, at, host, database, func(ctx context.Context, c *sql.Conn) error {
		b, err = readBeat(ctx, c, sqlBeat)
		return err
	})
	if err != nil {
		err = fmt.Errorf("write a heartbeat to the database %s at %s: %w", database, host, err)
	}
	return b, err
}

func (w *sqlWork) beatAt(ctx context.Context, host, database string) (heartbeat.Beat, error) {
	return SQLBeat(ctx, w.Cloud, host, database)
}

// beat sees to it that production has a heartbeat that is fresh.
func (w *sqlWork) beat(ctx context.Context, run *drill.Run) error {
	newest, err := w.newest(ctx, w.db.Server.Host, w.db.Name)
	if err != nil && !errors.Is(err, heartbeat.ErrNone) {
		return fmt.Errorf("read the heartbeat of %s: %w", w.db.Server.Name, err)
	}
	if err == nil && w.Now().Sub(newest.At) <= fresh {
		return nil
	}
	run.Say("production has no fresh heartbeat: writing one")
	_, err = w.beatAt(ctx, w.db.Server.Host, w.db.Name)
	return err
}

// reached waits until a heartbeat that is written at one host is at the other.
func (w *sqlWork) reached(ctx context.Context, run *drill.Run, from, at string) error {
	sent, err := w.beatAt(ctx, from, w.db.Name)
	if err != nil {
		return err
	}
	began := w.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("a heartbeat has not reached %s after %v", at, patience))
	defer cancel()
	for gap := 50 * time.Millisecond; ; gap = min(2*gap, time.Second) {
		newest, err := w.newest(ctx, at, w.db.Name)
		switch {
		case err == nil && newest.Sequence >= sent.Sequence:
			run.Say("a heartbeat reached %s in %s", at, w.Now().Sub(began).Round(time.Millisecond))
			return nil
		case errors.Is(err, cloud.ErrForbidden) || errors.Is(err, cloud.ErrCredentials):
			return err
		}
		if wait(ctx, gap) != nil {
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// redirect sends the heartbeat to a server that has taken over, and keeps it.
func (w *sqlWork) redirect(ctx context.Context, run *drill.Run, host, key string) error {
	b, err := w.beatAt(ctx, host, w.db.Name)
	if err != nil {
		return err
	}
	return run.Put(key, b)
}
