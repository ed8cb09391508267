package sqlserver_test

import (
	"path"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"
)

func (g *ground) links(server, name string) []*armsql.ReplicationLink {
	g.t.Helper()
	return all(g.t, g.sql.NewReplicationLinksClient().NewListByDatabasePager("sql", path.Base(server), name, nil),
		func(p armsql.ReplicationLinksClientListByDatabaseResponse) []*armsql.ReplicationLink { return p.Value })
}

func (g *ground) role(server, name string) armsql.ReplicationRole {
	g.t.Helper()
	found := g.links(server, name)
	if len(found) != 1 {
		g.t.Fatalf("%s of %s has %d links", name, path.Base(server), len(found))
	}
	return *found[0].Properties.Role
}

func (g *ground) pair() {
	g.t.Helper()
	source := g.must(west, "main", armsql.DatabaseProperties{})
	g.must(north, "main", armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModeSecondary), SourceDatabaseID: source.ID, SecondaryType: new(armsql.SecondaryTypeGeo)})
}

// A secondary follows its source until it is failed over to or unlinked.
func TestLinks(t *testing.T) {
	g := start(t)
	g.pair()
	main := west + "/databases/main"
	for name, c := range map[string]struct {
		server, name string
		want         string
	}{
		"on the same server":   {west, "other", "ReplicationSourceAndTargetMustBeInDifferentServers"},
		"under another name":   {north, "other", "ReplicationSourceAndTargetMustHaveSameName"},
		"where there is one":   {north, "main", "<nil>"}, // the same again
		"where another stands": {north, "old", "ReplicationSourceAndTargetMustHaveSameName"},
	} {
		if _, err := g.database(c.server, c.name, armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModeSecondary), SourceDatabaseID: &main}); code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if g.role(west, "main") != armsql.ReplicationRolePrimary || g.role(north, "main") != armsql.ReplicationRoleSecondary {
		t.Fatal("the roles are wrong from the beginning")
	}
	l := g.links(north, "main")[0]
	if p := l.Properties; *p.PartnerServer != "west" || *p.PartnerLocation != "westeurope" || *p.ReplicationState != armsql.ReplicationStateCATCHUP || !*p.IsTerminationAllowed {
		t.Errorf("the link is %+v", p)
	}
	c := g.sql.NewReplicationLinksClient()
	wrong, err := c.BeginFailover(t.Context(), "sql", "west", "main", *l.Name, nil)
	if _, err = done(t, wrong, err); code(err) != "UnsupportedReplicationOperation" {
		t.Errorf("a failover asked of the primary: %v", err)
	}
	planned, err := c.BeginFailover(t.Context(), "sql", "north", "main", *l.Name, nil)
	if _, err = done(t, planned, err); err != nil {
		t.Fatal(err)
	}
	if g.role(west, "main") != armsql.ReplicationRoleSecondary || g.role(north, "main") != armsql.ReplicationRolePrimary {
		t.Error("the roles have not changed")
	}
	forced, err := c.BeginFailoverAllowDataLoss(t.Context(), "sql", "west", "main", *l.Name, nil)
	if _, err = done(t, forced, err); err != nil || g.role(west, "main") != armsql.ReplicationRolePrimary {
		t.Errorf("a forced failover back: %v", err)
	}
	if _, err := c.Delete(t.Context(), "sql", "north", "main", *l.Name, nil); err != nil {
		t.Fatal(err)
	}
	if left := len(g.links(west, "main")) + len(g.links(north, "main")); left != 0 {
		t.Errorf("after the unlinking there are %d links", left)
	}
	if _, err := c.Delete(t.Context(), "sql", "north", "main", *l.Name, nil); code(err) == "<nil>" {
		t.Error("a link was ended twice")
	}
}

// Dropping a database ends its replication.
func TestLinkDropped(t *testing.T) {
	g := start(t)
	g.pair()
	if err := g.drop(north, "main"); err != nil {
		t.Fatal(err)
	}
	if left := g.links(west, "main"); len(left) != 0 {
		t.Errorf("%d links are left", len(left))
	}
}

