package cloud

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/clock"
)

func TestWho(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, token string
		want        Identity
		fault       string
	}{
		{"managed identity", jwt(map[string]any{"oid": "o", "tid": "t", "xms_mirid": "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-drill", "appid": "a"}), Identity{"o", "t", "id-drill"}, ""},
		{"person", jwt(map[string]any{"oid": "o", "tid": "t", "upn": "ola@example.no", "unique_name": "x"}), Identity{"o", "t", "ola@example.no"}, ""},
		{"guest", jwt(map[string]any{"oid": "o", "tid": "t", "unique_name": "live.com#ola@example.no"}), Identity{"o", "t", "live.com#ola@example.no"}, ""},
		{"application", jwt(map[string]any{"oid": "o", "tid": "t", "appid": "a"}), Identity{"o", "t", ""}, ""},
		{"nobody", jwt(map[string]any{"tid": "t"}), Identity{}, "it has no claim oid"},
		{"opaque", "rehearsal-0123456789abcdef0123", Identity{}, "1 parts"},
		{"not base64", "a.%%%.c", Identity{}, "base64"},
		{"not JSON", "a.aGVsbG8.c", Identity{}, "JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := identity(test.token)
			if got != test.want || (err == nil) != (test.fault == "") {
				t.Fatalf("got %+v, %v", got, err)
			}
			if err != nil && (!strings.Contains(err.Error(), test.fault) || strings.Contains(err.Error(), test.token)) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.String().Draw(t, "token")
		if who, err := identity(token); err != nil && who != (Identity{}) {
			t.Fatal(who, err)
		}
	})
}

func TestTokensAreKept(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		life time.Duration
		want int64 // fetched in three calls
	}{
		{"an hour", time.Hour, 1},
		{"less than its renewal takes", time.Minute, 1},
		{"over", -time.Minute, 3},
	} {
		credential := &signs{life: test.life}
		kept := newTokens(credential)
		for range 3 {
			if _, err := kept.token(t.Context(), "s", false); err != nil {
				t.Fatal(err)
			}
		}
		if got := credential.given.Load(); got != test.want {
			t.Errorf("%s: fetched %d times, want %d", test.name, got, test.want)
		}
	}
	credential := &signs{}
	kept := newTokens(credential)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if _, err := kept.token(t.Context(), "scope "+strconv.Itoa(i%2), false); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := credential.given.Load(); got != 2 {
		t.Errorf("two scopes fetched %d tokens", got)
	}
}

// A token that can still be used is, when no other is to be had.
func TestTokenOutlivesItsRenewal(t *testing.T) {
	t.Parallel()
	credential := &signs{}
	kept := newTokens(credential)
	first, err := kept.token(t.Context(), "s", false)
	if err != nil {
		t.Fatal(err)
	}
	for key, h := range kept.held {
		h.renew = clock.Now().Add(-time.Second)
		kept.held[key] = h
	}
	credential.err = errors.New("the identity service is down")
	if again, err := kept.token(t.Context(), "s", false); err != nil || again != first {
		t.Errorf("got another token, or %v", err)
	}
	if _, err := kept.token(t.Context(), "s", true); !errors.Is(err, ErrCredentials) {
		t.Errorf("a fresh one: %v", err)
	}
}

type waits struct{}

func (waits) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	<-ctx.Done()
	return azcore.AccessToken{}, ctx.Err()
}

func TestSignInEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	kept := newTokens(waits{})
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := kept.token(ctx, "s", false); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
	}
	both.Wait()
}

// identities is an identity service as App Service and Container Apps have it.
func identities(t *testing.T) *httptest.Server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.Header.Get("X-IDENTITY-HEADER") != "secret" || q.Get("api-version") != "2019-08-01" || q.Get("client_id") != "client" {
			answer(w, http.StatusBadRequest, map[string]any{"statusCode": 400, "message": "no such identity"})
			return
		}
		answer(w, http.StatusOK, map[string]any{
			"access_token": jwt(map[string]any{"oid": "o", "tid": "t", "xms_mirid": "/x/id-drill", "aud": q.Get("resource")}),
			"expires_on":   strconv.FormatInt(clock.Now().Add(time.Hour).Unix(), 10), "resource": q.Get("resource"), "token_type": "Bearer",
		})
	})
}

