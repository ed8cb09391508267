package arm_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

const drills = group + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-drills"

// token asks the identity endpoint as App Service's own library does.
func (c *cloud) token(query string, header ...string) reply {
	c.t.Helper()
	return c.do("GET", arm.IdentityPath+"?api-version=2019-08-01&"+query, "", append([]string{"X-IDENTITY-HEADER", c.server.IdentitySecret()}, header...)...)
}

// client makes the identity and gives its client id.
func (c *cloud) identity() string {
	c.t.Helper()
	c.make(group, here, drills, here)
	return c.do("GET", drills, "").body["properties"].(map[string]any)["clientId"].(string)
}

func TestMintedTokensSignIn(t *testing.T) {
	var ahead atomic.Int64
	c := start(t, arm.Options{
		Now:       func() time.Time { return clock.Now().Add(time.Duration(ahead.Load())) },
		Passwords: map[string]string{"https://ossrdbms-aad.database.windows.net": "open sesame"},
	})
	id := c.identity()
	mint := func(resource string) string {
		r := c.token("resource=" + resource + "&client_id=" + id)
		if r.status != 200 || r.body["token_type"] != "Bearer" || r.body["resource"] != resource {
			t.Fatalf("a token for %s: %d %v", resource, r.status, r.body)
		}
		return r.body["access_token"].(string)
	}
	ask := func(token string) reply { return c.do("GET", group, "", "Authorization", "Bearer "+token) }
	token := mint("https://management.azure.com/")
	if r := ask(token); r.status != 200 {
		t.Errorf("a fresh token: %d %v", r.status, r.body)
	}
	if got := mint("https://ossrdbms-aad.database.windows.net"); got != "open sesame" {
		t.Errorf("for databases: %s", got)
	}
	c.want(ask(mint("https://storage.azure.com")), 401, "InvalidAuthenticationTokenAudience")
	parts := strings.Split(token, ".")
	c.want(ask(parts[0]+"."+parts[1]+".AAAA"), 401, "InvalidAuthenticationToken")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	c.want(ask(none+"."+parts[1]+"."), 401, "InvalidAuthenticationToken")
	other := start(t, arm.Options{})
	c.want(ask(other.token("resource=https://management.azure.com&client_id=" + other.identity()).body["access_token"].(string)), 401, "InvalidAuthenticationToken")

	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(b, &claims); err != nil {
		t.Fatal(err)
	}
	principal := c.do("GET", drills, "").body["properties"].(map[string]any)["principalId"]
	for name, want := range map[string]any{
		"oid": principal, "sub": principal, "tid": azure.Tenant, "appid": id, "aud": "https://management.azure.com", "idtyp": "app", "xms_mirid": drills,
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}

	ahead.Store(int64(2 * time.Hour))
	r := ask(token)
	c.want(r, 401, "ExpiredAuthenticationToken")
	if challenge := r.header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, "Bearer ") || !strings.Contains(challenge, "invalid_token") {
		t.Errorf("the challenge is %q", challenge)
	}
	c.server.Inject(arm.Fault{ExpireTokens: true, Times: 1})
	token = mint("https://management.azure.com")
	c.want(ask(token), 401, "ExpiredAuthenticationToken") // by the fault
	c.want(ask(token), 401, "ExpiredAuthenticationToken") // for good
	if r := ask(mint("https://management.azure.com")); r.status != 200 {
		t.Errorf("a renewed token: %d %v", r.status, r.body)
	}
}

func TestWhoGetsNoToken(t *testing.T) {
	c := start(t, arm.Options{})
	id := c.identity()
	const resource = "resource=https://management.azure.com"
	for name, test := range map[string]struct {
		got    reply
		status int
	}{
		"without the secret":  {c.token(resource+"&client_id="+id, "X-IDENTITY-HEADER", "guess"), 403},
		"of nobody":           {c.token(resource + "&client_id=00000000-0000-4000-8000-00000000ffff"), 400},
		"without saying whom": {c.token(resource), 400},
		"for nothing":         {c.token("client_id=" + id), 400},
		"of another time":     {c.do("GET", arm.IdentityPath+"?api-version=2017-09-01&"+resource+"&client_id="+id, "", "X-IDENTITY-HEADER", c.server.IdentitySecret()), 400},
	} {
		if test.got.status != test.status || test.got.body["access_token"] != nil {
			t.Errorf("%s: %d %v", name, test.got.status, test.got.body)
		}
	}
}

// Azure's own library signs in.
func TestTheSDKSignsInAsAManagedIdentity(t *testing.T) {
	c := start(t, arm.Options{})
	id := c.identity()
	t.Setenv("IDENTITY_ENDPOINT", c.server.URL()+arm.IdentityPath)
	t.Setenv("IDENTITY_HEADER", c.server.IdentitySecret())
	sdk, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ID: azidentity.ClientID(id), ClientOptions: policy.ClientOptions{Transport: c.client}})
	if err != nil {
		t.Fatal(err)
	}
	token, err := sdk.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{"https://management.azure.com/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	if left := token.ExpiresOn.Sub(clock.Now()); left < 59*time.Minute || left > 61*time.Minute {
		t.Errorf("it counts for %v", left)
	}
	if r := c.do(http.MethodGet, group, "", "Authorization", "Bearer "+token.Token); r.status != 200 {
		t.Errorf("it gets %d %v", r.status, r.body)
	}
}
