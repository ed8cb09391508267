package manifest

import (
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Query is one of the customer's own checks: SQL that reads and returns one
// value.
type Query struct {
	Name string `json:"name"`
	SQL  string `json:"sql"`
}

// Database is what was in a database at an instant.
type Database struct {
	// At is the instant, a whole second: a restore to it has these rows.
	At     time.Time `json:"at"`
	Tables []Table   `json:"tables"` // by name
	// Answers are what the queries returned, as PostgreSQL writes it, by the query's
	// name.
	Answers map[string]string `json:"answers,omitempty"`
	// Settings are the server parameters that the server's configuration sets, in
	// the units of pg_settings.
	Settings map[string]string `json:"settings,omitempty"`

	// System is the identifier that a server shares with all physical copies.
	System string `json:"system"`
	// Snapshot is what was seen, as PostgreSQL writes it: transactions that it
	// leaves out are not in Tables.
	Snapshot string `json:"snapshot"`
	// InFlight are the transactions, with their parts, that may have begun before At
	// and not ended long before it. A restore to At has those that were committed by
	// then, whether Snapshot has them or not.
	InFlight []int64 `json:"inFlight,omitempty"`
}

// Table is one table: how many rows, and a checksum that does not depend on
// their order.
type Table struct {
	Name     string `json:"name"`            // with its schema, quoted where SQL needs it
	Rows     int64  `json:"rows"`            // of all
	Sampled  int64  `json:"sampled"`         // rows in the checksum; all of them in a small table
	OneIn    int64  `json:"oneIn"`           // of so many rows one is in the checksum, chosen by primary key
	Checksum string `json:"checksum"`        // the sum of the rows' 64-bit hashes
	Key      string `json:"key,omitempty"`   // the columns of the primary key, where it chose
	Loose    []Row  `json:"loose,omitempty"` // rows that transactions in flight have made, changed or removed
}

// Row is a row as the transactions in flight found or left it. A restore may have
// it or not.
type Row struct {
	Hash    int64 `json:"hash,string"`
	Count   int64 `json:"count"`   // of rows that are equal to it
	Sampled bool  `json:"sampled"` // it is in the checksum
}

// Difference is one thing in which data is not as it was taken down.
type Difference struct {
	What string `json:"what"` // such as "table public.invoices", "query open-invoices" or "setting work_mem"
	Want string `json:"want"`
	Seen string `json:"seen"`
}

// What is seen of a thing that is gone, and of a table whose rows are damaged.
const (
	absent     = "none"
	unreadable = "rows that cannot be read: "
)

// Lost reports that the thing is gone or cannot be read, and not only other than
// it was.
func (d Difference) Lost() bool {
	return d.Seen == absent || strings.HasPrefix(d.Seen, unreadable)
}

// Loose is how many rows a comparison leaves out where a restored copy has
// transactions that were in flight.
func (m *Database) Loose() (rows int64) {
	for _, t := range m.Tables {
		for _, r := range t.Loose {
			rows += r.Count
		}
	}
	return rows
}

// totals are what is compared of a table.
type totals struct {
	rows, sampled int64
	sum           string
}

func (t totals) String() string {
	if t.sampled == t.rows {
		return fmt.Sprintf("%d rows, checksum %s", t.rows, t.sum)
	}
	return fmt.Sprintf("%d rows, checksum of %d of them %s", t.rows, t.sampled, t.sum)
}

func (t *Table) all() totals { return totals{t.Rows, t.Sampled, t.Checksum} }

// settled are the totals without the loose rows.
func (t *Table) settled() (totals, error) {
	sum, ok := new(big.Int).SetString(t.Checksum, 10)
	if !ok {
		return totals{}, fmt.Errorf("the checksum %q of table %s is no number", t.Checksum, t.Name)
	}
	s := totals{rows: t.Rows, sampled: t.Sampled}
	for _, r := range t.Loose {
		s.rows -= r.Count
		if r.Sampled {
			s.sampled -= r.Count
			sum.Sub(sum, new(big.Int).Mul(big.NewInt(r.Hash), big.NewInt(r.Count)))
		}
	}
	s.sum = sum.String()
	return s, nil
}
