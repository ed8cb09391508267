package rehearsaltest

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// answers is a network on which everything is well.
type answers struct{ got []string }

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = string(b)
	}
	a.got = append(a.got, body)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// What the service would not take does not get through, and what it would does as
// it is.
func TestWire(t *testing.T) {
	const (
		group   = "https://host/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg"
		server  = group + "/providers/Microsoft.DBforPostgreSQL/flexibleServers/pg"
		version = "?api-version=2024-08-01"
	)
	for _, c := range []struct {
		name, operation, method, url, body string
		passes                             bool
	}{
		{"a read", "ServersClient.Get", "GET", server + version, "", true},
		{"a write", "ServersClient.BeginCreate", "PUT", server + version, `{"location": "westeurope", "properties": {"pointInTimeUTC": "2026-03-01T12:00:00Z"}}`, true},
		{"a time that is none", "ServersClient.BeginCreate", "PUT", server + version, `{"properties": {"pointInTimeUTC": "yesterday"}}`, false},
		{"a body that is none", "ServersClient.BeginCreate", "PUT", server + version, `{"location": `, false},
		{"another path", "ServersClient.Get", "GET", group + "/providers/Microsoft.DBforPostgreSQL/servers/pg" + version, "", false},
		{"an operation that there is not", "ServersClient.Read", "GET", server + version, "", false},
		{"any resource", "Client.GetByID", "GET", group + "/providers/Microsoft.Network/privateEndpoints/pe" + version, "", true},
		{"no typed client's", "", "GET", "https://host/anything", "", true},
		{"the rest of an operation", "ServersClient.BeginCreate", "GET", "https://host/operations/1", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			network := &answers{}
			wire := Wire{On: network}
			ctx := context.WithValue(t.Context(), runtime.CtxAPINameKey{}, c.operation)
			if c.operation == "" {
				ctx = t.Context()
			}
			r, err := http.NewRequestWithContext(ctx, c.method, c.url, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if c.body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			response, err := wire.RoundTrip(r)
			if err == nil {
				_ = response.Body.Close() // it has none
			}
			if (err == nil) != c.passes || (len(network.got) == 1) != c.passes {
				t.Fatalf("%v, %q", err, network.got)
			}
			if c.passes && network.got[0] != c.body {
				t.Errorf("what came through is %q", network.got[0])
			}
			judged := c.passes && c.operation != "" && !strings.Contains(c.url, "/operations/")
			if seen := slices.ContainsFunc(wire.Seen(), func(s string) bool { return strings.HasSuffix(s, c.operation) }); seen != judged {
				t.Errorf("seen are %q", wire.Seen())
			}
		})
	}
}
