package runbooks

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/rehearsal/planes"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// rehearsed is an Azure with data planes. The tests share it, so each takes resource
// groups and names of its own.
var rehearsed *planes.Azure

func TestMain(m *testing.M) {
	code := rehearsaltest.Data(m, &rehearsed)
	if code == 0 && complete() {
		code = operations()
	}
	os.Exit(code)
}

const subscription = "/subscriptions/" + azure.Subscription

// drillsGroup holds the identity that the tests sign in as.
const drillsGroup = subscription + "/resourceGroups/rg-identity"

const login = "id-drill"

// wire has the SDK's own fake servers judge every request of every drill.
var wire rehearsaltest.Wire

// complete says that every test has been run.
func complete() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}

// operations compares what the drills and their tests have asked of Azure by typed
// clients with what is known that they ask, so that none is dropped unnoticed.
func operations() int {
	const path = "testdata/operations.golden"
	seen := strings.Join(wire.Seen(), "\n") + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(seen), 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	known, err := os.ReadFile(path)
	if err != nil || string(known) != seen {
		fmt.Fprintf(os.Stderr, "the drills ask of Azure\n%s\nand %s says\n%s\n%v\n", seen, path, known, err)
		return 1
	}
	return 0
}

// signedIn is the rehearsed Azure as the drills' identity sees it: through the
// environment that a job has.
var signedIn = sync.OnceValues(func() (*cloud.Cloud, error) {
	ctx := context.Background()
	identity := drillsGroup + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/" + login
	client := &armWriter{}
	client.put(ctx, drillsGroup, "2022-09-01", map[string]any{"location": "westeurope"})
	client.put(ctx, identity, "2023-01-31", map[string]any{"location": "westeurope"})
	if client.err != nil {
		return nil, client.err
	}
	for _, pair := range rehearsed.Environment(identity) {
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	options, err := cloud.FromEnvironment()
	if err != nil {
		return nil, err
	}
	options.Through = func(on http.RoundTripper) http.RoundTripper {
		wire.On = on
		return &wire
	}
	return cloud.Connect(ctx, options)
})

// connected is signedIn for a test.
func connected(t testing.TB) *cloud.Cloud {
	t.Helper()
	c, err := signedIn()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
