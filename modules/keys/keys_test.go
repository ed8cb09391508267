package keys

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/keyvault/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
)

// A key is replaced when promised, before it expires, and Azure's limits hold:
// a version lives 28 days at least.
func TestRotation(t *testing.T) {
	got := rotation(365 * 24 * time.Hour)
	if v := got.Attributes.(keyvault.KeyRotationPolicyAttributesArgs).ExpiryTime; v != pulumi.String("P395D") {
		t.Errorf("expires after %v", v)
	}
	first := got.LifetimeActions.(keyvault.LifetimeActionArray)[0].(keyvault.LifetimeActionArgs)
	if v := first.Trigger.(keyvault.TriggerArgs).TimeAfterCreate; v != pulumi.String("P365D") {
		t.Errorf("rotates after %v", v)
	}
	if v := first.Action.(keyvault.ActionArgs).Type; v != keyvault.KeyRotationPolicyActionTypeRotate {
		t.Errorf("does %v", v)
	}
}

// Vaults of one region differ by what they are for, and what is in them too.
func TestPurposes(t *testing.T) {
	names := map[string]bool{}
	for _, purpose := range []string{"", "identity", "financial", "tenants"} {
		k := &Keys{Site: site.Site{Estate: "test", Region: "westeurope"}, args: Args{Purpose: purpose}}
		for _, name := range []string{k.vaultName(), k.called("vault"), k.called("key", "database"), k.called("keys", "database")} {
			if names[name] {
				t.Errorf("%q names two things", name)
			}
			names[name] = true
		}
	}
	if k := (&Keys{Site: site.Site{Region: "westeurope"}}); k.called("key", "database") != "key-database-westeurope" {
		t.Errorf("the estate's own key is called %s", k.called("key", "database"))
	}
}
