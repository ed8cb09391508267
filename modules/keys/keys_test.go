package keys

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/keyvault/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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
