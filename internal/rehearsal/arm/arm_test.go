package arm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

const (
	sub   = "/subscriptions/" + azure.Subscription
	group = sub + "/resourceGroups/Data"
	vnet  = group + "/providers/Microsoft.Network/virtualNetworks/hub"
	vault = group + "/providers/Microsoft.KeyVault/vaults/keys"
	store = group + "/providers/Microsoft.Storage/storageAccounts/archive"
)

const here = `{"location":"westeurope"}`

func TestRequestsNeedTheTokenAndTheCertificate(t *testing.T) {
	c := start(t, arm.Options{})
	r := c.do("GET", group, "", "Authorization", "Bearer other")
	c.want(r, 401, "InvalidAuthenticationToken")
	if !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer ") {
		t.Errorf("WWW-Authenticate = %q", r.header.Get("WWW-Authenticate"))
	}
	if _, err := http.Get(c.server.URL()); err == nil {
		t.Error("a client that does not know the CA is served")
	}
	if r := c.do("GET", "/rehearsal", ""); r.body["rehearsal"] != true {
		t.Errorf("/rehearsal says %v", r.body)
	}
}

func TestAPIVersions(t *testing.T) {
	c := start(t, arm.Options{})
	c.make(group, here)
	for _, test := range []struct{ path, code string }{
		{vnet + "?x=1&api-version=", "MissingApiVersionParameter"},
		{vnet + "?api-version=latest", "InvalidApiVersionParameter"},
		{vnet + "?api-version=1999-01-01", "NoRegisteredProviderFound"},
	} {
		c.want(c.do("GET", test.path, ""), 400, test.code)
	}
	c.want(c.do("GET", group+"/providers/Microsoft.Network/quantumLinks/q?api-version=2023-02-01", ""), 404, "InvalidResourceType")
	c.want(c.do("GET", group+"/providers/Microsoft.Quantum/links/q?api-version=2023-02-01", ""), 404, "InvalidResourceNamespace")
}

func TestWhatAResourceHangsOnMustExist(t *testing.T) {
	c := start(t, arm.Options{})
	c.want(c.do("PUT", vnet, here), 404, "ResourceGroupNotFound")
	c.want(c.do("GET", vnet, ""), 404, "ResourceGroupNotFound")
	c.make(group, here)
	c.want(c.do("GET", vnet, ""), 404, "ResourceNotFound")
	c.want(c.do("PUT", vnet+"/subnets/jobs", `{}`), 404, "ParentResourceNotFound")
	c.want(c.do("PUT", vault+"/providers/Microsoft.Authorization/locks/keep", `{}`), 404, "ParentResourceNotFound")
	c.want(c.do("PUT", store+"/blobServices/default/containers/logs", `{}`), 404, "ParentResourceNotFound")
	c.want(c.do("PUT", "/subscriptions/other/resourceGroups/g", here), 404, "SubscriptionNotFound")
	c.make(store, here, store+"/blobServices/default/containers/logs", `{}`)
	c.want(c.do("PUT", vnet, `{"properties":{"subnets":[{"properties":{"routeTable":{"id":"`+group+`/providers/Microsoft.Network/routeTables/r"}}}]}}`), 400, "InvalidResourceReference")
}

func TestBodiesAndLocations(t *testing.T) {
	c := start(t, arm.Options{})
	c.want(c.do("PUT", group, `[]`), 400, "InvalidRequestContent")
	c.want(c.do("PUT", group, `{`), 400, "InvalidRequestContent")
	c.want(c.do("PUT", group, `{}`), 400, "LocationRequired")
	c.make(group, here, vnet, here)
	c.want(c.do("PUT", vnet, `{"location":"norwayeast"}`), 409, "InvalidResourceLocation")
	c.make(vnet, `{"location":"West Europe"}`)
}

func TestIDsIgnoreCaseAndKeepTheFirstSpelling(t *testing.T) {
	c := start(t, arm.Options{})
	c.make(group, here, strings.ToLower(group)+"/providers/microsoft.network/virtualNetworks/Hub", here)
	r := c.do("GET", strings.ToUpper(vnet), "")
	if r.status != 200 || r.body["name"] != "Hub" || r.body["type"] != "Microsoft.Network/virtualNetworks" {
		t.Errorf("got %d %v", r.status, r.body)
	}
	c.make(vnet, here)
	if got := c.server.Resources(); len(got) != 2 || !strings.HasSuffix(got[1], "/Hub") {
		t.Errorf("resources %v", got)
	}
}

