package heartbeat

import (
	"context"
	"errors"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/jackc/pgx/v5"
)

// Beat is one heartbeat.
type Beat struct {
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"` // UTC, by the clock of the database or the account
}

// ErrNone: there is no heartbeat in the data.
var ErrNone = errors.New("there is no heartbeat in the data")

// Setup is the SQL that a database's administrator runs once: the schema tillit
// with the table of heartbeats, and the rights of the identity that writes them
// and runs the drills. It may be run again.
func Setup(login string) []string { return nil }

// Write adds a row.
func Write(ctx context.Context, db *pgx.Conn) (Beat, error) { return Beat{}, ErrNone }

// Newest is the newest row; ErrNone when there is none.
func Newest(ctx context.Context, db *pgx.Conn) (Beat, error) { return Beat{}, ErrNone }

// WriteBlob adds a blob.
func WriteBlob(ctx context.Context, c *container.Client) (Beat, error) { return Beat{}, ErrNone }

// NewestBlob is the newest blob; ErrNone when there is none.
func NewestBlob(ctx context.Context, c *container.Client) (Beat, error) { return Beat{}, ErrNone }
