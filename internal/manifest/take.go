package manifest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// options are what tests turn.
type options struct {
	step     time.Duration // instants are whole multiples of it
	attempts int           // to find an instant with nothing in flight, where there are queries
	wait     time.Duration // for a table whose form somebody changes; readers that come after us wait as long
	bound    int64         // tables with more rows are sampled
}

var usual = options{step: time.Second, attempts: 5, wait: 5 * time.Second, bound: 1_000_000}

// TakeDatabase takes down a database, in one snapshot. It disturbs readers and
// writers as little as pg_dump does: changes to a table's form wait for it.
//
// The login has to be allowed to read everything, as heartbeat.Setup arranges it,
// the server one that takes writes, and the connection in no transaction.
func TakeDatabase(ctx context.Context, db *pgx.Conn, queries []Query) (*Database, error) {
	return usual.take(ctx, db, queries)
}

func (o options) take(ctx context.Context, db *pgx.Conn, queries []Query) (m *Database, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("take down the database %s: %w", db.Config().Database, explain(err))
		}
	}()
	if err := idle(db); err != nil {
		return nil, err
	}
	m = &Database{}
	var recovering bool
	if err := db.QueryRow(ctx, "select system_identifier::text, pg_is_in_recovery() from pg_control_system()").Scan(&m.System, &recovering); err != nil {
		return nil, err
	}
	if recovering {
		return nil, errors.New("the server is a standby, which lags behind by an unknown time: take it down on the server that it follows")
	}
	tables, i, err := o.open(ctx, db, len(queries) > 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, end(ctx, db)) }()
	m.At, m.Snapshot, m.InFlight = i.at, i.snapshot, i.inFlight
	for _, r := range tables {
		t, err := o.takeTable(ctx, db, r, i)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", r.name, err)
		}
		m.Tables = append(m.Tables, *t)
	}
	if m.Answers, err = answers(ctx, db, queries); err != nil {
		return nil, err
	}
	if err := end(ctx, db); err != nil {
		return nil, err
	}
	m.Settings, err = settings(ctx, db)
	return m, err
}

// open begins the transaction in which a database is taken down, at an instant
// with all tables held as they are. Of several attempts the first is taken that
// has nothing in flight, or the last.
func (o options) open(ctx context.Context, db *pgx.Conn, quiet bool) ([]relation, instant, error) {
	attempts := 1
	if quiet {
		attempts = o.attempts
	}
	const patience = 10 // for tables that come and go
	for attempt := 1; ; attempt++ {
		tables, err := relations(ctx, db)
		if err != nil {
			return nil, instant{}, err
		}
		i, err := o.instant(ctx, db, tables)
		if err != nil {
			return nil, instant{}, errors.Join(err, end(ctx, db))
		}
		now, err := relations(ctx, db)
		if err != nil {
			return nil, instant{}, errors.Join(err, end(ctx, db))
		}
		same := slices.EqualFunc(tables, now, func(a, b relation) bool { return a.name == b.name })
		switch {
		case same && (i.quiet || attempt >= attempts):
			return now, i, nil
		case !same && attempt >= patience:
			return nil, instant{}, errors.Join(errors.New("tables come and go all the time: wait until the migration is over"), end(ctx, db))
		}
		if err := end(ctx, db); err != nil {
			return nil, instant{}, err
		}
	}
}

// idle refuses a connection that is in a transaction: its snapshot is not ours.
func idle(db *pgx.Conn) error {
	if db.PgConn().TxStatus() != 'I' {
		return errors.New("the connection is in a transaction: end it first")
	}
	return nil
}

// end ends the transaction, if there is one. Nothing has been written in it. A
// connection that is broken has ended it.
func end(ctx context.Context, db *pgx.Conn) error {
	if db.IsClosed() || db.PgConn().TxStatus() == 'I' {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_, err := db.Exec(ctx, "rollback")
	return err
}

// What PostgreSQL answers, by SQLSTATE.
const (
	noRight    = "42501"
	notFree    = "55P03"
	noTable    = "42P01"
	noColumn   = "42703"
	noFunction = "42883"
)

// explain says what to do about what PostgreSQL answers.
func explain(err error) error {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return err
	}
	switch {
	case refused.Code == notFree:
		return fmt.Errorf("%w: somebody changes the form of a table: try again when the migration is over", err)
	case refused.Code == noRight && strings.Contains(refused.Message, "row-level security"):
		return fmt.Errorf("%w: rows would be hidden: give the login BYPASSRLS, or a policy that shows it all rows", err)
	case refused.Code == noRight:
		return fmt.Errorf("%w: have the administrator set the database up for heartbeats, which lets the login read everything", err)
	}
	return err
}
