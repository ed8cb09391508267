package runbooks

import (
	"context"
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

func TestMain(m *testing.M) { os.Exit(rehearsaltest.Data(m, &rehearsed)) }

const subscription = "/subscriptions/" + azure.Subscription

// drillsGroup holds the identity that the tests sign in as.
const drillsGroup = subscription + "/resourceGroups/rg-identity"

const login = "id-drill"

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
