package stacks_test

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/runbooks"
)

// tested is an estate's declaration with a promise to run drills.
func tested(t *testing.T, file string) *promises.Declaration {
	t.Helper()
	d := load(t, file)
	if !d.Has("backup.tested") {
		d.Promises["backup.tested"] = promises.Declared{ID: "backup.tested", Params: promises.Params{
			"every": {Text: "90d", Duration: 90 * 24 * time.Hour}, "within": {Text: "4h", Duration: 4 * time.Hour},
		}}
		if d.Settings.Images == nil {
			d.Settings.Images = map[string]string{}
		}
		d.Settings.Images["runbook"] = "registry.example/runbook:1.0.0"
	}
	return d
}

// granted lists the scopes on which a role of the drills is given, without what
// all have in common.
func granted(inv *inventory.Inventory, role string) []string {
	var found []string
	for _, r := range of(inv, "authorization:RoleAssignment") {
		if number, ok := strings.CutPrefix(r.Name, "role-"+role+"-"); ok && len(number) <= 2 {
			scope, _ := r.Props["scope"].(string)
			found = append(found, scope)
		}
	}
	return found
}

// containing tells whether any scope has all the parts.
func containing(scopes []string, parts ...string) bool {
	return slices.ContainsFunc(scopes, func(scope string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(scope, part) })
	})
}

