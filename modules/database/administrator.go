package database

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// administrator is the one Entra principal that administers a server. Whoever
// administers a database can read it. Where support must not see customers'
// data that is no group of people but a managed identity, which a job runs
// under; people are let in by it, for a time and with consent.
type administrator struct {
	login    pulumi.StringInput // name of the principal in Entra, and of the login or role
	objectID pulumi.StringInput
	sid      pulumi.StringInput // what Azure SQL knows it by: for an application its client id
	person   bool
}

func (d *Database) administrator() administrator {
	if !d.args.Blind {
		group := pulumi.String(d.args.AdminGroup)
		return administrator{login: pulumi.String("database-administrators"), objectID: group, sid: group, person: true}
	}
	name := d.workload.ID.ApplyT(func(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }).(pulumi.StringOutput)
	return administrator{login: name, objectID: d.workload.PrincipalID, sid: d.workload.ClientID}
}

// postgresKind and sqlKind are the kind of principal in each service's words.
func (a administrator) postgresKind() pulumi.String {
	if a.person {
		return "Group"
	}
	return "ServicePrincipal"
}

func (a administrator) sqlKind() pulumi.String {
	if a.person {
		return "Group"
	}
	return "Application"
}
