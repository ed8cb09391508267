package manifest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// program is one of PostgreSQL's own.
func program(name string) string {
	if path := filepath.Join("/usr/lib/postgresql/15/bin", name); exists(path) {
		return path
	}
	return name // on PATH
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// A dump that is read into another database has the same rows in another order, in
// other transactions: it is equal. One that lacks a row is not.
func TestDumpAndRestore(t *testing.T) {
	ctx := context.Background()
	c := database(t, server, "dumped")
	execute(t, c, "create table a (id int primary key, v text, j jsonb, f float8, b bytea, t timestamptz default now())",
		"insert into a (id, v, j, f, b) select g, 'v' || g, jsonb_build_object('k', g), 1.0 / g, int4send(g) from generate_series(1, 2000) g",
		"update a set v = v || '!' where id % 3 = 0", "delete from a where id % 10 = 0", "analyze a")
	o := soon
	o.bound = 500
	whole, sampled := take(t, c, soon), take(t, c, o)
	if sampled.Tables[0].OneIn < 2 {
		t.Fatal("nothing is sampled")
	}
	to := database(t, server, "read")
	// As little as possible is where it was.
	must(t, server.Exec(ctx, "read", "create table filler ()", "drop table filler"))
	run := func(input *bytes.Buffer, name string, args ...string) *bytes.Buffer {
		t.Helper()
		var output, errors bytes.Buffer
		cmd := exec.CommandContext(ctx, program(name), append([]string{"--host=localhost", "--port=" + server.Port, "--username=databases"}, args...)...)
		cmd.Env = append(os.Environ(), "PGPASSWORD="+azure.Password(), "PGSSLMODE=require")
		cmd.Stdout, cmd.Stderr = &output, &errors
		if input != nil {
			cmd.Stdin = input
		}
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, errors.String())
		}
		return &output
	}
	dump := run(nil, "pg_dump", "--format=custom", "--no-owner", "dumped")
	run(dump, "pg_restore", "--dbname=read", "--no-owner")
	execute(t, to, "update a set v = v where id % 2 = 0")
	for _, m := range []*Database{whole, sampled} {
		if d := compare(t, m, to); d != nil {
			t.Error(d)
		}
	}
	execute(t, to, "delete from a where id = 77")
	for _, m := range []*Database{whole, sampled} {
		starts(t, compare(t, m, to), "table public.a: 1800 rows")
	}
}