// The drills that an estate schedules are those that apply to it, but for tamper,
// which takes an administrator's rights. An estate that has promised no drills
// schedules none.
func TestScheduledDrillsAreThoseThatApply(t *testing.T) {
	files, err := filepath.Glob("Pulumi.*.yaml")
	if err != nil || len(files) != 5 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range append(files, linksNL) {
		t.Run(path.Base(file), func(t *testing.T) {
			declared := load(t, file)
			if inv := mustCompose(t, declared); !declared.Has("backup.tested") {
				for _, job := range of(inv, "app:Job") {
					if strings.HasPrefix(job.Name, "drill-") {
						t.Errorf("%s is scheduled, and no drills are promised", job.Name)
					}
				}
			}
			d := tested(t, file)
			var want, got []string
			for _, b := range runbooks.All() {
				if b.Name != "tamper" && slices.ContainsFunc(b.Promises, d.Has) {
					want = append(want, "drill-"+b.Name)
				}
			}
			for _, job := range of(mustCompose(t, d), "app:Job") {
				if strings.HasPrefix(job.Name, "drill-") {
					got = append(got, job.Name)
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("scheduled are %v, and %v apply", got, want)
			}
		})
	}
}

// The drills' identity may read what its drills read, and put what they make
// beside it.
func TestDrillsReach(t *testing.T) {
	inv := mustCompose(t, load(t, ledgerNo))
	for role, want := range map[string][][]string{
		"drill-restore": {
			{"/flexibleServers/", "westeurope"}, {"/flexibleServers/", "norwayeast"}, {"/backupVaults/"}, {"Microsoft.RecoveryServices/vaults/"},
			{"/storageAccounts/docs", "westeurope"}, {"/storageAccounts/docs", "norwayeast"}, {"/storageAccounts/arch", "rg-ledger-no-documents-"},
		},
		"drill-read-blobs": {{"/storageAccounts/docs", "westeurope"}, {"/storageAccounts/docs", "norwayeast"}, {"/storageAccounts/arch", "rg-ledger-no-documents-"}},
		"drill-heartbeat":  {{"/storageAccounts/docs", "westeurope"}},
		"drill-workbench":  {{"/resourceGroups/rg-ledger-no-drills-westeurope"}},
		"drill-look": {
			{"rg-ledger-no-logs-westeurope", "/storageAccounts/"}, {"rg-ledger-no-logs-norwayeast", "/storageAccounts/"},
			{"Microsoft.KeyVault/vaults/", "westeurope"}, {"Microsoft.KeyVault/vaults/", "norwayeast"}, {"/resourceGroups/rg-ledger-no-network-westeurope"},
		},
		"drill-join": {
			{"/subnets/database", "westeurope"}, {"/subnets/database", "norwayeast"}, {"/subnets/endpoints", "westeurope"},
			{"/privateDnsZones/privatelink.blob."}, {"/privateDnsZones/", "postgres"},
			{"/id-ledger-no-database-"}, {"/id-ledger-no-documents-"},
		},
	} {
		got := granted(inv, role)
		for _, parts := range want {
			if !containing(got, parts...) {
				t.Errorf("%s is given on %v, and on nothing with %v", role, got, parts)
			}
		}
	}
	for role, most := range map[string]int{"drill-heartbeat": 1, "drill-read-blobs": 3, "drill-workbench": 1, "drill-sql-read": 0, "drill-sql-restore": 0, "drill-sql-workbench": 0} {
		if got := granted(inv, role); len(got) != most {
			t.Errorf("%s is given on %v", role, got)
		}
	}
}

// The Backup vault may write files into the drills' own group, where a copy of
// PostgreSQL is handed out as files.
func TestVaultHandsOutFiles(t *testing.T) {
	without := func(id promises.ID) *promises.Declaration {
		d := load(t, ledgerNo)
		delete(d.Promises, id)
		return d
	}
	for name, c := range map[string]struct {
		d    *promises.Declaration
		want bool
	}{
		"whole":             {load(t, ledgerNo), true},
		"no drills":         {without("backup.tested"), false},
		"no old copies":     {without("backup.retention"), false},
		"a vault of no use": {tested(t, linksNL), false},
	} {
		t.Run(name, func(t *testing.T) {
			inv := mustCompose(t, c.d)
			var found []inventory.Resource
			for _, r := range of(inv, "authorization:RoleAssignment") {
				if r.Name == "role-backup-drills" {
					found = append(found, r)
				}
			}
			if (len(found) == 1) != c.want || len(found) > 1 {
				t.Fatalf("%d are given", len(found))
			}
			for _, r := range found {
				scope, _ := r.Props["scope"].(string)
				role, _ := r.Props["roleDefinitionId"].(string)
				if !strings.HasSuffix(scope, "/resourceGroups/rg-ledger-no-drills-westeurope") || !strings.HasSuffix(role, "/ba92f5b4-2d11-453d-a403-e96b0029c9fe") {
					t.Errorf("%s on %s", role, scope)
				}
				if on := r.PropertyDependsOn["principalId"]; len(on) != 1 || !strings.Contains(on[0], "BackupVault::") {
					t.Errorf("it goes to %v, want the vault's own identity", on)
				}
			}
		})
	}
}

// On Azure SQL the drills restore on the server itself, read what it has, and make
// servers of their own.
func TestDrillsReachAzureSQL(t *testing.T) {
	inv := mustCompose(t, tested(t, linksNL))
	for role, want := range map[string][]string{
		"drill-sql-restore":   {"/providers/Microsoft.Sql/servers/"},
		"drill-sql-workbench": {"/resourceGroups/rg-links-nl-drills-westeurope"},
	} {
		if got := granted(inv, role); len(got) != 1 || !containing(got, want...) || !containing(got, "westeurope") {
			t.Errorf("%s is given on %v", role, got)
		}
	}
	if got := granted(inv, "drill-sql-read"); len(got) != 2 || !containing(got, "rg-links-nl-database-westeurope") || !containing(got, "/servers/", "swedencentral") {
		t.Errorf("the drills may read %v", got)
	}
	if got := granted(inv, "drill-restore"); containing(got, "Microsoft.Sql") {
		t.Errorf("the role for PostgreSQL is given on %v", got)
	}
	for _, parts := range [][]string{
		{"/subnets/endpoints", "westeurope"}, {"/subnets/endpoints", "swedencentral"},
		{"/privateDnsZones/privatelink.database."}, {"/privateDnsZones/privatelink.blob."}, {"/id-links-nl-database-"},
	} {
		if got := granted(inv, "drill-join"); !containing(got, parts...) {
			t.Errorf("the drills may join %v, and nothing with %v", got, parts)
		}
	}
}

// Of two databases that are kept apart the drills reach the first.
func TestDrillsReachOneOfTwoDatabases(t *testing.T) {
	inv := mustCompose(t, tested(t, "Pulumi.benchmark-se.yaml"))
	for _, role := range []string{"drill-restore", "drill-join", "drill-sql-read", "drill-sql-restore"} {
		if got := granted(inv, role); containing(got, "database-identity") || containing(got, "/servers/", "identity") {
			t.Errorf("%s is given on %v", role, got)
		}
	}
	if got := granted(inv, "drill-sql-restore"); len(got) != 1 || !containing(got, "financial") {
		t.Errorf("the drills may restore on %v", got)
	}
}

// Without a promise that the loss of a region is survived, the drills' identity
// has nothing to do with the standby's server and network.
func TestDrillsLeaveTheStandbyAlone(t *testing.T) {
	d := load(t, ledgerNo)
	delete(d.Promises, "continuity.plan")
	delete(d.Promises, "continuity.standby")
	inv := mustCompose(t, d)
	for _, role := range []string{"drill-restore", "drill-join"} {
		for _, kind := range []string{"/flexibleServers/", "/subnets/"} {
			if got := granted(inv, role); containing(got, kind, "norwayeast") {
				t.Errorf("%s reaches %v", role, got)
			}
		}
	}
}
