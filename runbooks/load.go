package runbooks

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// PostgreSQL's own programs: one for dumps in pg_dump's format, one for SQL.
const (
	restoreProgram = "pg_restore"
	sqlProgram     = "psql"
)

// entrance is how one gets into a database.
type entrance struct{ host, port, user, password, database string }

// dumpMagic begins a dump in pg_dump's own format.
const dumpMagic = "PGDMP"

// loadDump loads a dump into an empty database, whatever its format. The owners
// and rights in it are left out: what was restored is read by the drill alone.
func loadDump(ctx context.Context, to entrance, dump io.Reader) error {
	from := bufio.NewReaderSize(dump, 1<<20)
	begins, err := from.Peek(len(dumpMagic))
	if err != nil {
		return fmt.Errorf("read the dump: %w", err)
	}
	program, args := sqlProgram, []string{"--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=" + os.DevNull, "--dbname=" + to.database}
	if string(begins) == dumpMagic {
		program, args = restoreProgram, []string{"--no-owner", "--no-privileges", "--exit-on-error", "--dbname=" + to.database}
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(os.Environ(), environment(to)...)
	cmd.Stdin = from
	var said bytes.Buffer
	cmd.Stderr = &said
	err = cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%s is not installed: install PostgreSQL's client programs (apt-get install postgresql-client): %w", program, err)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("%s: %w: %s", program, err, beginning(said.String(), 1000))
	}
	return nil
}

// environment tells PostgreSQL's programs where to sign in and how. The password
// is in no argument, which everybody on the machine can read.
func environment(to entrance) []string {
	return []string{
		"PGHOST=" + to.host, "PGPORT=" + to.port, "PGUSER=" + to.user, "PGPASSWORD=" + to.password,
		"PGSSLMODE=verify-full", "PGSSLROOTCERT=" + authorities(), "PGAPPNAME=tillit-drill", "PGCONNECT_TIMEOUT=30",
	}
}

// bundles are where systems keep the authorities that they trust, as Go's
// crypto/x509 looks for them.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// authorities is the file of authorities that Go trusts too. PostgreSQL's
// programs know the system's by themselves from version 16 on.
func authorities() string {
	if file := os.Getenv("SSL_CERT_FILE"); file != "" {
		return file
	}
	for _, file := range bundles {
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	return "system"
}

// beginning is the first part of what a program said.
func beginning(said string, most int) string {
	said = strings.TrimSpace(said)
	if len(said) > most {
		said = strings.ToValidUTF8(said[:most], "") + " …"
	}
	return said
}
