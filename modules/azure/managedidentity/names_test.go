package managedidentity_test

import (
	"testing"

	"github.com/tillit-dev/tillit/modules/azure/managedidentity"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

// Source: Microsoft.ManagedIdentity 2023-01-31.
func TestNames(t *testing.T) {
	moduletest.Spelled(t, managedidentity.UserAssignedIdentityArgs{}, `location resourceGroupName resourceName tags`)
}

func TestRequired(t *testing.T) {
	for _, args := range []*managedidentity.UserAssignedIdentityArgs{nil, {}} {
		if _, err := managedidentity.NewUserAssignedIdentity(nil, "x", args); err == nil {
			t.Errorf("%+v was taken", args)
		}
	}
}
