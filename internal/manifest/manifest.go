package manifest

import (
	"context"
	"errors"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/jackc/pgx/v5"
)

// Query is one of the customer's own checks: SQL that reads and returns one
// value.
type Query struct {
	Name string `json:"name"`
	SQL  string `json:"sql"`
}

// Database is what was in a database at an instant.
type Database struct {
	// At is the instant: a restore to it has these rows.
	At       time.Time         `json:"at"`
	Tables   []Table           `json:"tables"`
	Answers  map[string]string `json:"answers,omitempty"`  // by the query's name
	Settings map[string]string `json:"settings,omitempty"` // server parameters that are not at their default
}

// Table is one table: how many rows, and a checksum that does not depend on
// their order.
type Table struct {
	Name     string `json:"name"` // with its schema
	Rows     int64  `json:"rows"`
	Sampled  int64  `json:"sampled"` // rows in the checksum; all of them in a small table
	Checksum string `json:"checksum"`
}

// Blobs is what was in a container at an instant.
type Blobs struct {
	At    time.Time `json:"at"`
	Blobs []Blob    `json:"blobs"`
	Count int64     `json:"count"` // of all, sampled or not
}

// Blob is one blob and the SHA-256 of its content.
type Blob struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Difference is one thing in which data is not as it was taken down.
type Difference struct {
	What string `json:"what"` // such as "table public.invoices" or "query open-invoices"
	Want string `json:"want"`
	Seen string `json:"seen"`
}

var errNotTaken = errors.New("manifest: not taken")

// TakeDatabase takes down a database, in one snapshot that disturbs nobody.
func TakeDatabase(ctx context.Context, db *pgx.Conn, queries []Query) (*Database, error) {
	return nil, errNotTaken
}

// Compare looks at restored data and lists every difference.
func (m *Database) Compare(ctx context.Context, db *pgx.Conn, queries []Query) ([]Difference, error) {
	return nil, errNotTaken
}

// TakeBlobs takes down a container: all names and sizes, and the content of at
// most sample blobs, chosen by name so that the choice is the same again.
func TakeBlobs(ctx context.Context, c *container.Client, sample int) (*Blobs, error) {
	return nil, errNotTaken
}

// Compare looks at restored blobs and lists every difference.
func (m *Blobs) Compare(ctx context.Context, c *container.Client) ([]Difference, error) {
	return nil, errNotTaken
}
