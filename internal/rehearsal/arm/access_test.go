package arm_test

import (
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// An identity may do what its roles name, where they are given, and nothing else.
func TestRoles(t *testing.T) {
	c := start(t, arm.Options{Roles: true})
	client := c.identity()
	principal := c.do("GET", drills, "").body["properties"].(map[string]any)["principalId"].(string)
	const (
		role    = "/subscriptions/00000000-0000-4000-8000-000000000001/providers/Microsoft.Authorization/roleDefinitions/11111111-2222-4333-8444-555555555555"
		mine    = group + "/providers/Microsoft.Storage/storageAccounts/mine"
		other   = group + "/providers/Microsoft.Storage/storageAccounts/other"
		network = group + "/providers/Microsoft.Network/virtualNetworks/net"
		private = group + "/providers/Microsoft.Network/privateEndpoints/pe"
	)
	storage := `{"location": "westeurope", "sku": {"name": "Standard_ZRS"}, "kind": "StorageV2"}`
	c.make(mine, storage, other, storage, network, here)
	r := c.token("resource=https://management.azure.com/&client_id=" + client)
	token, _ := r.body["access_token"].(string)
	as := func(method, path, body string) reply {
		return c.do(method, path, body, "Authorization", "Bearer "+token)
	}
	c.want(as("GET", mine, ""), 403, "AuthorizationFailed")
	c.make(role, `{"properties": {"roleName": "r", "permissions": [{
			"actions": ["Microsoft.Storage/storageAccounts/read", "Microsoft.Storage/storageAccounts/*/read", "Microsoft.Network/privateEndpoints/write"],
			"notActions": ["Microsoft.Storage/storageAccounts/secret/read"],
			"dataActions": ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"]}]}}`,
		mine+"/providers/Microsoft.Authorization/roleAssignments/a", `{"properties": {"principalType": "ServicePrincipal", "principalId": "`+principal+`", "roleDefinitionId": "`+role+`"}}`,
		private[:strings.Index(private, "/pe")]+"/pe", `{"location": "westeurope"}`,
		private+"/providers/Microsoft.Authorization/roleAssignments/b", `{"properties": {"principalType": "ServicePrincipal", "principalId": "`+principal+`", "roleDefinitionId": "`+role+`"}}`)
	for _, test := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"GET", mine, "", 200, ""},
		{"HEAD", mine, "", 204, ""},
		{"GET", mine + "/blobServices/default", "", 404, ""},
		{"GET", other, "", 403, "AuthorizationFailed"},
		{"PUT", mine, storage, 403, "AuthorizationFailed"},
		{"DELETE", mine, "", 403, "AuthorizationFailed"},
		{"POST", mine + "/restoreBlobRanges", "{}", 403, "AuthorizationFailed"},
		{"GET", group, "", 403, "AuthorizationFailed"},
		{"GET", other + "/blobServices", "", 403, "AuthorizationFailed"},
		{"PUT", private, `{"location": "westeurope", "properties": {"subnet": {"id": "` + network + `/subnets/s"}}}`, 403, "LinkedAuthorizationFailed"},
		{"PUT", private, `{"location": "westeurope", "tags": {"a": "b"}}`, 200, ""},
	} {
		got := as(test.method, test.path, test.body)
		if test.code != "" {
			c.want(got, test.status, test.code)
		} else if got.status != test.status {
			t.Errorf("%s %s: %d %v", test.method, test.path, got.status, got.body)
		}
	}
	end := c.server.Trust(drills)
	if got := as("GET", other, ""); got.status != 200 {
		t.Errorf("trusted: %d %v", got.status, got.body)
	}
	end()
	c.want(as("GET", other, ""), 403, "AuthorizationFailed")
	list := as("GET", group+"/providers/Microsoft.Storage/storageAccounts", "").body["value"].([]any)
	if len(list) != 1 || !strings.EqualFold(list[0].(map[string]any)["id"].(string), mine) {
		t.Errorf("the accounts are %v", list)
	}
}
