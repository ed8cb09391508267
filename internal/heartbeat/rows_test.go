package heartbeat

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// entra gives the server what Azure's has, unless it is there: the function that
// makes a role of an identity, which administrators may call.
func entra(t *testing.T) {
	t.Helper()
	must(t, server.Exec(context.Background(), "postgres", `do $do$ begin
	if to_regprocedure('pgaadauth_create_principal(text, boolean, boolean)') is null then
		create function pgaadauth_create_principal(rolename text, isadmin boolean, ismfa boolean) returns text language plpgsql security definer as $$
			begin
				execute format('create role %I login password %L', rolename, '`+strings.ReplaceAll(azure.Password(), "'", "''''")+`');
				return 'Created role for ' || rolename;
			end $$;
	end if;
	end $do$`))
}

// setUp runs the SQL of Setup as the administrator would.
func setUp(t *testing.T, login, database string) {
	t.Helper()
	script, err := Setup(login)
	must(t, err)
	execute(t, connect(t, "databases", "postgres"), script.Postgres...)
	execute(t, connect(t, "databases", database), script.Database...)
}

func execute(t *testing.T, c *pgx.Conn, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := c.Exec(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestRows(t *testing.T) {
	ctx := context.Background()
	entra(t)
	must(t, server.Database(ctx, "rows"))
	admin := connect(t, "databases", "rows")
	if _, err := Newest(ctx, admin); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "no table") {
		t.Errorf("without a table: %v", err)
	}
	if _, err := Write(ctx, admin); err == nil || !strings.Contains(err.Error(), "administrator") {
		t.Errorf("without a table: %v", err)
	}
	const login = "id-ledger-no-drill-westeurope"
	setUp(t, login, "rows")
	setUp(t, login, "rows")
	c := connect(t, login, "rows")
	if _, err := Newest(ctx, c); !errors.Is(err, ErrNone) {
		t.Errorf("without a row: %v", err)
	}
	var last Beat
	for range 3 {
		b, err := Write(ctx, c)
		must(t, err)
		near(t, b.At)
		if b.Sequence <= last.Sequence || !b.At.After(last.At) {
			t.Errorf("%v comes after %v", b, last)
		}
		last = b
	}
	if got, err := Newest(ctx, c); err != nil || got != last {
		t.Errorf("the newest is %v, %v; want %v", got, err, last)
	}

	t.Run("what the identity may do", func(t *testing.T) {
		execute(t, admin, "create table invoices (id int primary key)", "insert into invoices values (1)")
		execute(t, c, "select * from invoices", "select setting from pg_settings where name = 'shared_preload_libraries'")
		for _, statement := range []string{
			"delete from tillit.heartbeat", "update tillit.heartbeat set at = now()", "truncate tillit.heartbeat",
			"insert into tillit.heartbeat (sequence) values (99)", "insert into invoices values (2)", "create table tillit.more (a int)", "create role another",
		} {
			if _, err := c.Exec(ctx, statement); err == nil {
				t.Errorf("it may %s", statement)
			}
		}
	})
	t.Run("nobody else may write", func(t *testing.T) {
		execute(t, connect(t, "databases", "postgres"), "select pgaadauth_create_principal('somebody', false, false)")
		if _, err := Write(ctx, connect(t, "somebody", "rows")); err == nil || !strings.Contains(err.Error(), "somebody may not") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a standby", func(t *testing.T) {
		execute(t, c, "set default_transaction_read_only = on")
		if _, err := Write(ctx, c); err == nil || !strings.Contains(err.Error(), "standby") {
			t.Errorf("got %v", err)
		}
	})
}

func TestHostileLogins(t *testing.T) {
	entra(t)
	must(t, server.Database(context.Background(), "hostile"))
	execute(t, connect(t, "databases", "hostile"), "create table precious (a int)")
	for _, login := range []string{
		`x'); drop table precious; --`, `x"; drop table precious; --`, `back\slash`, `\'; drop table precious; --`,
		"$$", "$tillit$", "line\nbreak", "Åse Ødegård", "UPPER", "select", " ", strings.Repeat("n", 63),
	} {
		t.Run(login, func(t *testing.T) {
			setUp(t, login, "hostile")
			setUp(t, login, "hostile")
			if _, err := Write(context.Background(), connect(t, login, "hostile")); err != nil {
				t.Error(err)
			}
		})
	}
	execute(t, connect(t, "databases", "hostile"), "select * from precious")
	for _, login := range []string{"", "a\x00b", "\xff", strings.Repeat("n", 64)} {
		if _, err := Setup(login); err == nil {
			t.Errorf("%q is taken", login)
		}
	}
}

// Quotes hold with backslashes that escape, too.
func TestLiteral(t *testing.T) {
	c := connect(t, "databases", "postgres")
	execute(t, c, "set standard_conforming_strings = off")
	for _, text := range []string{`a'b`, `a\`, `a\'b`, `\\''`} {
		rows, err := c.Query(context.Background(), "select "+literal(text))
		must(t, err)
		got, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
		if err != nil || got != text {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
}
