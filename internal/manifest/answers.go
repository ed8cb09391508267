package manifest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// longestAnswer is how many bytes an answer may have.
const longestAnswer = 10_000

// asking is what queries run under besides the settings of the session: names are
// found as the customer's programs find them.
const asking = "set local search_path = default; set local statement_timeout = '5min'"

// answers asks the queries. The transaction is read-only.
func answers(ctx context.Context, db *pgx.Conn, queries []Query) (map[string]string, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	if _, err := db.PgConn().Exec(ctx, asking).ReadAll(); err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, q := range queries {
		answer, err := ask(ctx, db, q)
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", q.Name, err)
		}
		found[q.Name] = answer
	}
	return found, nil
}

// ask asks one query and returns its one value as text.
func ask(ctx context.Context, db *pgx.Conn, q Query) (string, error) {
	reader := db.PgConn().ExecParams(ctx, q.SQL, nil, nil, nil, nil)
	columns := len(reader.FieldDescriptions())
	answer, count := "", 0
	for reader.NextRow() {
		if count++; count > 1 || columns != 1 {
			continue
		}
		answer = "(null)"
		if value := reader.Values()[0]; value != nil {
			answer = string(value)
		}
	}
	switch _, err := reader.Close(); {
	case err != nil:
		return "", err
	case count != 1 || columns != 1:
		return "", fmt.Errorf("it returned %d rows of %d columns: have it return one value, such as a count", count, columns)
	case len(answer) > longestAnswer:
		return "", fmt.Errorf("its answer has %d bytes: have it return a number, or an md5 of a text", len(answer))
	}
	return answer, nil
}
