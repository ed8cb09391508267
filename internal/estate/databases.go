package estate

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"

	"github.com/tillit-dev/tillit/internal/cloud"
)

// usual is the name that an estate gives its database.
const usual = "main"

// candidate is a server that may be a database's, or its standby.
type candidate struct {
	Server
	purpose string
	copy    bool
	source  string // of a copy: the server's id, in lower case; empty if not told
	names   []string
}

func newCandidate(id resource, location *string, tags map[string]*string, answer *http.Response) candidate {
	c := candidate{Server: Server{
		ID: id.String(), Name: id.Name, Group: id.ResourceGroupName,
		Region: region(location), Data: hasData(answer), Tags: tagsOf(tags),
	}}
	if c.purpose = c.Tags["purpose"]; c.purpose == "database" {
		c.purpose = "" // it holds everything
	}
	return c
}

// postgres finds the flexible servers. A read replica of the estate's own server
// is its standby.
func (f *finder) postgres(ctx context.Context, all []resource) error {
	var found []candidate
	for _, id := range of(all, "Microsoft.DBforPostgreSQL/flexibleServers") {
		heard, answer := hearing(ctx)
		got, err := f.cloud.Postgres.NewServersClient().Get(heard, id.ResourceGroupName, id.Name, nil)
		if absent(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the server %s: %w", id.Name, cloud.Explain(err))
		}
		c := newCandidate(id, got.Location, got.Tags, *answer)
		if !f.own(c.Tags) {
			continue
		}
		if p := got.Properties; p != nil {
			c.Host = text(p.FullyQualifiedDomainName)
			c.copy = replica(p)
			c.source = strings.ToLower(text(p.SourceServerResourceID))
		}
		if !c.copy {
			if c.names, err = f.postgresNames(ctx, id); err != nil {
				return fmt.Errorf("list the databases of %s: %w", id.Name, cloud.Explain(err))
			}
		}
		found = append(found, c)
	}
	return f.match("postgres", found)
}

func replica(p *pg.ServerProperties) bool {
	role := p.ReplicationRole
	if p.Replica != nil && p.Replica.Role != nil {
		role = p.Replica.Role
	}
	return role != nil && (*role == pg.ReplicationRoleAsyncReplica || *role == pg.ReplicationRoleGeoAsyncReplica)
}

// postgresNames are the databases on a server that are not the platform's.
func (f *finder) postgresNames(ctx context.Context, id resource) ([]string, error) {
	var names []string
	pager := f.cloud.Postgres.NewDatabasesClient().NewListByServerPager(id.ResourceGroupName, id.Name, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Value {
			if name := text(d.Name); !slices.Contains([]string{"postgres", "azure_maintenance", "azure_sys", "template0", "template1"}, name) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// sql finds the logical servers. One whose database is a geo-secondary is the
// standby of the other with the same purpose.
func (f *finder) sql(ctx context.Context, all []resource) error {
	var found []candidate
	for _, id := range of(all, "Microsoft.Sql/servers") {
		heard, answer := hearing(ctx)
		got, err := f.cloud.SQL.NewServersClient().Get(heard, id.ResourceGroupName, id.Name, nil)
		if absent(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the server %s: %w", id.Name, cloud.Explain(err))
		}
		c := newCandidate(id, got.Location, got.Tags, *answer)
		if !f.own(c.Tags) {
			continue
		}
		if got.Properties != nil {
			c.Host = text(got.Properties.FullyQualifiedDomainName)
		}
		if c.names, c.copy, err = f.sqlNames(ctx, id); err != nil {
			return fmt.Errorf("list the databases of %s: %w", id.Name, cloud.Explain(err))
		}
		found = append(found, c)
	}
	return f.match("sql", found)
}

// sqlNames are the estate's databases on a server, and whether they are copies.
func (f *finder) sqlNames(ctx context.Context, id resource) (names []string, secondary bool, err error) {
	pager := f.cloud.SQL.NewDatabasesClient().NewListByServerPager(id.ResourceGroupName, id.Name, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, false, err
		}
		for _, d := range page.Value {
			if text(d.Name) == "master" || !f.own(tagsOf(d.Tags)) {
				continue
			}
			names = append(names, text(d.Name))
			if p := d.Properties; p != nil {
				secondary = secondary || p.SecondaryType != nil && *p.SecondaryType == armsql.SecondaryTypeGeo
			}
		}
	}
	return names, secondary, nil
}

// match makes databases of servers: for each purpose one that is not a copy, and
// its copy.
func (f *finder) match(means string, found []candidate) error {
	for _, c := range found {
		if c.copy {
			continue
		}
		for _, d := range f.estate.Databases {
			if d.Purpose == c.purpose {
				return twice("the server of the "+label(c.purpose), d.Server.ID, c.ID)
			}
		}
		name, err := database(c)
		if err != nil {
			return err
		}
		d := Database{Purpose: c.purpose, Means: means, Name: name, Server: c.Server}
		for _, standby := range found {
			if !standby.copy || standby.purpose != c.purpose || standby.source != "" && standby.source != strings.ToLower(c.ID) {
				continue
			}
			if d.Standby != nil {
				return twice("the standby of the "+label(c.purpose), d.Standby.ID, standby.ID)
			}
			d.Standby = &standby.Server
		}
		f.estate.Databases = append(f.estate.Databases, d)
	}
	return nil
}

// database picks the estate's database among those on a server; empty when the
// server has none.
func database(c candidate) (string, error) {
	switch {
	case len(c.names) == 0:
		return "", nil
	case len(c.names) == 1:
		return c.names[0], nil
	case slices.Contains(c.names, usual):
		return usual, nil
	}
	return "", twice("the "+label(c.purpose)+" on "+c.Name, c.names[0], c.names[1])
}

func label(purpose string) string { return strings.TrimSpace(purpose + " database") }

// hearing keeps the answer that a client gets.
func hearing(ctx context.Context) (context.Context, **http.Response) {
	answer := new(*http.Response)
	return policy.WithCaptureResponse(ctx, answer), answer
}

func hasData(answer *http.Response) bool {
	return answer == nil || !strings.HasSuffix(answer.Header.Get(cloud.RehearsalHeader), cloud.NoData)
}