func TestLongRunningOperations(t *testing.T) {
	held := &plane{live: map[string]bool{}}
	c := start(t, arm.Options{Planes: map[string]arm.Plane{"Microsoft.Network/virtualNetworks": held}})
	c.make(group, here)
	release := held.hold(t)
	first := c.do("PUT", vnet, here)
	if first.status != 201 || first.header.Get("Azure-AsyncOperation") == "" || first.header.Get("Retry-After") == "" {
		t.Fatalf("PUT: %d %v", first.status, first.header)
	}
	c.want(c.do("PUT", vnet, here), 409, "AnotherOperationInProgress")
	c.want(c.do("DELETE", vnet, ""), 409, "AnotherOperationInProgress")
	if state := c.do("GET", first.header.Get("Azure-AsyncOperation"), "").body["status"]; state != "InProgress" {
		t.Errorf("status %v", state)
	}
	release()
	for c.do("GET", first.header.Get("Azure-AsyncOperation"), "").body["status"] != "Succeeded" {
		<-time.After(5 * time.Millisecond)
	}
	if properties := c.do("GET", vnet, "").body["properties"].(map[string]any); properties["provisioningState"] != "Succeeded" {
		t.Errorf("properties %v", properties)
	}
	if r := c.do("PUT", store, here); r.status != 202 || r.body != nil || r.header.Get("Location") == "" || r.header.Get("Azure-AsyncOperation") != "" {
		t.Errorf("a storage account: %d %v %v", r.status, r.header, r.body)
	}
	if r := c.finish("DELETE", vnet, ""); r.status != 204 {
		t.Errorf("delete ends with %d", r.status)
	}
	c.want(c.do("GET", vnet, ""), 404, "ResourceNotFound")
	if r := c.do("DELETE", vnet, ""); r.status != 204 {
		t.Errorf("a second delete: %d", r.status)
	}
}

func TestPreconditions(t *testing.T) {
	c := start(t, arm.Options{})
	identity := group + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/drill" // written at once
	c.make(group, here)
	r := c.do("PUT", identity, here, "If-None-Match", "*")
	if r.status != 201 {
		t.Fatalf("PUT: %d %v", r.status, r.body)
	}
	c.finish("PUT", identity, here)
	c.want(c.do("PUT", identity, here, "If-None-Match", "*"), 412, "PreconditionFailed")
	c.want(c.do("PUT", identity, here, "If-Match", r.header.Get("ETag")), 412, "PreconditionFailed")
	now := c.do("GET", identity, "").header.Get("ETag")
	if r := c.do("PUT", identity, here, "If-Match", now); r.status != 200 {
		t.Errorf("with the right etag: %d %v", r.status, r.body)
	}
	c.want(c.do("DELETE", vnet, "", "If-Match", "*"), 412, "PreconditionFailed")
}

func TestListsComeInPages(t *testing.T) {
	c := start(t, arm.Options{PageSize: 2})
	c.make(group, here, sub+"/resourceGroups/Other", here, vnet, here, vault, here, store, here, vnet+"/subnets/a", `{}`, vnet+"/subnets/b", `{}`, vnet+"/subnets/c", `{}`)
	count := func(path string) (n, pages int) {
		for path != "" {
			r := c.do("GET", path, "")
			if r.status != 200 {
				t.Fatalf("GET %s: %d %v", path, r.status, r.body)
			}
			n, pages = n+len(r.body["value"].([]any)), pages+1
			path, _ = r.body["nextLink"].(string)
		}
		return n, pages
	}
	for path, want := range map[string][2]int{
		sub + "/resourceGroups":                  {2, 1},
		sub + "/resources":                       {3, 2},
		group + "/resources":                     {3, 2},
		sub + "/resourceGroups/Other/resources":  {0, 1},
		vnet + "/subnets?api-version=2023-02-01": {3, 2},
		sub + "/providers/Microsoft.KeyVault/vaults?api-version=2023-02-01":                               {1, 1},
		sub + "/resources?api-version=2022-09-01&$filter=resourceType%20eq%20'microsoft.keyvault/vaults'": {1, 1},
	} {
		if n, pages := count(path); n != want[0] || pages != want[1] {
			t.Errorf("%s: %d in %d pages, want %v", path, n, pages, want)
		}
	}
	c.want(c.do("GET", sub+"/resources?api-version=2022-09-01&$filter=name%20eq%20'x'", ""), 400, "InvalidFilterInQueryString")
}

func TestWhatProvidersWorkOut(t *testing.T) {
	c := start(t, arm.Options{})
	id := group + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/drill"
	c.make(group, here, id, here, store, `{"location":"westeurope","identity":{"type":"UserAssigned","userAssignedIdentities":{"`+id+`":{}}}}`, vault, here)
	identity := c.do("GET", id, "").body["properties"].(map[string]any)
	assigned := c.do("GET", store, "").body["identity"].(map[string]any)["userAssignedIdentities"].(map[string]any)[id].(map[string]any)
	if identity["principalId"] == "" || identity["principalId"] != assigned["principalId"] {
		t.Errorf("principal %v, at the account %v", identity["principalId"], assigned["principalId"])
	}
	if uri := c.do("GET", vault, "").body["properties"].(map[string]any)["vaultUri"]; uri != "https://keys.vault.rehearsal.invalid/" {
		t.Errorf("vaultUri %v", uri)
	}
	subnet := vnet + "/subnets/AzureFirewallSubnet"
	firewall := group + "/providers/Microsoft.Network/azureFirewalls/edge"
	c.make(vnet, here, subnet, `{"properties":{"addressPrefix":"10.1.2.64/26"}}`,
		firewall, `{"location":"westeurope","properties":{"ipConfigurations":[{"name":"a","properties":{"subnet":{"id":"`+subnet+`"}}}]}}`)
	if got := fmt.Sprint(c.do("GET", firewall, "").body["properties"]); !strings.Contains(got, "privateIPAddress:10.1.2.68") {
		t.Errorf("firewall %v", got)
	}
	database := group + "/providers/Microsoft.DBforPostgreSQL/flexibleServers/db"
	c.make(database, `{"location":"westeurope","properties":{"administratorLoginPassword":"hidden"}}`)
	if got := fmt.Sprint(c.do("GET", database, "").body); strings.Contains(got, "hidden") {
		t.Errorf("a password is shown: %s", got)
	}
}

