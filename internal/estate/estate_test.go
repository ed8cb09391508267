package estate_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
	"github.com/tillit-dev/tillit/promises"
)

// trusted is the authority that this process trusts in the system's stead.
var trusted *authority.Authority

func TestMain(m *testing.M) { os.Exit(rehearsaltest.Trusted(m, &trusted)) }

func connect(t *testing.T, endpoint, token string) *cloud.Cloud {
	t.Helper()
	c, err := cloud.Connect(t.Context(), cloud.Options{Subscription: azure.Subscription, Endpoint: endpoint, Credential: rehearsaltest.Static(token)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// part is a resource of an estate: its id after the subscription's, its region,
// its tags as "class purpose", and more of its body.
type part struct {
	id, region, tags string
	more             map[string]any
}

const (
	servers  = "/providers/Microsoft.DBforPostgreSQL/flexibleServers/"
	logical  = "/providers/Microsoft.Sql/servers/"
	accounts = "/providers/Microsoft.Storage/storageAccounts/"
	vaults   = "/providers/Microsoft.DataProtection/backupVaults/"
	group    = "/resourceGroups/"
	bench    = group + "rg-drills"
	home     = group + "rg-home"
	away     = group + "rg-away"
)

func full(id string) string { return "/subscriptions/" + azure.Subscription + id }

func properties(pairs ...any) map[string]any {
	p := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		p[pairs[i].(string)] = pairs[i+1]
	}
	return map[string]any{"properties": p}
}

var sku = map[string]any{"sku": map[string]any{"name": "Standard_LRS"}, "kind": "StorageV2"}

// ledger is an estate with everything.
func ledger() []part {
	return []part{
		{bench, "westeurope", "drills drills", nil},
		{home, "westeurope", "database database", nil},
		{away, "norwayeast", "database database", nil},
		{home + servers + "pg", "West Europe", "database database", properties("createMode", "Create")},
		{home + servers + "pg/databases/main", "", "", properties("charset", "UTF8")},
		{away + servers + "pg-away", "norwayeast", "database database", properties("createMode", "Replica", "sourceServerResourceId", full(home+servers+"pg"), "replicationRole", "AsyncReplica")},
		{bench + servers + "pg-restored", "westeurope", "database database", properties("createMode", "Create")},
		{home + accounts + "docs", "westeurope", "documents documents", sku},
		{home + accounts + "docs/blobServices/default/containers/received", "", "", properties("publicAccess", "None")},
		{home + accounts + "docs/blobServices/default/containers/issued", "", "", properties("publicAccess", "None")},
		{away + accounts + "copy", "norwayeast", "documents replica", sku},
		{home + accounts + "arch", "westeurope", "documents archive", sku},
		{home + accounts + "logs1", "westeurope", "logs archive", sku},
		{away + accounts + "logs2", "norwayeast", "logs archive", sku},
		{home + accounts + "temp", "westeurope", "transient transient", sku},
		{home + vaults + "bvault", "westeurope", "backup backup", properties("storageSettings", []any{})},
	}
}

// separate is an estate with two databases in Azure SQL, one with a standby.
func separate() []part {
	return []part{
		{bench, "swedencentral", "drills drills", nil},
		{home, "swedencentral", "database database", nil},
		{away, "norwayeast", "database database", nil},
		{home + logical + "sqli", "swedencentral", "identity identity", properties("version", "12.0")},
		{home + logical + "sqli/databases/main", "swedencentral", "identity identity", properties("createMode", "Default")},
		{home + logical + "sqlf", "swedencentral", "pseudonymised financial", properties("version", "12.0")},
		{home + logical + "sqlf/databases/main", "swedencentral", "pseudonymised financial", properties("createMode", "Default")},
		{home + logical + "sqlf/databases/restored", "swedencentral", "drills financial", properties("createMode", "Default")},
		{away + logical + "sqlf-away", "norwayeast", "pseudonymised financial", properties("version", "12.0")},
		{away + logical + "sqlf-away/databases/main", "norwayeast", "pseudonymised financial", properties("createMode", "Secondary", "secondaryType", "Geo", "sourceDatabaseId", full(home+logical+"sqlf/databases/main"))},
	}
}

// deployed puts an estate's parts into a stand-in Azure.
func deployed(t *testing.T, name string, parts []part) (*arm.Server, *cloud.Cloud) {
	t.Helper()
	server, err := arm.Start(t.Context(), arm.Options{Authority: trusted, Duration: time.Millisecond, PageSize: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	c := connect(t, server.URL(), server.Token())
	for _, p := range parts {
		put(t, c, name, p)
	}
	return server, c
}

func put(t *testing.T, c *cloud.Cloud, name string, p part) {
	t.Helper()
	tags := map[string]*string{}
	if class, purpose, ok := strings.Cut(p.tags, " "); ok {
		tags = map[string]*string{"estate": to.Ptr(name), "class": to.Ptr(class), "purpose": to.Ptr(purpose)}
	}
	if strings.Contains(p.id, "pg-restored") {
		tags[drill.MarkerTag] = to.Ptr("tillit-run-1")
	}
	if !strings.Contains(p.id, "/providers/") {
		if _, err := c.Resources.NewResourceGroupsClient().CreateOrUpdate(t.Context(), path.Base(p.id), armresources.ResourceGroup{Location: to.Ptr(p.region), Tags: tags}, nil); err != nil {
			t.Fatal(err)
		}
		return
	}
	resource := armresources.GenericResource{Tags: tags, Properties: p.more["properties"]}
	if p.region != "" {
		resource.Location = to.Ptr(p.region)
	}
	if kind, ok := p.more["kind"].(string); ok {
		resource.Kind, resource.SKU = to.Ptr(kind), &armresources.SKU{Name: to.Ptr("Standard_LRS")}
	}
	kind, _, known := azure.Parse(full(p.id))
	if !known {
		t.Fatalf("%s is of no type", p.id)
	}
	poller, err := c.Resources.NewClient().BeginCreateOrUpdateByID(t.Context(), full(p.id), kind.APIVersion, resource, nil)
	if _, err := cloud.Done(t.Context(), poller, err); err != nil {
		t.Fatalf("put %s: %v", p.id, err)
	}
}

func find(t *testing.T, c *cloud.Cloud, name string) (*estate.Estate, error) {
	t.Helper()
	return estate.Find(t.Context(), c, &promises.Declaration{Estate: name})
}

func TestFindPostgres(t *testing.T) {
	t.Parallel()
	_, c := deployed(t, "ledger", ledger())
	put(t, c, "another", part{home + accounts + "others", "westeurope", "documents documents", sku})
	e, err := find(t, c, "ledger")
	if err != nil {
		t.Fatal(err)
	}
	tags := func(class, purpose string) map[string]string {
		return map[string]string{"estate": "ledger", "class": class, "purpose": purpose}
	}
	account := func(group, name, region string, tags map[string]string, containers ...string) estate.Account {
		return estate.Account{ID: full(group + accounts + name), Name: name, Group: path.Base(group), Region: region, Endpoint: "https://" + name + ".blob.rehearsal.invalid/", Containers: containers, Tags: tags}
	}
	documents := account(home, "docs", "westeurope", tags("documents", "documents"), "issued", "received")
	replica := account(away, "copy", "norwayeast", tags("documents", "replica"))
	archive := account(home, "arch", "westeurope", tags("documents", "archive"))
	want := &estate.Estate{
		Name: "ledger", Declaration: e.Declaration,
		Databases: []estate.Database{{
			Means: "postgres", Name: "main",
			Server:  estate.Server{ID: full(home + servers + "pg"), Name: "pg", Group: "rg-home", Region: "westeurope", Host: "pg.postgres.rehearsal.invalid", Data: true, Tags: tags("database", "database")},
			Standby: &estate.Server{ID: full(away + servers + "pg-away"), Name: "pg-away", Group: "rg-away", Region: "norwayeast", Host: "pg-away.postgres.rehearsal.invalid", Data: true, Tags: tags("database", "database")},
		}},
		Documents: &documents, Replica: &replica, Archive: &archive,
		Logs:   []estate.Account{account(away, "logs2", "norwayeast", tags("logs", "archive")), account(home, "logs1", "westeurope", tags("logs", "archive"))},
		Vaults: []estate.Vault{{full(home + vaults + "bvault"), "bvault", "rg-home", "westeurope"}},
		// The client that put it writes resourcegroups.
		Workbench: estate.Group{ID: full("/resourcegroups/rg-drills"), Name: "rg-drills", Region: "westeurope"},
	}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("found\n%s\nwant\n%s", words(t, e), words(t, want))
	}
}

func words(t *testing.T, e *estate.Estate) string {
	t.Helper()
	b, err := json.MarshalIndent(e, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFindSQL(t *testing.T) {
	t.Parallel()
	server, c := deployed(t, "benchmark", separate())
	e, err := find(t, c, "benchmark")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range e.Databases {
		standby := "none"
		if d.Standby != nil {
			standby = d.Standby.Name + " " + d.Standby.Region
		}
		got = append(got, fmt.Sprintf("%s: %s %s on %s (%s), standby %s", d.Purpose, d.Means, d.Name, d.Server.Name, d.Server.Host, standby))
	}
	want := []string{
		"financial: sql main on sqlf (sqlf.database.rehearsal.invalid), standby sqlf-away norwayeast",
		"identity: sql main on sqli (sqli.database.rehearsal.invalid), standby none",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if d := e.Databases[0]; d.Server.Data || d.Standby.Data {
		t.Error("a rehearsed Azure SQL is said to hold data")
	}
	for purpose, name := range map[string]string{"": "sqlf", "financial": "sqlf", "identity": "sqli"} {
		if d, err := e.Database(purpose); err != nil || d.Server.Name != name {
			t.Errorf("the database %q is %+v, %v", purpose, d, err)
		}
	}
	if _, err := e.Database("medical"); err == nil || !strings.Contains(err.Error(), "it has financial and identity") {
		t.Errorf("the error is %v", err)
	}
	for _, r := range server.Journal() {
		if r.Method != http.MethodGet && r.Method != http.MethodPut {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}

func TestDatabaseByName(t *testing.T) {
	t.Parallel()
	one := &estate.Estate{Name: "ledger", Databases: []estate.Database{{Means: "postgres"}}}
	if _, err := one.Database("financial"); err == nil || !strings.Contains(err.Error(), "one for everything") {
		t.Errorf("the error is %v", err)
	}
	if _, err := (&estate.Estate{Name: "ledger"}).Database(""); err == nil || !strings.Contains(err.Error(), "has no database") {
		t.Errorf("the error is %v", err)
	}
}

func TestFindsNothing(t *testing.T) {
	t.Parallel()
	_, c := deployed(t, "ledger", ledger()[:2])
	_, err := find(t, c, "another")
	if !errors.Is(err, estate.ErrNotDeployed) || !strings.Contains(err.Error(), azure.Subscription) || !strings.Contains(err.Error(), "estate=another") {
		t.Errorf("the error is %v", err)
	}
	e, err := find(t, c, "ledger")
	if err != nil || e.Workbench.Name != "rg-drills" || e.Documents != nil || len(e.Databases) != 0 {
		t.Errorf("an estate of two groups: %+v, %v", e, err)
	}
}

func TestTwoCandidates(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		extra []part
		want  []string
	}{
		{"server", []part{{home + servers + "pg2", "westeurope", "database database", properties("createMode", "Create")}}, []string{servers + "pg and", servers + "pg2 look like the server of the database"}},
		{"standby", []part{{away + servers + "pg3", "norwayeast", "database database", properties("createMode", "Replica", "sourceServerResourceId", full(home+servers+"pg"), "replicationRole", "AsyncReplica")}}, []string{"pg-away and", "pg3 look like the standby of the database"}},
		{"means", []part{{home + logical + "sqlx", "westeurope", "database database", properties("version", "12.0")}}, []string{servers + "pg and", logical + "sqlx"}},
		{"documents", []part{{away + accounts + "docs2", "norwayeast", "documents documents", sku}}, []string{"docs2 and", "docs look like the account of documents"}},
		{"workbench", []part{{group + "rg-other", "norwayeast", "drills drills", nil}}, []string{"rg-drills and", "rg-other look like the drills' own resource group"}},
		{"database", []part{
			{home + servers + "pg9", "westeurope", "pseudonymised financial", properties("createMode", "Create")},
			{home + servers + "pg9/databases/a", "", "", properties("charset", "UTF8")},
			{home + servers + "pg9/databases/b", "", "", properties("charset", "UTF8")},
		}, []string{"both a and b look like the financial database on pg9"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, c := deployed(t, "ledger", append(ledger(), test.extra...))
			_, err := find(t, c, "ledger")
			if !errors.Is(err, estate.ErrAmbiguous) {
				t.Fatalf("the error is %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
		})
	}
}

// What the Resource Manager still lists and a provider no longer has is passed
// over; what may not be read is an error with the role that is missing.
func TestListsAreLate(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{http.StatusNotFound: "", http.StatusForbidden: "read the server pg: GET flexibleServers/pg in rg-home: Azure answers 403"} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			body, code := map[string]any{"value": []any{}}, http.StatusOK
			switch {
			case strings.HasSuffix(r.URL.Path, "/resources"):
				body = map[string]any{"value": []any{map[string]any{"id": full(home + servers + "pg")}}}
			case strings.HasSuffix(r.URL.Path, "/pg"):
				body, code = map[string]any{"error": map[string]any{"code": "Refused", "message": "No."}}, status
			}
			w.WriteHeader(code)
			_ = json.NewEncoder(w).Encode(body) // who has gone need not be told
		}))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{trusted.Certificate}}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		e, err := find(t, connect(t, s.URL, "token"), "ledger")
		if want == "" && (err != nil || len(e.Databases) != 0) {
			t.Errorf("%d: %+v, %v", status, e, err)
		}
		if want != "" && (!errors.Is(err, cloud.ErrForbidden) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d: %v", status, err)
		}
	}
}
