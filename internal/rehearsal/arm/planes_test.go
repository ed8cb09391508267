package arm_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// copies are a type that nobody puts.
type copies struct {
	mu      sync.Mutex
	names   []string
	parents []string // that were asked for
}

func (c *copies) Put(context.Context, string, map[string]any) (map[string]any, error) {
	return nil, nil
}

func (c *copies) Delete(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := id[strings.LastIndex(id, "/")+1:]
	if name == "sealed" {
		return arm.Refuse(http.StatusForbidden, "CopyIsImmutable", "The copy %s is sealed.", name)
	}
	c.names = slices.DeleteFunc(c.names, func(n string) bool { return n == name })
	return nil
}

func (c *copies) List(_ context.Context, parent string) ([]map[string]any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parents = append(c.parents, parent)
	var out []map[string]any
	for _, name := range c.names {
		out = append(out, map[string]any{"id": parent + "/longTermRetentionBackups/" + name, "name": name, "properties": map[string]any{"weight": 1.0}})
	}
	return out, nil
}

const (
	location  = sub + "/providers/Microsoft.Sql/locations/westeurope/longTermRetentionServers/s/longTermRetentionDatabases/d"
	byGroup   = group + "/providers/Microsoft.Sql/locations/westeurope/longTermRetentionServers/s/longTermRetentionDatabases/d"
	copyType  = "Microsoft.Sql/locations/longTermRetentionServers/longTermRetentionDatabases/longTermRetentionBackups"
	sqlClient = "?api-version=2021-05-01-preview"
)

func TestWhatNobodyPuts(t *testing.T) {
	known := &copies{names: []string{"a", "b", "c", "sealed"}}
	acted := ""
	c := start(t, arm.Options{
		PageSize: 3, Planes: map[string]arm.Plane{copyType: known},
		Actions: map[string]arm.Action{
			copyType + "/copy": func(_ context.Context, id string, _ map[string]any) (map[string]any, error) {
				acted = id
				return nil, arm.Refuse(http.StatusBadRequest, "NoRoom", "There is no room.")
			},
			"Microsoft.Sql/locations/longTermRetentionServers/seal": func(_ context.Context, id string, _ map[string]any) (map[string]any, error) {
				return map[string]any{"id": id}, nil
			},
		},
	})
	c.make(group, here)
	names := func(path string) string {
		var out []string
		for path != "" {
			r := c.do("GET", path, "")
			if r.status != 200 {
				t.Fatalf("GET %s: %d %v", path, r.status, r.body)
			}
			for _, one := range r.body["value"].([]any) {
				out = append(out, one.(map[string]any)["name"].(string))
			}
			path, _ = r.body["nextLink"].(string)
		}
		return strings.Join(out, " ")
	}
	for _, scope := range []string{location, byGroup} {
		if got := names(scope + "/longTermRetentionBackups" + sqlClient); got != "a b c sealed" {
			t.Errorf("%s has %s", scope, got)
		}
		if last := known.parents[len(known.parents)-1]; last != scope {
			t.Errorf("the scope is %s, want %s", last, scope)
		}
	}
	one := location + "/longTermRetentionBackups/"
	if r := c.do("GET", one+"B"+sqlClient, ""); r.status != 200 || r.body["name"] != "b" {
		t.Errorf("one: %d %v", r.status, r.body)
	}
	c.want(c.do("GET", one+"x"+sqlClient, ""), 404, "ResourceNotFound")
	c.want(c.finish("DELETE", one+"sealed"+sqlClient, ""), 403, "CopyIsImmutable")
	if r := c.finish("DELETE", one+"a"+sqlClient, ""); r.status != 204 {
		t.Errorf("a delete ends with %d %v", r.status, r.body)
	}
	if r := c.do("DELETE", one+"a"+sqlClient, ""); r.status != 204 {
		t.Errorf("a second delete: %d", r.status)
	}
	if got := names(location + "/longTermRetentionBackups" + sqlClient); got != "b c sealed" {
		t.Errorf("left: %s", got)
	}
	// A PATCH stores what was only listed; the rest of it stays.
	if r := c.finish("PATCH", one+"b"+sqlClient, `{"properties":{"colour":"red"}}`); r.status != 200 {
		t.Errorf("a change: %d %v", r.status, r.body)
	}
	if p := c.do("GET", one+"b"+sqlClient, "").body["properties"].(map[string]any); p["colour"] != "red" || p["weight"] != 1.0 {
		t.Errorf("it has %v", p)
	}
	if got := names(location + "/longTermRetentionBackups" + sqlClient); got != "c sealed b" {
		t.Errorf("with one that is stored: %s", got)
	}

	c.want(c.finish("POST", one+"c/copy"+sqlClient, `{}`), 400, "NoRoom")
	if acted != one+"c" {
		t.Errorf("the action was done to %q", acted)
	}
	c.want(c.do("POST", one+"x/copy"+sqlClient, `{}`), 404, "ResourceNotFound")
	if r := c.finish("POST", sub+"/providers/Microsoft.Sql/locations/westeurope/longTermRetentionServers/s/seal"+sqlClient, `{}`); r.status != 200 {
		t.Errorf("an action on what is of no type: %d %v", r.status, r.body)
	}
	c.want(c.do("GET", one+"b?api-version=2024-05-01-preview", ""), 400, "NoRegisteredProviderFound")
}

