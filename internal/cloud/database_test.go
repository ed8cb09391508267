package cloud

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// postgres is as much of a PostgreSQL server as it takes to sign in, with the
// password given, behind a certificate.
func postgres(t *testing.T, certificate tls.Certificate, password func(string) bool) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go admit(t, connection, certificate, password)
		}
	}()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "localhost:" + port
}

func admit(t *testing.T, connection net.Conn, certificate tls.Certificate, password func(string) bool) {
	defer func() { _ = connection.Close() }()
	plain := pgproto3.NewBackend(connection, connection)
	if first, err := plain.ReceiveStartupMessage(); err != nil {
		return
	} else if _, ok := first.(*pgproto3.SSLRequest); !ok {
		t.Errorf("the first message is a %T: TLS is not asked for", first)
		return
	}
	if _, err := connection.Write([]byte("S")); err != nil {
		return
	}
	secure := tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}})
	backend := pgproto3.NewBackend(secure, secure)
	message, err := backend.ReceiveStartupMessage()
	if err != nil {
		return // the certificate was not taken
	}
	start, ok := message.(*pgproto3.StartupMessage)
	if !ok || start.Parameters["user"] != "id-drill" || start.Parameters["database"] != "main" || start.Parameters["statement_timeout"] != "900000" || start.Parameters["lock_timeout"] != "60000" {
		t.Errorf("it begins with %+v", message)
		return
	}
	backend.Send(&pgproto3.AuthenticationCleartextPassword{})
	if backend.Flush() != nil {
		return
	}
	if err := backend.SetAuthType(pgproto3.AuthTypeCleartextPassword); err != nil {
		t.Error(err)
		return
	}
	given, err := backend.Receive()
	if err != nil {
		return
	}
	if p, ok := given.(*pgproto3.PasswordMessage); !ok || !password(p.Password) {
		backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: `password authentication failed for user "id-drill"`})
	} else {
		backend.Send(&pgproto3.AuthenticationOk{})
		backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	}
	_ = backend.Flush()      // who has gone need not be told
	_, _ = backend.Receive() // until the client ends
}

func TestDatabase(t *testing.T) {
	for name, value := range map[string]string{"PGSSLROOTCERT": "/nowhere", "PGSSLMODE": "disable", "PGPASSWORD": "another", "PGUSER": "another", "PGOPTIONS": "-c statement_timeout=0", "PGTARGETSESSIONATTRS": "standby"} {
		t.Setenv(name, value)
	}
	c := connected(t, serve(t, good).URL, &signs{})
	token, err := c.DatabaseToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	host := postgres(t, trusted.Certificate, func(given string) bool { return given == token })
	db, err := c.Database(t.Context(), host, "main")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(t.Context()); err != nil {
		t.Error(err)
	}

	refusing := postgres(t, trusted.Certificate, func(string) bool { return false })
	_, err = c.Database(t.Context(), refusing, "main")
	if !errors.Is(err, ErrCredentials) || !strings.Contains(err.Error(), "as id-drill: the database answers 28P01") {
		t.Errorf("a wrong password: %v", err)
	}
	if strings.Contains(err.Error(), token) {
		t.Errorf("the password is let out: %v", err)
	}

	stranger, err := authority.New(clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Database(t.Context(), postgres(t, stranger.Certificate, func(string) bool { return true }), "main")
	if err == nil || !strings.Contains(err.Error(), "SSL_CERT_FILE") {
		t.Errorf("a stranger's certificate: %v", err)
	}
	_, err = c.Database(t.Context(), strings.Replace(host, "localhost", "127.0.0.2", 1), "main")
	if err == nil {
		t.Error("a server under another name was believed")
	}

	for _, bad := range []string{"", ":5432", "host:0", "host:x", "host:65536", "host:1:2"} {
		if _, err := c.Database(t.Context(), bad, "main"); err == nil || !strings.Contains(err.Error(), "is no address") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestDatabaseThatIsSilent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	c := connected(t, serve(t, good).URL, &signs{})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.Database(ctx, listener.Addr().String(), "main"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
}

func TestDatabaseNeedsAName(t *testing.T) {
	c := connected(t, serve(t, http.HandlerFunc(good)).URL, rehearsaltest.Static(jwt(map[string]any{"oid": "o", "tid": "t", "appid": "a"})))
	if _, err := c.Database(t.Context(), "localhost", "main"); !errors.Is(err, ErrCredentials) || !strings.Contains(err.Error(), "use a managed identity") {
		t.Errorf("the error is %v", err)
	}
}
