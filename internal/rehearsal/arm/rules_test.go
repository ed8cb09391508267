package arm_test

import (
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

func TestLocks(t *testing.T) {
	c := start(t, arm.Options{})
	lock := store + "/providers/Microsoft.Authorization/locks/keep"
	c.make(group, here, store, here, store+"/blobServices/default/containers/logs", `{}`, lock, `{"properties":{"level":"CanNotDelete"}}`)
	for _, id := range []string{store, group, store + "/blobServices/default/containers/logs"} {
		c.want(c.do("DELETE", id, ""), 409, "ScopeLocked")
	}
	c.make(store, `{"location":"westeurope","tags":{"a":"b"}}`) // a delete lock lets writes pass
	c.make(lock, `{"properties":{"level":"ReadOnly"}}`)
	c.want(c.do("PATCH", store, `{"tags":{}}`), 409, "ScopeLocked")
	c.finish("DELETE", lock, "")
	if r := c.finish("DELETE", group, ""); r.status != 204 || len(c.server.Resources()) != 0 {
		t.Errorf("delete of the group: %d, left %v", r.status, c.server.Resources())
	}
}

func TestWhatIsInUseStays(t *testing.T) {
	c := start(t, arm.Options{})
	table := group + "/providers/Microsoft.Network/routeTables/r"
	c.make(group, here, table, here, vnet, here, vnet+"/subnets/jobs", `{"properties":{"addressPrefix":"10.1.0.0/26","routeTable":{"id":"`+table+`"}}}`)
	c.want(c.do("DELETE", table, ""), 400, "InUseRouteTablesCannotBeDeleted")
	zone := group + "/providers/Microsoft.Network/privateDnsZones/z.example"
	c.make(zone, `{"location":"global"}`, zone+"/virtualNetworkLinks/hub", `{"location":"global","properties":{"virtualNetwork":{"id":"`+vnet+`"}}}`)
	c.want(c.do("DELETE", zone, ""), 409, "CannotDeleteResource")
	c.finish("DELETE", zone+"/virtualNetworkLinks/hub", "")
	if r := c.finish("DELETE", vnet, ""); r.status != 204 {
		t.Errorf("a network goes with its own subnets: %d %v", r.status, r.body)
	}
}

// An immutable vault takes no policy that keeps copies for less time.
func TestPoliciesOfImmutableVaults(t *testing.T) {
	c := start(t, arm.Options{})
	vault := group + "/providers/Microsoft.DataProtection/backupVaults/v"
	policy := vault + "/backupPolicies/p"
	of := func(rules ...string) string {
		return `{"properties": {"objectType": "BackupPolicy", "policyRules": [` + strings.Join(rules, ",") + `]}}`
	}
	rule := func(name, time, store string) string {
		return `{"objectType": "AzureRetentionRule", "name": "` + name + `", "lifecycles": [{"deleteAfter": {"duration": "` + time + `"}, "sourceDataStore": {"dataStoreType": "` + store + `"}}]}`
	}
	whole := of(rule("Default", "P54W", "VaultStore"), rule("Yearly", "P10Y", "VaultStore"), rule("Here", "P30D", "OperationalStore"))
	c.make(group, here)
	for _, state := range []string{"Disabled", "Unlocked", "Locked"} {
		c.make(vault, `{"location": "westeurope", "properties": {"securitySettings": {"immutabilitySettings": {"state": "`+state+`"}}}}`, policy, whole)
		for name, shorter := range map[string]string{
			"by a day": of(rule("Default", "P377D", "VaultStore"), rule("Yearly", "P10Y", "VaultStore")),
			"a rule":   of(rule("Default", "P54W", "VaultStore")),
			"the time": of(rule("Default", "", "VaultStore"), rule("Yearly", "P10Y", "VaultStore")),
		} {
			r := c.do("PUT", policy, shorter)
			if refused := r.status == 409; refused != (state != "Disabled") {
				t.Errorf("%s, %s: %d %v", state, name, r.status, r.body)
			}
			c.make(policy, whole)
		}
		c.make(policy, of(rule("Default", "P55W", "VaultStore"), rule("Yearly", "P10Y", "VaultStore")))
		if state == "Disabled" {
			c.make(policy, whole)
		} else {
			c.finish("DELETE", policy, "")
		}
	}
}

func TestWORM(t *testing.T) {
	c := start(t, arm.Options{})
	policy := store + "/blobServices/default/containers/logs/immutabilityPolicies/default"
	c.make(group, here, store, here, store+"/blobServices/default/containers/logs", `{}`, policy, `{"properties":{"immutabilityPeriodSinceCreationInDays":365}}`)
	if state := c.do("GET", policy, "").body["properties"].(map[string]any)["state"]; state != "Unlocked" {
		t.Errorf("a new policy is %v", state)
	}
	at := "?api-version=2022-09-01"
	c.want(c.do("POST", policy+"/lock"+at, ""), 400, "MissingRequiredHeader")
	c.want(c.do("POST", policy+"/lock"+at, "", "If-Match", `"0"`), 412, "PreconditionFailed")
	if r := c.do("POST", policy+"/lock"+at, "", "If-Match", c.do("GET", policy, "").header.Get("ETag")); r.status != 200 {
		t.Fatalf("lock: %d %v", r.status, r.body)
	}
	c.want(c.do("DELETE", policy, ""), 409, "ContainerImmutabilityPolicyFailure")
	c.want(c.do("PUT", policy, `{"properties":{"immutabilityPeriodSinceCreationInDays":10,"state":"Locked"}}`), 409, "ImmutabilityPeriodShortened")
	c.want(c.do("PUT", policy, `{"properties":{"immutabilityPeriodSinceCreationInDays":365}}`), 409, "ImmutableSetting")
	c.make(vault, `{"properties":{"enablePurgeProtection":true}}`)
	c.want(c.do("PUT", vault, `{"properties":{}}`), 409, "ImmutableSetting")
	c.want(c.do("POST", store+"/listKeys"+at, ""), 501, "NotSupportedByRehearsal")
}

func TestRoleAssignments(t *testing.T) {
	c := start(t, arm.Options{})
	grant := `{"properties":{"principalId":"p","roleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/r"}}`
	roles := group + "/providers/Microsoft.Authorization/roleAssignments/"
	c.make(group, here, roles+"a", grant, roles+"a", grant)
	c.want(c.do("PUT", roles+"b", grant), 409, "RoleAssignmentExists")
	c.want(c.do("PUT", roles+"a", strings.Replace(grant, `"p"`, `"q"`, 1)), 400, "RoleAssignmentUpdateNotPermitted")
}