// A failover group is there on both servers and fails over from the secondary.
func TestGroup(t *testing.T) {
	g := start(t)
	g.pair()
	c := g.sql.NewFailoverGroupsClient()
	make := func(partner string, databases ...string) error {
		p := &armsql.FailoverGroupProperties{
			PartnerServers:    []*armsql.PartnerInfo{{ID: &partner}},
			ReadWriteEndpoint: &armsql.FailoverGroupReadWriteEndpoint{FailoverPolicy: new(armsql.ReadWriteEndpointFailoverPolicyManual)},
		}
		for _, id := range databases {
			p.Databases = append(p.Databases, &id)
		}
		poller, err := c.BeginCreateOrUpdate(t.Context(), "sql", "west", "fog", armsql.FailoverGroup{Properties: p}, nil)
		_, err = done(t, poller, err)
		return err
	}
	if err := make(west, west+"/databases/main"); code(err) != "InvalidFailoverGroupRequest" {
		t.Errorf("a group within one region: %v", err)
	}
	g.must(west, "alone", armsql.DatabaseProperties{})
	if err := make(north, west+"/databases/alone"); code(err) != "InvalidFailoverGroupRequest" {
		t.Errorf("a database without a secondary: %v", err)
	}
	if err := make(north, west+"/databases/main"); err != nil {
		t.Fatal(err)
	}
	roles := func() [2]armsql.FailoverGroupReplicationRole {
		var out [2]armsql.FailoverGroupReplicationRole
		for i, server := range []string{"west", "north"} {
			got, err := c.Get(t.Context(), "sql", server, "fog", nil)
			if err != nil {
				t.Fatal(err)
			}
			list := all(t, c.NewListByServerPager("sql", server, nil), func(p armsql.FailoverGroupsClientListByServerResponse) []*armsql.FailoverGroup { return p.Value })
			if len(list) != 1 || *list[0].Properties.ReplicationRole != *got.Properties.ReplicationRole || *got.Properties.ReadWriteEndpoint.FailoverPolicy != armsql.ReadWriteEndpointFailoverPolicyManual {
				t.Errorf("%s lists %+v", server, list)
			}
			out[i] = *got.Properties.ReplicationRole
		}
		return out
	}
	primary, secondary := armsql.FailoverGroupReplicationRolePrimary, armsql.FailoverGroupReplicationRoleSecondary
	if got := roles(); got != [2]armsql.FailoverGroupReplicationRole{primary, secondary} {
		t.Errorf("roles %v", got)
	}
	l := g.links(north, "main")[0]
	if *l.Properties.IsTerminationAllowed {
		t.Error("a link of a group may be ended")
	}
	if _, err := g.sql.NewReplicationLinksClient().Delete(t.Context(), "sql", "north", "main", *l.Name, nil); code(err) != "ChangeUnsupportedOnEntity" {
		t.Errorf("a link of a group was ended: %v", err)
	}
	wrong, err := c.BeginFailover(t.Context(), "sql", "west", "fog", nil)
	if _, err = done(t, wrong, err); code(err) != "UnsupportedReplicationOperation" {
		t.Errorf("a failover asked of the primary: %v", err)
	}
	forced, err := c.BeginForceFailoverAllowDataLoss(t.Context(), "sql", "north", "fog", nil)
	if _, err = done(t, forced, err); err != nil {
		t.Fatal(err)
	}
	if got := roles(); got != [2]armsql.FailoverGroupReplicationRole{secondary, primary} || g.role(north, "main") != armsql.ReplicationRolePrimary {
		t.Errorf("roles after the failover %v", got)
	}
	back, err := c.BeginFailover(t.Context(), "sql", "west", "fog", nil)
	if _, err = done(t, back, err); err != nil || g.role(west, "main") != armsql.ReplicationRolePrimary {
		t.Errorf("back: %v", err)
	}
	gone, err := c.BeginDelete(t.Context(), "sql", "west", "fog", nil)
	if _, err = done(t, gone, err); err != nil {
		t.Fatal(err)
	}
	if g.role(north, "main") != armsql.ReplicationRoleSecondary {
		t.Error("the group took the replication with it")
	}
}
