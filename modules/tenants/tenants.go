package tenants

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/promises"
)

// Args describe the vault of the tenants' keys.
type Args struct {
	Site     site.Site
	Within   time.Duration // data.erasure within
	Undelete time.Duration // crypto.keys undelete; zero where it is not promised
	Identity *identity.Identity
	Users    []identity.Workload // make tenants' keys, wrap and unwrap with them
	Eraser   identity.Workload   // disables and deletes them, and cannot use them
}

// Tenants is the vault of the tenants' keys. The keys come and go with the
// tenants and are the application's to make.
type Tenants struct {
	pulumi.ResourceState
	Keys *keys.Keys
}

// shortest is the shortest time for which a vault keeps what is deleted.
const shortest = 7 * 24 * time.Hour

// user makes a tenant's key and works with it.
var user = identity.Role{
	Name: "tenant-keys-use",
	Does: "Make tenants' keys, and wrap and unwrap data keys with them.",
	DataActions: []string{
		"Microsoft.KeyVault/vaults/keys/read",
		"Microsoft.KeyVault/vaults/keys/create/action",
		"Microsoft.KeyVault/vaults/keys/wrap/action",
		"Microsoft.KeyVault/vaults/keys/unwrap/action",
	},
}

// eraser takes a tenant's key out of use for good.
var eraser = identity.Role{
	Name: "tenant-keys-erase",
	Does: "Disable and delete tenants' keys.",
	DataActions: []string{
		"Microsoft.KeyVault/vaults/keys/read",
		"Microsoft.KeyVault/vaults/keys/update/action",
		"Microsoft.KeyVault/vaults/keys/delete",
	},
}

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Tenants, error) {
	undelete, err := period(args.Within, args.Undelete)
	if err != nil {
		return nil, err
	}
	t := &Tenants{}
	if err := ctx.RegisterComponentResource("tillit:modules:Tenants", name, t, opts...); err != nil {
		return nil, err
	}
	t.Keys, err = keys.New(ctx, "keys-tenants-"+args.Site.Region, keys.Args{
		Site: args.Site, Purpose: "tenants", Undelete: undelete, Identity: args.Identity,
	}, pulumi.Parent(t))
	if err != nil {
		return nil, err
	}
	if err := t.give(ctx, args.Identity, user, args.Users...); err != nil {
		return nil, err
	}
	if err := t.give(ctx, args.Identity, eraser, args.Eraser); err != nil {
		return nil, err
	}
	return t, ctx.RegisterResourceOutputs(t, pulumi.Map{"vaultUri": t.Keys.VaultURI})
}

// period is for how long a deleted key can be brought back: as short as the vault
// and the other promises allow, since the data is erased when it ends.
func period(within, undelete time.Duration) (time.Duration, error) {
	kept := max(shortest, undelete)
	if kept <= within {
		return kept, nil
	}
	if undelete > shortest {
		return 0, fmt.Errorf("data.erasure within %s and crypto.keys undelete %s cannot both be kept: a deleted key can be brought back for %s, and its tenant's data with it", spell(within), spell(undelete), spell(undelete))
	}
	return 0, fmt.Errorf("data.erasure within %s cannot be kept: a vault that protects its keys keeps a deleted one for %s at least", spell(within), spell(shortest))
}

func spell(d time.Duration) string { return promises.FormatDuration(d) }

// give lets workloads do on the vault what a role says.
func (t *Tenants) give(ctx *pulumi.Context, who *identity.Identity, role identity.Role, workloads ...identity.Workload) error {
	id, made, err := who.Define(ctx, role)
	if err != nil {
		return err
	}
	// The role has to be there before it can be given.
	vault := pulumi.OutputWithDependencies(ctx.Context(), t.Keys.VaultID, made).(pulumi.StringOutput)
	for _, w := range workloads {
		if err := who.Grant(ctx, role.Name+"-"+w.Name, w.PrincipalID, "ServicePrincipal", id, vault); err != nil {
			return err
		}
	}
	return nil
}