func TestInjectedFaults(t *testing.T) {
	c := start(t, arm.Options{})
	c.server.Inject(arm.Fault{Method: "PUT", Path: "resourcegroups", Status: 429, Code: "TooManyRequests", RetryAfter: 3 * time.Second, Times: 2})
	for range 2 {
		r := c.do("PUT", group, here)
		c.want(r, 429, "TooManyRequests")
		if r.header.Get("Retry-After") != "3" {
			t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
		}
	}
	c.make(group, here)
	c.server.Inject(arm.Fault{Method: "GET", Times: 3}) // the client itself tries again on a new connection
	req, _ := http.NewRequest("GET", c.server.URL()+group, nil)
	if resp, err := c.client.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Error("the connection was to break")
	}
}

// plane counts what stands behind resources.
type plane struct {
	mu   sync.Mutex
	live map[string]bool
	fail bool
}

func (p *plane) Put(_ context.Context, id string, _ map[string]any) (map[string]any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail {
		return nil, errors.New("no room")
	}
	p.live[id] = true
	return map[string]any{"fullyQualifiedDomainName": "localhost"}, nil
}

// hold keeps what is made next in the making until it is released.
func (p *plane) hold(t *testing.T) (release func()) {
	p.mu.Lock()
	release = sync.OnceFunc(p.mu.Unlock)
	t.Cleanup(release)
	return release
}

func (p *plane) Delete(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.live, id)
	return nil
}

func TestPlanesFollowTheirResources(t *testing.T) {
	p := &plane{live: map[string]bool{}}
	c := start(t, arm.Options{Planes: map[string]arm.Plane{"Microsoft.KeyVault/vaults": p}})
	c.make(group, here, vault, here)
	if properties := c.do("GET", vault, "").body["properties"].(map[string]any); properties["fullyQualifiedDomainName"] != "localhost" || !p.live[vault] {
		t.Errorf("properties %v, live %v", properties, p.live)
	}
	if c.finish("DELETE", group, ""); len(p.live) != 0 {
		t.Errorf("left behind: %v", p.live)
	}
	p.fail = true
	c.make(group, here)
	c.want(c.finish("PUT", vault, here), 409, "PlaneFailed")
}

// What is put is what a GET shows, what the provider adds aside.
func TestGetShowsWhatWasPut(t *testing.T) {
	c := start(t, arm.Options{})
	c.make(group, here)
	value := rapid.OneOf(
		rapid.Map(rapid.StringMatching(`[a-zåø "\\<&]{0,8}`), func(s string) any { return s }),
		rapid.Map(rapid.IntRange(-1e6, 1e6), func(n int) any { return float64(n) }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
	)
	object := rapid.MapOfN(rapid.StringMatching(`[a-z]{1,6}`), value, 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		properties := map[string]any{}
		for name, v := range object.Draw(t, "properties") {
			properties[name] = v
		}
		properties["nested"] = []any{map[string]any{"deep": value.Draw(t, "deep")}}
		body := map[string]any{"location": "westeurope", "properties": properties}
		b, _ := json.Marshal(body)
		table := group + "/providers/Microsoft.Network/routeTables/r"
		if r := c.finish("PUT", table, string(b)); r.status >= 300 {
			t.Fatalf("PUT %s: %d %v", b, r.status, r.body)
		}
		got := c.do("GET", table, "").body
		for _, name := range []string{"id", "name", "type", "etag"} {
			delete(got, name)
		}
		delete(got["properties"].(map[string]any), "provisioningState")
		delete(properties, "password")
		if !reflect.DeepEqual(got, body) {
			t.Fatalf("put %v\ngot %v", body, got)
		}
	})
}

// Many clients at once never see a torn state.
func TestConcurrentClients(t *testing.T) {
	c := start(t, arm.Options{})
	c.make(group, here)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			id := fmt.Sprintf("%s/providers/Microsoft.Network/routeTables/r%d", group, i)
			c.finish("PUT", id, here)
			c.do("GET", group+"/resources", "")
			c.finish("DELETE", id, "")
		})
	}
	wg.Wait()
	if got := c.server.Resources(); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
}
