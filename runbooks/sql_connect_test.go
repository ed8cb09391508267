package runbooks

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	mssql "github.com/microsoft/go-mssqldb"
)

// dialled remembers where a driver wants to go, and does not let it.
type dialled struct{ to []string }

var errDialled = errors.New("dialled")

func (d *dialled) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	d.to = append(d.to, address)
	return nil, errDialled
}

// counted is a credential that gives another token each time.
type counted struct{ scopes []string }

func (c *counted) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.scopes = append(c.scopes, o.Scopes...)
	if len(c.scopes) > 2 {
		return azcore.AccessToken{}, errors.New("no more")
	}
	return azcore.AccessToken{Token: "token " + string(rune('0'+len(c.scopes)))}, nil
}

// A connection goes to the server's own port, and its own only.
func TestSQLConnector(t *testing.T) {
	for host, want := range map[string]string{
		"127.0.0.1":       "127.0.0.1:1433",
		"localhost:15433": "127.0.0.1:15433",
	} {
		made, err := sqlConnector(host, "ma in;&=", &counted{})
		if err != nil {
			t.Fatal(err)
		}
		d := &dialled{}
		c, ok := made.(*mssql.Connector)
		if !ok {
			t.Fatalf("a connector is a %T", made)
		}
		c.Dialer = d
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, err = made.Connect(ctx)
		cancel()
		if err == nil || len(d.to) == 0 || d.to[0] != want {
			t.Errorf("%s: dialled %v, %v", host, d.to, err)
		}
	}
	for _, host := range []string{"", "a/b", "user@host", "host?x=y"} {
		if _, err := sqlConnector(host, "main", &counted{}); err == nil {
			t.Errorf("%q is an address", host)
		}
	}
}

// Each connection asks for a token of its own, for Azure SQL and nothing else.
func TestSQLToken(t *testing.T) {
	c := &counted{}
	token := sqlToken(c)
	first, err1 := token(t.Context())
	second, err2 := token(t.Context())
	if err := errors.Join(err1, err2); err != nil || first == second {
		t.Errorf("tokens %q and %q, %v", first, second, err)
	}
	if _, err := token(t.Context()); err == nil {
		t.Error("a credential's error was lost")
	}
	for _, scope := range c.scopes {
		if scope != "https://database.windows.net/.default" {
			t.Errorf("a token was asked for %s", scope)
		}
	}
}

// What cannot be a user or an address goes to no server.
func TestSQLPrepareRefuses(t *testing.T) {
	at := connected(t)
	for want, c := range map[string]struct{ host, login string }{
		"is no name of a database user":      {"localhost", ""},
		"is no address of a database server": {"a/b", "id-drill"},
	} {
		if err := SQLPrepare(t.Context(), at, c.host, "main", c.login); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
