package stacks_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/monitor"
	"github.com/tillit-dev/tillit/internal/monitor/inline"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/stacks"
)

const (
	ledgerNo = "Pulumi.ledger-no.yaml"
	linksNL  = "testdata/Pulumi.links-nl.yaml"
)

func load(t *testing.T, file string) *promises.Declaration {
	t.Helper()
	d, err := promises.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// compose plans an estate; the stack's own default region is West Europe.
func compose(t *testing.T, d *promises.Declaration) (*inventory.Inventory, error) {
	t.Helper()
	return inline.Plan(t.Context(), monitor.Options{
		Project: "tillit", Stack: d.Estate, Root: "..",
		Config: map[string]string{"azure-native:location": "westeurope"},
	}, func(ctx *pulumi.Context) error { return stacks.Estate(ctx, d) })
}

func mustCompose(t *testing.T, d *promises.Declaration) *inventory.Inventory {
	t.Helper()
	inv, err := compose(t, d)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// of lists the resources of a type, given without its prefix.
func of(inv *inventory.Inventory, kind string) []inventory.Resource {
	var found []inventory.Resource
	for _, r := range inv.Resources {
		if r.Type == azure.Prefix+kind {
			found = append(found, r)
		}
	}
	return found
}

// names are what Azure allows for the names of some types; where a type is not
// listed, the general form holds. Source:
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules.
var names = map[string]*regexp.Regexp{
	"":                               regexp.MustCompile(`^[A-Za-z0-9$][A-Za-z0-9._/-]{0,79}$`),
	"authorization:RoleAssignment":   regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
	"cdn:RuleSet":                    regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,59}$`),
	"cdn:Rule":                       regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,59}$`),
	"cdn:AFDEndpoint":                regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,44}[A-Za-z0-9]$`),
	"dbforpostgresql:Server":         regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`),
	"keyvault:Vault":                 regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$`),
	"network:Policy":                 regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,127}$`),
	"operationalinsights:Workspace":  regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`),
	"operationalinsights:Cluster":    regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`),
	"recoveryservices:Vault":         regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{1,49}$`),
	"sql:Server":                     regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$`),
	"storage:StorageAccount":         regexp.MustCompile(`^[a-z0-9]{3,24}$`),
	"storage:BlobContainer":          regexp.MustCompile(`^[a-z0-9]([a-z0-9]|-[a-z0-9]){2,62}$`),
	"managedidentity:UserAssignedId": regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$`),
}

// tagless are the types whose API has tags in its shape and does not keep them:
// parts of a vault, which carries the tags.
var tagless = map[string]bool{
	"recoveryservices:ProtectionPolicy":   true,
	"recoveryservices:ResourceGuardProxy": true,
}

// What holds for every resource of any estate.
func TestResources(t *testing.T) {
	for _, file := range []string{ledgerNo, linksNL, validationEU} {
		t.Run(file, func(t *testing.T) {
			d := load(t, file)
			inv := mustCompose(t, d)
			ids := map[string]string{}
			count := 0
			for _, r := range inv.Resources {
				if !r.Custom || !strings.HasPrefix(r.Type, azure.Prefix) {
					continue
				}
				count++
				if r.ID == "" {
					// A server's administrator is named by an object id that Entra gives.
					if r.Type != "azure-native:dbforpostgresql:Administrator" {
						t.Errorf("%s: the id cannot be told before it is made", r.URN)
					}
					continue
				}
				if other, ok := ids[strings.ToLower(r.ID)]; ok {
					t.Errorf("%s and %s are the same resource, %s", r.URN, other, r.ID)
				}
				ids[strings.ToLower(r.ID)] = r.URN
				name := r.ID[strings.LastIndexByte(r.ID, '/')+1:]
				form, ok := names[strings.TrimPrefix(r.Type, azure.Prefix)]
				if !ok {
					form = names[""]
				}
				if !form.MatchString(name) {
					t.Errorf("%s: Azure does not take the name %q", r.URN, name)
				}
				for _, err := range azure.Check(r.Type, r.Props) {
					t.Errorf("%s: %v", r.URN, err)
				}
				if !strings.HasPrefix(r.Position, "modules/") {
					t.Errorf("%s: registered at %q, outside the modules", r.URN, r.Position)
				}
				schema, ok := azure.Properties(r.Type)
				if !ok {
					t.Errorf("%s: unknown type %s", r.URN, r.Type)
					continue
				}
				if _, taggable := schema.Fields["tags"]; taggable && !tagless[strings.TrimPrefix(r.Type, azure.Prefix)] {
					checkTags(t, r, d.Estate)
				}
			}
			if file == ledgerNo && count < 150 {
				t.Errorf("%d resources", count)
			}
		})
	}
}

func checkTags(t *testing.T, r inventory.Resource, estate string) {
	t.Helper()
	tags, _ := r.Props["tags"].(map[string]any)
	if tags["estate"] != estate {
		t.Errorf("%s: tag estate is %v", r.URN, tags["estate"])
	}
	for _, tag := range []string{"purpose", "class", "retention"} {
		if s, ok := tags[tag].(string); !ok || s == "" {
			t.Errorf("%s: tag %s is %v", r.URN, tag, tags[tag])
		}
	}
}

// Whatever holds data is locked, and every lock waits for the first, which waits
// for everything else: locks go on last and come off first.
func TestLocks(t *testing.T) {
	for _, file := range []string{ledgerNo, linksNL} {
		inv := mustCompose(t, load(t, file))
		locks := of(inv, "authorization:ManagementLockByScope")
		scopes := map[any]bool{}
		var first *inventory.Resource
		for i, lock := range locks {
			scopes[lock.Props["scope"]] = true
			if first == nil || len(lock.DependsOn) > len(first.DependsOn) {
				first = &locks[i]
			}
		}
		for _, kind := range []string{
			"dataprotection:BackupVault", "dbforpostgresql:Server", "keyvault:Vault", "operationalinsights:Workspace",
			"recoveryservices:Vault", "sql:Database", "storage:StorageAccount",
		} {
			for _, r := range of(inv, kind) {
				if !scopes[r.ID] {
					t.Errorf("%s: %s is not locked", file, r.URN)
				}
			}
		}
		for _, lock := range locks {
			if lock.URN != first.URN && !slices.Contains(lock.DependsOn, first.URN) {
				t.Errorf("%s: %s does not wait for the rest", file, lock.Name)
			}
		}
		for _, setting := range of(inv, "insights:DiagnosticSetting") {
			if !slices.Contains(first.DependsOn, setting.URN) {
				t.Errorf("%s: the first lock does not wait for %s", file, setting.Name)
			}
		}
	}
}

// Two compositions are the same, byte for byte.
func TestDeterministic(t *testing.T) {
	a, err := mustCompose(t, load(t, ledgerNo)).Encode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := mustCompose(t, load(t, ledgerNo)).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(b) {
		t.Error("the same declaration gave two inventories")
	}
}

// Without any one promise an estate still composes, and what only that promise
// calls for is gone.
func TestWithoutAPromise(t *testing.T) {
	gone := map[promises.ID][]string{
		"perimeter.firewalls":      {}, // one layer is left for perimeter.inspection
		"perimeter.waf":            {"network:Policy", "cdn:SecurityPolicy"},
		"perimeter.ddos":           {"network:DdosProtectionPlan"},
		"perimeter.private-data":   {"network:PrivateEndpoint", "insights:PrivateLinkScope"},
		"assurance.scan":           {"security:Pricing"},
		"assurance.disclosure":     {"cdn:Rule"},
		"continuity.monitored":     {"insights:ActionGroup", "insights:ScheduledQueryRule", "insights:ActivityLogAlert"},
		"residency.primary":        {"authorization:PolicyAssignment"},
		"backup.tested":            {"app:Job"},
		"crypto.rest":              {"operationalinsights:Cluster"},
		"identity.least-privilege": {},
	}
	whole := mustCompose(t, load(t, ledgerNo))
	for _, id := range slices.Sorted(maps.Keys(load(t, ledgerNo).Promises)) {
		if p, _ := promises.Lookup(id); !p.Built {
			continue
		}
		t.Run(string(id), func(t *testing.T) {
			d := load(t, ledgerNo)
			delete(d.Promises, id)
			inv := mustCompose(t, d)
			for _, kind := range gone[id] {
				if len(of(whole, kind)) == 0 {
					t.Errorf("the whole estate has no %s", kind)
				}
				if n := len(of(inv, kind)); n > 0 {
					t.Errorf("there are still %d of %s", n, kind)
				}
			}
		})
	}
}

func TestOtherMeansAndUplinks(t *testing.T) {
	inv := mustCompose(t, load(t, linksNL))
	if n := len(of(inv, "dbforpostgresql:Server")); n > 0 {
		t.Errorf("%d PostgreSQL servers", n)
	}
	if n := len(of(inv, "sql:Server")); n != 2 {
		t.Errorf("%d SQL servers", n)
	}
	seen := map[any]bool{}
	circuits := of(inv, "network:ExpressRouteCircuit")
	for _, c := range circuits {
		provider := c.Props["serviceProviderProperties"].(map[string]any)
		seen[provider["serviceProviderName"]], seen[provider["peeringLocation"]] = true, true
	}
	if len(circuits) != 2 || len(seen) != 4 {
		t.Errorf("%d circuits over %v", len(circuits), seen)
	}
	if n := len(of(inv, "network:PublicIPPrefix")); n != 2 {
		t.Errorf("%d prefixes to leave from", n)
	}
	for _, table := range of(inv, "operationalinsights:Table") {
		if table.Props["totalRetentionInDays"] != 1095.0 {
			t.Errorf("%s keeps %v days", table.Name, table.Props["totalRetentionInDays"])
		}
	}
	if len(of(inv, "operationalinsights:Table")) == 0 {
		t.Error("no table is kept longer than the workspace")
	}
}

func TestOneLayer(t *testing.T) {
	d := load(t, ledgerNo)
	declared := d.Promises["perimeter.firewalls"]
	declared.Params = promises.Params{"layers": {Text: "1", Number: 1}}
	d.Promises["perimeter.firewalls"] = declared
	inv := mustCompose(t, d)
	for _, firewall := range of(inv, "network:AzureFirewall") {
		if !strings.HasPrefix(firewall.Name, "fw-inner") || firewall.Props["managementIpConfiguration"] != nil {
			t.Errorf("%s: one layer is the inner firewall, facing the internet", firewall.Name)
		}
	}
	if n := len(of(inv, "network:AzureFirewall")); n != 2 {
		t.Errorf("%d firewalls in two regions", n)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name, file string
		edit       func(*promises.Declaration)
		want       string
	}{
		{"no host name", ledgerNo, func(d *promises.Declaration) { d.Settings.Hostname = "" }, "hostname: perimeter.waf"},
		{"nobody to tell", ledgerNo, func(d *promises.Declaration) { d.Settings.Contact = "" }, "set contact under tillit:settings"},
		{"no runbook image", ledgerNo, func(d *promises.Declaration) { delete(d.Settings.Images, "runbook") }, "images: runbook"},
		{"no means", ledgerNo, func(d *promises.Declaration) { delete(d.Means, "database") }, "name the database"},
		{"a name that Azure refuses", ledgerNo, func(d *promises.Declaration) { d.Estate = "Ledger_NO" }, `the estate's name "Ledger_NO"`},
		{"a loop", ledgerNo, disclose("https://app.ledger.example/.well-known/security.txt"), "redirected to itself"},
		{"a plain address", ledgerNo, disclose("http://www.ledger.example/security.txt"), "is no https address"},
		{"uplinks nowhere", linksNL, place("residency.primary", "polandcentral"), "not near polandcentral"},
		{"more operators than there are", linksNL, func(d *promises.Declaration) {
			d.Promises["perimeter.uplinks"].Params["operators"] = promises.Value{Text: "3", Number: 3}
		}, "3 operators are promised, 2 are known"},
		{"logs for ever", ledgerNo, func(d *promises.Declaration) {
			d.Promises["log.traceable"].Params["for"] = promises.Value{Text: "20y", Duration: 20 * 365 * 24 * 3600e9}
		}, "longer than the 4383 days"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := load(t, c.file)
			c.edit(d)
			if _, err := compose(t, d); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v; want %q", err, c.want)
			}
		})
	}
}

func disclose(url string) func(*promises.Declaration) {
	return func(d *promises.Declaration) {
		d.Promises["assurance.disclosure"].Params["url"] = promises.Value{Text: url}
	}
}

func place(id promises.ID, region string) func(*promises.Declaration) {
	return func(d *promises.Declaration) { d.Promises[id].Params["region"] = promises.Value{Text: region} }
}