// A Lister's resources need the resource that they hang on.
func TestWhatNobodyPutsHangsOnSomething(t *testing.T) {
	c := start(t, arm.Options{Planes: map[string]arm.Plane{"Microsoft.DBforPostgreSQL/flexibleServers/backups": &copies{}}})
	c.make(group, here)
	c.want(c.do("GET", group+"/providers/Microsoft.DBforPostgreSQL/flexibleServers/nobody/backups?api-version=2024-08-01", ""), 404, "ResourceNotFound")
}

// meter is a plane that knows more than was put.
type meter struct{ plane }

func (*meter) Read(_ context.Context, id, expand string) (map[string]any, error) {
	return map[string]any{"reading": 7.0, "of": id, "expand": expand}, nil
}

func TestReadersAreAskedAnew(t *testing.T) {
	c := start(t, arm.Options{Planes: map[string]arm.Plane{"Microsoft.KeyVault/vaults": &meter{plane{live: map[string]bool{}}}}})
	c.make(group, here, vault, here)
	if p := c.do("GET", vault+"?api-version=2023-02-01&$expand=all", "").body["properties"].(map[string]any); p["reading"] != 7.0 || p["of"] != vault || p["expand"] != "all" {
		t.Errorf("it reads %v", p)
	}
	if c.server.Body(vault)["properties"].(map[string]any)["reading"] != nil {
		t.Error("a reading was stored")
	}
}