func TestManagedIdentity(t *testing.T) {
	identity := identities(t)
	manager := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, map[string]any{"subscriptionId": subscription})
	})
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", "")
	t.Setenv("IDENTITY_ENDPOINT", identity.URL+"/identity/token")
	t.Setenv("IDENTITY_HEADER", "secret")
	t.Setenv("AZURE_CLIENT_ID", "client")
	t.Setenv(subscriptionVariable, subscription)
	t.Setenv(endpointVariable, manager.URL)
	o, err := FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if c.Rehearsal {
		t.Error("an endpoint that is none was called a rehearsal")
	}
	if who, err := c.Who(t.Context()); err != nil || who != (Identity{"o", "t", "id-drill"}) {
		t.Errorf("got %+v, %v", who, err)
	}
	password, err := c.DatabaseToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if claims := strings.Split(password, "."); len(claims) != 3 || !strings.Contains(decoded(t, claims[1]), "ossrdbms-aad.database.windows.net") {
		t.Errorf("the password is for another audience")
	}

	// One that is there and is refused is not passed over.
	t.Setenv("AZURE_CLIENT_ID", "another")
	_, err = Connect(t.Context(), o)
	if !errors.Is(err, ErrCredentials) || !strings.Contains(err.Error(), "no such identity") || strings.Contains(err.Error(), "AzureCLICredential") {
		t.Errorf("the error is %v", err)
	}
}

func decoded(t *testing.T, part string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// nothing is a network that leads nowhere.
type nothing struct{}

func (nothing) Do(r *http.Request) (*http.Response, error) {
	return nil, &url.Error{Op: r.Method, URL: r.URL.String(), Err: errors.New("no route to host")}
}

func TestNoIdentityAnywhere(t *testing.T) {
	for _, name := range []string{"AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT", "AZURE_CLIENT_ID"} {
		t.Setenv(name, "")
	}
	t.Setenv("PATH", t.TempDir())
	credential, err := chain(azcore.ClientOptions{Transport: nothing{}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = newTokens(credential).token(t.Context(), "https://management.azure.com/.default", false)
	if !errors.Is(err, ErrCredentials) {
		t.Fatalf("the error is %v", err)
	}
	for _, want := range []string{"AZURE_FEDERATED_TOKEN_FILE", "no identity service answers", "Azure CLI", "az login", "AZURE_CLIENT_ID"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than a line: %v", err)
	}
}

func TestBadOptions(t *testing.T) {
	for _, test := range []struct{ subscription, endpoint, want string }{
		{"", "", subscriptionVariable + " is not set"},
		{"my-subscription", "", "is no subscription id"},
		{subscription, "http://management.azure.com", "must be https://"},
		{subscription, "management.azure.com", "must be https://"},
		{subscription, "https://", "must be https://"},
		{subscription, "https://user:secret@management.azure.com", "must be https://"},
		{subscription, "https://management.azure.com/x", "must be https://"},
		{subscription, "https://management.azure.com?x=1", "must be https://"},
		{subscription, "https://%zz", "must be https://"},
	} {
		t.Setenv(subscriptionVariable, test.subscription)
		t.Setenv(endpointVariable, test.endpoint)
		if _, err := FromEnvironment(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q at %q: %v", test.subscription, test.endpoint, err)
		}
		if test.subscription == "" {
			continue
		}
		if _, err := Connect(t.Context(), Options{Subscription: test.subscription, Endpoint: test.endpoint, Credential: &signs{}}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("connect: %q at %q: %v", test.subscription, test.endpoint, err)
		}
	}
	for endpoint, audience := range map[string]string{
		"":                                    "https://management.core.windows.net/",
		"https://management.azure.com/":       "https://management.core.windows.net/",
		"https://management.chinacloudapi.cn": "https://management.core.chinacloudapi.cn/",
		"https://127.0.0.1:4711/":             "https://management.azure.com",
	} {
		where, err := Options{Subscription: subscription, Endpoint: endpoint}.place()
		if err != nil || where.Services["resourceManager"].Audience != audience {
			t.Errorf("%q: %+v, %v", endpoint, where, err)
		}
	}
	if _, err := (&Cloud{manager: &transport{}}).Blobs("http://account.blob.core.windows.net"); err == nil {
		t.Error("blobs are read without TLS")
	}
}

// Who works in a few groups only may not read the subscription.
func TestConnectWithoutTheSubscription(t *testing.T) {
	t.Parallel()
	server := serve(t, http.HandlerFunc(status(403)))
	if _, err := Connect(t.Context(), Options{Subscription: subscription, Endpoint: server.URL, Credential: &signs{}}); err != nil {
		t.Error(err)
	}
}

func TestConnectFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		deed deed
		want string
		is   error
	}{
		{"no such subscription", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 404, says("SubscriptionNotFound", "The subscription 's' could not be found."))
		}, "connect to the subscription " + subscription, ErrNotFound},
		{"token refused", status(401), "sign in again", ErrCredentials},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, http.HandlerFunc(test.deed))
			_, err := Connect(t.Context(), Options{Subscription: subscription, Endpoint: server.URL, Credential: &signs{}})
			if !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
