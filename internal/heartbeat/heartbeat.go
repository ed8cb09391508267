package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Beat is one heartbeat.
type Beat struct {
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"` // UTC, by the clock of the database or the account
}

// ErrNone: there is no heartbeat in the data.
var ErrNone = errors.New("there is no heartbeat in the data")

// Table is where the rows are; it changes all the time.
const Table = "tillit.heartbeat"

// Write adds a row, by a statement of its own, so that it is safe when Write
// returns.
func Write(ctx context.Context, db *pgx.Conn) (Beat, error) {
	b, err := read(ctx, db, "insert into "+Table+" default values returning sequence, at")
	var refused *pgconn.PgError
	switch {
	case err == nil:
		return b, nil
	case !errors.As(err, &refused):
	case refused.Code == noTable:
		err = fmt.Errorf("%w: have its administrator set the database up for heartbeats", err)
	case refused.Code == noRight:
		err = fmt.Errorf("%w: %s may not write heartbeats here: have its administrator set the database up for heartbeats", err, db.Config().User)
	case refused.Code == readOnly:
		err = fmt.Errorf("%w: it is a standby: write to the server that it follows", err)
	}
	return Beat{}, fmt.Errorf("write a heartbeat to the database %s: %w", db.Config().Database, err)
}

// What PostgreSQL answers, by SQLSTATE.
const (
	noTable  = "42P01"
	noRight  = "42501"
	readOnly = "25006"
)

// Newest is the newest row; ErrNone when there is none, or no table of them.
func Newest(ctx context.Context, db *pgx.Conn) (Beat, error) {
	b, err := read(ctx, db, "select sequence, at from "+Table+" order by sequence desc limit 1")
	var refused *pgconn.PgError
	switch {
	case err == nil:
		return b, nil
	case errors.Is(err, pgx.ErrNoRows):
		err = ErrNone
	case errors.As(err, &refused) && refused.Code == noTable:
		err = fmt.Errorf("%w: there is no table %s", ErrNone, Table)
	}
	return Beat{}, fmt.Errorf("read the newest heartbeat of the database %s: %w", db.Config().Database, err)
}

func read(ctx context.Context, db *pgx.Conn, query string) (b Beat, err error) {
	err = db.QueryRow(ctx, query).Scan(&b.Sequence, &b.At)
	b.At = b.At.UTC()
	return b, err
}
