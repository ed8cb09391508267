package cloud

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/jackc/pgx/v5/pgconn"
)

// said is an answer as the SDK makes an error of it.
func said(status int, code, method, path, body string) error {
	at, err := url.Parse("https://management.azure.com" + path + "?api-version=2024-08-01")
	if err != nil {
		return err
	}
	header := http.Header{}
	if code != "" {
		header.Set("X-Ms-Error-Code", code)
	}
	return runtime.NewResponseError(&http.Response{
		StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)),
		Request: &http.Request{Method: method, URL: at},
	})
}

func TestExplain(t *testing.T) {
	t.Parallel()
	const (
		group  = "/subscriptions/s/resourceGroups/rg-drills"
		server = group + "/providers/Microsoft.DBforPostgreSQL/flexibleServers/pgx"
		denied = `{"error":{"code":"%s","message":"The client 'c' with object id 'o' %s"}}`
	)
	secret := jwt(map[string]any{"oid": "o"})
	for _, test := range []struct {
		name string
		err  error
		want string
		is   error
	}{
		{"denied", said(403, "", "PUT", server, fmt.Sprintf(denied, "AuthorizationFailed",
			"does not have authorization to perform action 'Microsoft.DBforPostgreSQL/flexibleServers/write' over scope '"+server+"' or the scope is invalid.")),
			"PUT flexibleServers/pgx in rg-drills: Azure answers 403 AuthorizationFailed: The client 'c' with object id 'o' does not have authorization to perform action 'Microsoft.DBforPostgreSQL/flexibleServers/write' over scope '" + server + "' or the scope is invalid. The identity lacks the action Microsoft.DBforPostgreSQL/flexibleServers/write on " + server + ": give it the role drill-workbench there", ErrForbidden},
		{"denied elsewhere", said(403, "", "PUT", server, fmt.Sprintf(denied, "LinkedAuthorizationFailed",
			"has permission to perform action 'Microsoft.DBforPostgreSQL/flexibleServers/write' on scope '"+server+"'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) '/sub/net' (respectively) or the linked scope(s) are invalid.")),
			"Microsoft.Network/virtualNetworks/subnets/join/action on /sub/net: give it the role drill-join there", ErrForbidden},
		{"denied for all", said(403, "", "DELETE", server, fmt.Sprintf(denied, "AuthorizationFailed",
			"does not have authorization to perform action 'Microsoft.Sql/managedInstances/delete' over scope '/x'")),
			"Microsoft.Sql/managedInstances/delete on /x, which no role of the estate's drills has: give it one that does", ErrForbidden},
		{"two roles", said(403, "", "GET", server, fmt.Sprintf(denied, "AuthorizationFailed",
			"does not have authorization to perform action 'microsoft.dbforpostgresql/flexibleservers/read' over scope '/x'")),
			"give it the role drill-workbench or drill-restore there", ErrForbidden},
		{"blobs", said(403, "AuthorizationPermissionMismatch", "GET", "/issued/a.pdf", `<?xml version="1.0"?><Error><Code>AuthorizationPermissionMismatch</Code><Message>This request is not authorized.`+"\n"+`RequestId:1</Message></Error>`),
			"GET /issued/a.pdf: Azure answers 403 AuthorizationPermissionMismatch: This request is not authorized. The identity may not touch this account's data", ErrForbidden},
		{"blobs' network", said(403, "AuthorizationFailure", "GET", "/issued", ""), "run it inside the estate's network", ErrForbidden},
		{"immutable", said(409, "BlobImmutableDueToPolicy", "DELETE", "/final/a", ""), "DELETE /final/a: Azure answers 409 BlobImmutableDueToPolicy", nil},
		{"gone", said(404, "", "GET", server, `{"error":{"code":"ResourceNotFound","message":"The resource was not found."}}`),
			"GET flexibleServers/pgx in rg-drills: Azure answers 404 ResourceNotFound: The resource was not found", ErrNotFound},
		{"token", said(401, "", "GET", server, `{"error":{"code":"ExpiredAuthenticationToken","message":"The access token expired."}}`),
			"ExpiredAuthenticationToken: The access token expired. Azure does not take the token: sign in again (az login), or look at the clock of this machine", ErrCredentials},
		{"throttled", said(429, "", "GET", server, "slow down"), "Azure answers 429. The subscription's requests are throttled", nil},
		{"cancelled", fmt.Errorf("step: %w", context.Canceled), "step: context canceled", context.Canceled},
		{"name", &url.Error{Op: "Get", URL: "https://x.invalid", Err: &net.DNSError{Err: "no such host", Name: "x.invalid"}}, "no such host: the name cannot be resolved", nil},
		{"refused", &url.Error{Op: "Get", URL: "https://x", Err: syscall.ECONNREFUSED}, "connection refused: nothing listens there", syscall.ECONNREFUSED},
		{"reset", &url.Error{Op: "Get", URL: "https://x", Err: syscall.ECONNRESET}, "the connection was broken off", nil},
		{"certificate", &url.Error{Op: "Get", URL: "https://x", Err: x509.UnknownAuthorityError{}}, "SSL_CERT_FILE", nil},
		{"cut off", fmt.Errorf("%w after 8 bytes", errCutOff), "something between here and there cuts answers off", errCutOff},
		{"password", &pgconn.PgError{Code: "28P01", Message: "password authentication failed"}, "the database answers 28P01: password authentication failed: the database knows no role", ErrCredentials},
		{"table", &pgconn.PgError{Code: "42501", Message: "permission denied for table x"}, "the identity's role lacks the right", ErrForbidden},
		{"database", &pgconn.PgError{Code: "3D000", Message: "database does not exist"}, "3D000", ErrNotFound},
		{"statement", &pgconn.PgError{Code: "57014", Message: "canceling statement due to statement timeout"}, "it took longer than a statement may", nil},
		{"other", io.ErrShortWrite, "short write", io.ErrShortWrite},
		{"secrets", &url.Error{Op: "Get", URL: "https://x?sig=abc%2F&x=1", Err: errors.New("Bearer " + secret + " and " + secret + " password=hunter2 were refused")},
			"[removed]", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Explain(test.err)
			if !strings.Contains(got.Error(), test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if strings.Contains(got.Error(), "\n") {
				t.Errorf("more than a line: %s", got)
			}
			for _, leaked := range []string{secret, "hunter2", "abc%2F"} {
				if strings.Contains(got.Error(), leaked) {
					t.Errorf("%s is let out: %s", leaked, got)
				}
			}
			if test.is != nil && !errors.Is(got, test.is) {
				t.Errorf("%v is not %v", got, test.is)
			}
			if !errors.Is(got, test.err) {
				t.Error("the error itself is lost")
			}
			if again := Explain(fmt.Errorf("read it: %w", got)); !strings.HasPrefix(again.Error(), "read it: ") {
				t.Errorf("explained twice: %s", again)
			}
		})
	}
	if Explain(nil) != nil {
		t.Error("nothing is explained")
	}
}