// No data behind: every answer about Azure SQL says so, an operation's too.
func TestAnswersAboutSQLSaySo(t *testing.T) {
	c := start(t, arm.Options{})
	server := group + "/providers/Microsoft.Sql/servers/s"
	c.make(group, here)
	first := c.do("PUT", server, here)
	for name, r := range map[string]reply{
		"the request": first, "its operation": c.do("GET", first.header.Get("Location"), ""), "another's": c.do("GET", group+"/providers/Microsoft.Sql/servers/t", ""),
		"a list": c.do("GET", sub+"/providers/Microsoft.Sql/servers?api-version=2021-11-01", ""),
	} {
		if got := r.header.Get(arm.Header); got != "rehearsal: this is not Azure; no data behind it" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := c.do("GET", group, "").header.Get(arm.Header); got != "rehearsal: this is not Azure" {
		t.Errorf("a group: %q", got)
	}
}

func TestListsByTag(t *testing.T) {
	slow := &plane{live: map[string]bool{}}
	c := start(t, arm.Options{Planes: map[string]arm.Plane{"Microsoft.KeyVault/vaults": slow}})
	other := sub + "/resourceGroups/Other"
	table := group + "/providers/Microsoft.Network/routeTables/"
	tagged := func(tags string) string { return `{"location":"westeurope","tags":` + tags + `}` }
	c.make(group, here, other, here,
		table+"a", tagged(`{"tillit-run":"1"}`), table+"b", tagged(`{"Tillit-Run":"2"}`), table+"c", tagged(`{"estate":"1"}`),
		other+"/providers/Microsoft.Network/routeTables/d", tagged(`{"tillit-run":"1"}`))
	release := slow.hold(t)
	c.do("PUT", vault, tagged(`{"tillit-run":"1"}`))
	list := func(scope, filter, more string) (string, []any) {
		r := c.do("GET", scope+"/resources?api-version=2021-04-01"+more+"&$filter="+strings.ReplaceAll(filter, " ", "%20"), "")
		if r.status != 200 {
			t.Fatalf("%s: %d %v", filter, r.status, r.body)
		}
		var names []string
		values := r.body["value"].([]any)
		for _, one := range values {
			names = append(names, one.(map[string]any)["name"].(string))
		}
		return strings.Join(names, " "), values
	}
	const one = "tagName eq 'tillit-run' and tagValue eq '1'"
	for _, test := range []struct{ scope, filter, want string }{
		{group, one, "keys a"},
		{sub, one, "keys a d"},
		{group, "tagName eq 'tillit-run'", "keys a b"},
		{group, "tagName eq 'tillit-run' and tagValue eq '3'", ""},
		{group, "", "keys a b c"},
	} {
		if got, _ := list(test.scope, test.filter, ""); got != test.want {
			t.Errorf("%s in %s: %s, want %s", test.filter, test.scope, got, test.want)
		}
	}
	_, values := list(group, one, "&$expand=provisioningState")
	first := values[0].(map[string]any)
	if first["provisioningState"] != "Creating" || first["tags"] != nil || first["properties"] != nil || first["type"] != "Microsoft.KeyVault/vaults" {
		t.Errorf("what is being made shows as %v", first)
	}
	_, values = list(group, "", "")
	if second := values[1].(map[string]any); second["tags"] == nil || second["provisioningState"] != nil {
		t.Errorf("not looked for by tag: %v", second)
	}
	release()
	c.finish("PATCH", table+"c", `{"tags":{"tillit-run":"1"}}`)
	if got, _ := list(group, one, ""); got != "keys a c" {
		t.Errorf("after a change of tags: %s", got)
	}
}

// A server made of another one has what Azure takes over and no more.
func TestWhatAServerInherits(t *testing.T) {
	c := start(t, arm.Options{})
	const servers = group + "/providers/Microsoft.DBforPostgreSQL/flexibleServers/"
	c.make(group, here, servers+"a", `{"location":"westeurope","sku":{"name":"Standard_D4ds_v5"},"properties":{"version":"15","storage":{"storageSizeGB":128},
		"backup":{"backupRetentionDays":7,"geoRedundantBackup":"Enabled"},"highAvailability":{"mode":"SameZone"},"network":{"publicNetworkAccess":"Disabled"}}}`)
	c.make(servers+"b", `{"location":"westeurope","tags":{"a":"b"},"properties":{"createMode":"PointInTimeRestore","sourceServerResourceId":"`+servers+`a","storage":{"storageSizeGB":256}}}`)
	b := c.do("GET", servers+"b", "").body
	p := b["properties"].(map[string]any)
	at := func(name string) map[string]any { return p[name].(map[string]any) }
	if p["version"] != "15" || b["sku"].(map[string]any)["name"] != "Standard_D4ds_v5" || at("backup")["backupRetentionDays"] != 7.0 || at("storage")["storageSizeGB"] != 256.0 {
		t.Errorf("it has %v", b)
	}
	if at("highAvailability")["mode"] != "Disabled" || at("network")["publicNetworkAccess"] != "Enabled" || at("backup")["geoRedundantBackup"] != nil {
		t.Errorf("it has taken over %v", p)
	}
	if id := b["id"].(string); !strings.Contains(id, azure.Subscription) {
		t.Error(id)
	}
}
