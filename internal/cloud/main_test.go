package cloud

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

const subscription = "00000000-0000-4000-8000-000000000001"

// trusted is the authority that this process trusts in the system's stead: it is
// told so once, before anybody asks.
var trusted *authority.Authority

func TestMain(m *testing.M) { os.Exit(rehearsaltest.Trusted(m, &trusted)) }

// serve answers on loopback over HTTPS.
func serve(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{trusted.Certificate}}
	s.Config.ErrorLog = log.New(discard{}, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// jwt is a token with claims, signed by nobody.
func jwt(claims map[string]any) string {
	b, _ := json.Marshal(claims)
	return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString(b) + ".c2lnbmF0dXJl"
}

// signs is a credential that gives numbered tokens.
type signs struct {
	given atomic.Int64
	life  time.Duration // an hour when zero
	err   error
}

func (s *signs) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if s.err != nil {
		return azcore.AccessToken{}, s.err
	}
	life := s.life
	if life == 0 {
		life = time.Hour
	}
	n := s.given.Add(1)
	return azcore.AccessToken{
		Token:     jwt(map[string]any{"oid": "11111111-1111-4111-8111-111111111111", "tid": "t", "n": n, "aud": o.Scopes[0], "xms_mirid": "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-drill"}),
		ExpiresOn: clock.Now().Add(life),
	}, nil
}

// quick makes a transport repeat without delay.
func quick(t *transport) *transport {
	t.first, t.most = time.Millisecond, 4*time.Millisecond
	return t
}

// direct is a transport to a server.
func direct(t testing.TB, server *httptest.Server, credential azcore.TokenCredential, l limits) *transport {
	t.Helper()
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return quick(newTransport(newBase(), newTokens(credential), "https://management.azure.com/.default", at.Host, l, nil))
}

// connected is a cloud at an endpoint, without delay between attempts.
func connected(t testing.TB, endpoint string, credential azcore.TokenCredential) *Cloud {
	t.Helper()
	c, err := Connect(t.Context(), Options{Subscription: subscription, Endpoint: endpoint, Credential: credential})
	if err != nil {
		t.Fatal(err)
	}
	quick(c.manager)
	return c
}

// answer writes JSON, or an error as ARM has it.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who has gone need not be told
}

func says(code, format string, args ...any) map[string]any {
	return map[string]any{"error": map[string]any{"code": code, "message": fmt.Sprintf(format, args...)}}
}
