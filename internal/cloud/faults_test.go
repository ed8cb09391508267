package cloud

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// signedIn is a cloud on a rehearsal, signed in by its managed identity.
func signedIn(t *testing.T, server *arm.Server, c *Cloud) *Cloud {
	t.Helper()
	id := idOf("rg-production", "Microsoft.ManagedIdentity/userAssignedIdentities/id-drill")
	poller, err := c.Resources.NewClient().BeginCreateOrUpdateByID(t.Context(), id, "2023-01-31", armresources.GenericResource{Location: to.Ptr("westeurope")}, nil)
	if _, err := Done(t.Context(), poller, err); err != nil {
		t.Fatal(err)
	}
	properties, _ := server.Body(id)["properties"].(map[string]any)
	client, _ := properties["clientId"].(string)
	for name, value := range map[string]string{
		"AZURE_FEDERATED_TOKEN_FILE": "", "AZURE_CLIENT_ID": client,
		"IDENTITY_ENDPOINT": server.URL() + arm.IdentityPath, "IDENTITY_HEADER": server.IdentitySecret(),
		subscriptionVariable: azure.Subscription, endpointVariable: server.URL(),
	} {
		t.Setenv(name, value)
	}
	o, err := FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	signed, err := Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if who, err := signed.Who(t.Context()); err != nil || who.Login != "id-drill" || who.Tenant != azure.Tenant {
		t.Errorf("signed in as %+v, %v", who, err)
	}
	quick(signed.manager)
	return signed
}

// Whatever goes wrong, a server is made and cleaned up, or the error names the
// cause; and nothing is left.
func TestRehearsedFaults(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault arm.Fault
		want  string // empty if all goes well
	}{
		{"throttled", arm.Fault{Status: 429, Code: "TooManyRequests", Times: 3}, ""},
		{"throttled for a second", arm.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: time.Second, Times: 1}, ""},
		{"down for a while", arm.Fault{Status: 503, Code: "ServiceUnavailable", Times: 4}, ""},
		{"broken", arm.Fault{Method: "PUT", Status: 500, Code: "InternalServerError"}, "500 InternalServerError"},
		{"broken off", arm.Fault{Times: 3}, ""},
		{"broken off for good", arm.Fault{Method: "PUT"}, "the connection was broken off"},
		{"slow", arm.Fault{Slow: 50 * time.Millisecond, Times: 5}, ""},
		{"cut off", arm.Fault{Truncate: true, Times: 4}, ""},
		{"expired", arm.Fault{ExpireTokens: true, Times: 1}, ""},
		{"denied", arm.Fault{Method: "PUT", Status: 403, Code: "AuthorizationFailed", Message: "The client 'c' with object id 'o' does not have authorization to perform action 'Microsoft.DBforPostgreSQL/flexibleServers/write' over scope '/x'"}, "give it the role drill-workbench there"},
		{"failing", arm.Fault{Method: "PUT", Operation: arm.OperationFail, Code: "RegionIsFull", Message: "No capacity."}, "RegionIsFull: No capacity"},
		{"never ending", arm.Fault{Method: "PUT", Operation: arm.OperationNever}, "had not ended"},
	} {
		t.Run(test.name, func(t *testing.T) {
			azure, plain := rehearsal(t, arm.Options{})
			c := signedIn(t, azure, plain)
			azure.Inject(test.fault)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if test.fault.Operation == arm.OperationNever {
				ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
				defer cancel()
			}
			_, err := create(ctx, c)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
			if test.fault.Status == http.StatusForbidden && !errors.Is(err, ErrForbidden) {
				t.Errorf("%v is no refusal", err)
			}
		})
	}
}

// A request that its context ends says what Azure answered until then, and why it
// was ended. The SDK tells neither.
func TestWhyARequestWasEnded(t *testing.T) {
	cause := errors.New("the time cap was reached")
	for _, test := range []struct {
		name  string
		fault arm.Fault
		want  string
	}{
		{"throttled", arm.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: time.Second}, "429"},
		{"broken", arm.Fault{Status: 500, Code: "InternalServerError"}, "500"},
		{"broken off", arm.Fault{}, "EOF"},
		{"cut off", arm.Fault{Truncate: true}, "cut off"},
	} {
		t.Run(test.name, func(t *testing.T) {
			azure, plain := rehearsal(t, arm.Options{})
			c := signedIn(t, azure, plain)
			c.manager.first, c.manager.most = time.Second, time.Second
			azure.Inject(test.fault)
			ctx, cancel := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, cause)
			defer cancel()
			_, err := c.Postgres.NewServersClient().Get(ctx, "rg", "pg", nil)
			if err = Explain(err); !errors.Is(err, cause) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestCleanUpThroughFaults(t *testing.T) {
	azure, plain := rehearsal(t, arm.Options{})
	c := signedIn(t, azure, plain)
	id := server(t, c, bench, "pg-a", mine, "")
	settled(t, c, id)
	for _, fault := range []arm.Fault{
		{Status: 500, Code: "InternalServerError", Times: 2}, {Truncate: true, Times: 2}, {Times: 2}, {ExpireTokens: true, Times: 1},
		{Method: "DELETE", Status: 429, Code: "TooManyRequests", Times: 1},
	} {
		azure.Inject(fault)
	}
	sweep(t, c.Target(bench), mine)
	if azure.Body(id) != nil {
		t.Error("the server is left")
	}
}
