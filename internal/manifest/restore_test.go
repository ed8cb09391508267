package manifest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/postgres"
)

// restored is a server with what another had at an instant.
func restored(t *testing.T, from *postgres.Server, name string, at time.Time) *postgres.Server {
	t.Helper()
	s, err := azure.Hosts.Restore(context.Background(), name, from.Name, at, clock.Now())
	must(t, err)
	t.Cleanup(func() { must(t, s.Delete(context.Background())) })
	return s
}

// While many write, in transactions with parts, with rows that several have a hold
// on, and with commits that take long, what was taken down is what a restore to its
// instant has; and what a restore to another instant has not.
func TestRestoreUnderLoad(t *testing.T) {
	ctx := context.Background()
	busy, err := azure.Hosts.Create(ctx, "busy")
	must(t, err)
	t.Cleanup(func() { must(t, busy.Delete(ctx)) })
	must(t, busy.Administrator(ctx, "databases"))
	c := database(t, busy, "ledger")
	execute(t, c,
		"create table customers (id int primary key, name text, changed int not null default 0)", "insert into customers select g, 'customer ' || g from generate_series(1, 20) g",
		"create table invoices (id bigint generated always as identity primary key, customer int references customers, amount numeric(12,2), note text)",
		"create table marks (writer int, note text)")
	// A commit is in the WAL long before others see it.
	must(t, busy.Parameter(ctx, "commit_siblings", "0"))
	must(t, busy.Parameter(ctx, "commit_delay", "30000"))
	earliest, err := busy.Earliest()
	must(t, err)
	<-time.After(earliest.Sub(clock.Now()))

	writing, stop := context.WithCancel(ctx)
	var writers sync.WaitGroup
	for w := range 6 {
		conn := connect(t, busy, "ledger")
		writers.Go(func() {
			for i := 0; writing.Err() == nil; i++ {
				if err := write(writing, conn, w, i); err != nil && writing.Err() == nil && !deadlock(err) {
					t.Errorf("writer %d: %v", w, err)
					return
				}
			}
		})
	}
	query := Query{"customers", "select count(*) from customers"}
	var taken []*Database
	for range 2 {
		<-time.After(700 * time.Millisecond)
		m := take(t, c, usual, query)
		t.Logf("%s: %d in flight, %d loose rows", m.At, len(m.InFlight), m.Loose())
		taken = append(taken, m)
	}
	<-time.After(300 * time.Millisecond)
	stop()
	writers.Wait()

	straddles := 0
	for i, m := range taken {
		s := restored(t, busy, fmt.Sprintf("restored%d", i), m.At)
		copied := connect(t, s, "ledger")
		look := &comparison{m: m, db: copied}
		straddle, err := look.straddles(ctx)
		must(t, err)
		if straddle {
			straddles++
		}
		// A restore loses the settings, and nothing else.
		starts(t, compare(t, m, copied, query), "setting commit_delay: 30000 -> 0", "setting commit_siblings: 0 -> 5")
		for j, other := range taken {
			if j != i {
				if lines := compare(t, other, copied, query); len(lines) < 3 {
					t.Errorf("data of %v passes for that of %v: %q", m.At, other.At, lines)
				}
			}
		}
		// What is settled has to be there, to the row.
		execute(t, copied, "begin", "delete from customers where id = 20", "commit")
		if lines := compare(t, m, copied, query); len(lines) < 4 {
			t.Errorf("a row is gone: %q", lines)
		}
	}
	if straddles == 0 {
		t.Error("no restore has what was in flight, so that the test shows nothing: write more")
	}
}

func write(ctx context.Context, c *pgx.Conn, writer, i int) error {
	tx, err := c.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // no more than a courtesy after a commit
	customer := 1 + rand.IntN(19)
	statements := []string{
		fmt.Sprintf("select 1 from customers where id = %d for key share", customer),
		fmt.Sprintf("insert into invoices (customer, amount, note) values (%d, %d.5, 'writer %d')", customer, i, writer),
		"savepoint a",
		fmt.Sprintf("update invoices set note = note || '!' where id = (select max(id) - %d from invoices)", rand.IntN(5)),
		fmt.Sprintf("insert into marks values (%d, 'the same')", writer),
		"release a",
		"savepoint b",
		fmt.Sprintf("delete from invoices where id = (select min(id) + %d from invoices)", rand.IntN(3)),
		[]string{"rollback to b", "release b"}[rand.IntN(2)],
		fmt.Sprintf("update customers set changed = changed + 1 where id = %d", customer),
	}
	if i%7 == 0 {
		statements = append(statements, "delete from marks where ctid = (select ctid from marks limit 1)")
	}
	for _, statement := range statements {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if i%5 == 0 {
		return tx.Rollback(ctx)
	}
	return tx.Commit(ctx)
}

func deadlock(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "40P01"
}
