package offprovider

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/identity"
)

// Built-in roles, by their ids in
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles.
const (
	blobReader  = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1" // Storage Blob Data Reader
	secretsUser = "4633458b-17de-408a-b874-0445c86b69e6" // Key Vault Secrets User
)

// finder looks a database server up, to sign in to it as a reader.
var finder = identity.Role{
	Name: "copy-read",
	Does: "Look up database servers and their databases, to copy them.",
	Actions: []string{
		"Microsoft.DBforPostgreSQL/flexibleServers/read",
		"Microsoft.DBforPostgreSQL/flexibleServers/databases/read",
		"Microsoft.Sql/servers/read",
		"Microsoft.Sql/servers/databases/read",
	},
}

// permit lets the job's identity read what it copies, and of the key vault the
// few secrets it needs. It returns what has to be there before the job is.
func (o *OffProvider) permit(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	var granted []pulumi.Resource
	give := func(name, role string, scope pulumi.StringInput) error {
		made, err := o.args.Identity.Assign(ctx, name, o.workload.PrincipalID, "ServicePrincipal", role, scope)
		granted = append(granted, made)
		return err
	}
	for _, secret := range o.args.Place.secrets() {
		name := inVault(secret)
		if err := give("copy-"+name, secretsUser, pulumi.Sprintf("%s/secrets/%s", o.args.Keys.VaultID, name)); err != nil {
			return nil, err
		}
	}
	for i, account := range o.args.Accounts {
		if err := give(fmt.Sprintf("copy-account-%d", i+1), blobReader, account); err != nil {
			return nil, err
		}
	}
	if len(o.args.Servers) == 0 {
		return granted, nil
	}
	role, made, err := o.args.Identity.Define(ctx, finder)
	if err != nil {
		return nil, err
	}
	for i, server := range o.args.Servers {
		// The role has to be there before it can be given.
		after := pulumi.OutputWithDependencies(ctx.Context(), server.ToStringOutput(), made).(pulumi.StringOutput)
		if err := give(fmt.Sprintf("copy-server-%d", i+1), role, after); err != nil {
			return nil, err
		}
	}
	return granted, nil
}
