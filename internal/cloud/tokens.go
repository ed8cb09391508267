package cloud

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/tillit-dev/tillit/internal/clock"
)

// signInLimit is how long getting one token may take.
const signInLimit = time.Minute

// tokens keeps one token for each scope and renews it before it expires. It is
// the credential that all clients are given, so that there is one place to throw
// away a token that Azure no longer takes.
type tokens struct {
	from azcore.TokenCredential
	busy chan struct{} // holds one element while a token is fetched
	held map[string]held
}

type held struct {
	azcore.AccessToken
	renew time.Time
}

func newTokens(from azcore.TokenCredential) *tokens {
	return &tokens{from: from, busy: make(chan struct{}, 1), held: map[string]held{}}
}

// GetToken gives the token that is held, or a new one.
func (t *tokens) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	select {
	case t.busy <- struct{}{}:
		defer func() { <-t.busy }()
	case <-ctx.Done():
		return azcore.AccessToken{}, context.Cause(ctx)
	}
	key := strings.Join(o.Scopes, " ") + " " + o.TenantID
	old, ok := t.held[key]
	if ok && o.Claims == "" && clock.Now().Before(old.renew) {
		return old.AccessToken, nil
	}
	limited, cancel := context.WithTimeout(ctx, signInLimit)
	defer cancel()
	got, err := t.from.GetToken(limited, o)
	now := clock.Now()
	switch {
	case err == nil:
		// Half its life before its end, five minutes at most.
		t.held[key] = held{got, got.ExpiresOn.Add(-min(5*time.Minute, got.ExpiresOn.Sub(now)/2))}
		return got, nil
	case ctx.Err() != nil:
		return got, context.Cause(ctx)
	case ok && o.Claims == "" && now.Before(old.ExpiresOn):
		return old.AccessToken, nil
	}
	return got, signIn(err)
}

// token is the token for a scope. A fresh one is asked for as if Azure had
// challenged the old one, since credentials hold back what they have in store
// then and only then.
func (t *tokens) token(ctx context.Context, scope string, fresh bool) (string, error) {
	o := policy.TokenRequestOptions{Scopes: []string{scope}, EnableCAE: true}
	if fresh {
		o.Claims = `{"access_token":{"nbf":{"essential":true,"value":"` + strconv.FormatInt(clock.Now().Unix(), 10) + `"}}}`
	}
	got, err := t.GetToken(ctx, o)
	return got.Token, err
}

// Identity is who a token was issued to.
type Identity struct {
	ObjectID string // in Entra
	Tenant   string
	// Login is the name of the managed identity, or a person's user principal name;
	// empty for an application, whose token does not tell it.
	Login string
}

// Who tells the identity that the process is signed in as, read from its token.
func (c *Cloud) Who(ctx context.Context) (Identity, error) {
	token, err := c.manager.tokens.token(ctx, c.manager.scope, false)
	if err != nil {
		return Identity{}, Explain(err)
	}
	who, err := identity(token)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: the token does not tell whose it is: %w", ErrCredentials, err)
	}
	return who, nil
}

// identity reads a token's claims. Its signature is Azure's to check: the token
// came from the identity service itself.
func identity(token string) (Identity, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Identity{}, fmt.Errorf("it has %d parts, not the three of a JSON web token", len(parts))
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return Identity{}, fmt.Errorf("its claims are not in base64: %w", err)
	}
	var claims struct {
		ObjectID  string `json:"oid"`
		Tenant    string `json:"tid"`
		Resource  string `json:"xms_mirid"`
		Principal string `json:"upn"`
		Preferred string `json:"preferred_username"`
		Unique    string `json:"unique_name"`
	}
	if err := json.Unmarshal(b, &claims); err != nil {
		return Identity{}, fmt.Errorf("its claims are not JSON: %w", err)
	}
	if claims.ObjectID == "" {
		return Identity{}, fmt.Errorf("it has no claim oid")
	}
	who := Identity{ObjectID: claims.ObjectID, Tenant: claims.Tenant}
	for _, name := range []string{last(claims.Resource), claims.Principal, claims.Preferred, claims.Unique} {
		if name != "" {
			who.Login = name
			break
		}
	}
	return who, nil
}

// DatabaseToken is the password with which Who signs in to PostgreSQL. It lives
// for an hour or less: ask again for each connection.
func (c *Cloud) DatabaseToken(ctx context.Context) (string, error) {
	token, err := c.manager.tokens.token(ctx, databaseScope, false)
	return token, Explain(err)
}

// last is the last segment of an id.
func last(id string) string { return id[strings.LastIndex(id, "/")+1:] }
