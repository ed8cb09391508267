package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// The environment variables that lead to a rehearsal.
const (
	EndpointVariable = "TILLIT_REHEARSAL_ENDPOINT" // such as https://127.0.0.1:40123
	CAVariable       = "TILLIT_REHEARSAL_CA"       // file with the authority's certificate in PEM
	TokenVariable    = "TILLIT_REHEARSAL_TOKEN"
)

// ErrNoRehearsal says that no rehearsal answers, so that the stand-in must not
// start.
var ErrNoRehearsal = errors.New("this stand-in for azure-native serves rehearsals only, and none answers")

// Connect finds the rehearsal that the environment names and asks it whether it
// is one. It fails with ErrNoRehearsal.
func Connect(ctx context.Context, getenv func(string) string) (*Provider, error) {
	refuse := func(format string, args ...any) (*Provider, error) {
		return nil, fmt.Errorf("%w: %s; start it with make rehearse", ErrNoRehearsal, fmt.Sprintf(format, args...))
	}
	for _, name := range []string{EndpointVariable, CAVariable, TokenVariable} {
		if getenv(name) == "" {
			return refuse("%s is not set", name)
		}
	}
	endpoint, err := url.Parse(getenv(EndpointVariable))
	if err != nil || endpoint.Scheme != "https" {
		return refuse("%s is no https address", EndpointVariable)
	}
	if ip := net.ParseIP(endpoint.Hostname()); ip == nil || !ip.IsLoopback() {
		return refuse("%s is not an address of this machine's loopback interface", EndpointVariable)
	}
	pem, err := os.ReadFile(getenv(CAVariable))
	if err != nil {
		return refuse("%s: %v", CAVariable, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return refuse("%s holds no certificate", getenv(CAVariable))
	}
	c := newClient(endpoint.String(), getenv(TokenVariable), pool)
	about, err := c.about(ctx)
	if err != nil {
		return refuse("%s does not confirm that it is one (%v)", endpoint.Host, err)
	}
	return newProvider(c, about), nil
}

// newClient makes a client that trusts one authority and uses no proxy.
// Throttling, server errors and broken connections are tried again, after the
// time that Retry-After asks for.
func newClient(endpoint, token string, pool *x509.CertPool) *client {
	retrying := retryablehttp.NewClient()
	retrying.Logger = nil
	retrying.RetryMax = 8
	retrying.RetryWaitMin = 50 * time.Millisecond
	retrying.RetryWaitMax = 30 * time.Second
	retrying.ErrorHandler = retryablehttp.PassthroughErrorHandler
	retrying.HTTPClient = &http.Client{
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:   true,
			TLSHandshakeTimeout: 10 * time.Second,
		},
	}
	return &client{endpoint: endpoint, token: token, http: retrying}
}

// identity is what a rehearsal says of itself.
type identity struct {
	Rehearsal    bool   `json:"rehearsal"`
	Subscription string `json:"subscriptionId"`
	Tenant       string `json:"tenantId"`
}

// about asks the endpoint once whether it is a rehearsal.
func (c *client) about(ctx context.Context) (identity, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.endpoint+"/rehearsal", nil)
	if err != nil {
		return identity{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.HTTPClient.Do(req)
	if err != nil {
		return identity{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	var out identity
	if err := decode(resp, &out); err != nil {
		return identity{}, err
	}
	if !out.Rehearsal || resp.Header.Get(arm.Header) != arm.Marking {
		return identity{}, errors.New("its answer lacks the mark of a rehearsal")
	}
	return out, nil
}
