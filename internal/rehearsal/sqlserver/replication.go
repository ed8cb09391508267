package sqlserver

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

// link is a database and its copy that follows it.
type link struct {
	name               string
	primary, secondary *database
	began              time.Time
}

// follow judges a new secondary and links it to its source.
func (s *Servers) follow(d *database, properties map[string]any) error {
	from, err := s.source(fields.Text(properties, "sourceDatabaseId"))
	switch {
	case err != nil:
		return err
	case strings.EqualFold(from.server, d.server):
		return refuse("ReplicationSourceAndTargetMustBeInDifferentServers", "The replication source and target databases must be in different logical servers.")
	case !strings.EqualFold(from.name, d.name):
		return refuse("ReplicationSourceAndTargetMustHaveSameName", "The replication source '%s' and target '%s' must have the same name.", from.name, d.name)
	case len(s.linksOf(from)) >= secondaries:
		return refuse("GeoReplicaLimitReached", "The per-replica replication limit of %d was reached.", secondaries)
	}
	s.links = append(s.links, &link{name: uuid.NewString(), primary: from, secondary: d, began: s.options.Now()})
	return nil
}

// secondaries is how many a primary can have. Source: MicrosoftDocs/sql-docs
// azure-sql/database/active-geo-replication-overview.md.
const secondaries = 4

// linksOf are the links of a database. It is called with the lock held.
func (s *Servers) linksOf(d *database) []*link {
	var out []*link
	for _, l := range s.links {
		if l.primary == d || l.secondary == d {
			out = append(out, l)
		}
	}
	return out
}

// secondaryOf is the link in which a database follows; nil when it follows none.
func (s *Servers) secondaryOf(d *database) *link {
	for _, l := range s.links {
		if l.secondary == d {
			return l
		}
	}
	return nil
}

// listLinks gives the links of a database as they look from it.
func (s *Servers) listLinks(id string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.database(id)
	if d == nil {
		return nil
	}
	var out []map[string]any
	for _, l := range s.linksOf(d) {
		role, partner, its := "Primary", l.secondary, "Secondary"
		if l.secondary == d {
			role, partner, its = "Secondary", l.primary, "Primary"
		}
		out = append(out, view(id+"/replicationLinks/"+l.name, linkType, map[string]any{
			"role": role, "partnerRole": its, "partnerServer": path.Base(partner.server), "partnerDatabase": partner.name,
			"partnerLocation": fields.Text(s.options.Resource(partner.server), "location"), "linkType": "GEO", "replicationMode": "ASYNC",
			"replicationState": "CATCH_UP", "percentComplete": 100, "startTime": fields.Time(l.began), "isTerminationAllowed": s.together(l) == nil,
		}))
	}
	return out
}

// find is a link by its id, and the database from which it is looked at.
func (s *Servers) find(id string) (*link, *database, error) {
	d := s.database(path.Dir(path.Dir(id)))
	if d != nil {
		for _, l := range s.linksOf(d) {
			if strings.EqualFold(l.name, path.Base(id)) {
				return l, d, nil
			}
		}
	}
	return nil, nil, arm.Refuse(http.StatusNotFound, "ResourceNotFound", "The replication link '%s' was not found.", id)
}

// unlink ends a replication: both databases stand alone, with what each has.
func (s *Servers) unlink(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, _, err := s.find(id)
	if err != nil {
		return err
	}
	if g := s.together(l); g != nil {
		return refuse("ChangeUnsupportedOnEntity", "The replication link '%s' belongs to the failover group '%s' and cannot be ended by itself.", l.name, g.name)
	}
	s.links = slices.DeleteFunc(s.links, func(other *link) bool { return other == l })
	return nil
}

// failLinkOver is the action that makes the secondary the primary. It is asked of
// the secondary.
func (s *Servers) failLinkOver(_ context.Context, id string, _ map[string]any) (map[string]any, error) {
	s.mu.Lock()
	l, d, err := s.find(id)
	switch {
	case err != nil:
	case l.secondary != d:
		err = arm.Refuse(http.StatusMethodNotAllowed, "UnsupportedReplicationOperation", "A failover is asked of the secondary; '%s' is the primary.", d.id)
	case s.together(l) != nil:
		err = refuse("ChangeUnsupportedOnEntity", "The database '%s' fails over with its failover group '%s'.", d.name, s.together(l).name)
	default:
		s.swap(l)
	}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	for _, shown := range s.listLinks(path.Dir(path.Dir(id))) {
		if path.Base(fields.Text(shown, "id")) == l.name {
			return shown, nil
		}
	}
	return nil, nil
}

// swap exchanges the roles of a link. Other secondaries of the old primary follow
// the new one. It is called with the lock held.
func (s *Servers) swap(l *link) {
	old, next := l.primary, l.secondary
	for _, other := range s.links {
		if other != l && other.primary == old {
			other.primary = next
		}
	}
	l.primary, l.secondary = next, old
}

// group is a failover group: databases of one server that fail over to another
// together.
type group struct {
	name, primary, partner string // the servers' ids, by their roles now
	body                   map[string]any
	databases              []*link
}

// groupsPlane is what stands behind failover groups. One is put on the primary's
// server and is there on both.
type groupsPlane struct{ *Servers }

// group finds one by the id that it has on either server. It is called with the
// lock held.
func (s *Servers) group(id string) *group {
	for _, g := range s.groups {
		if strings.EqualFold(g.name, path.Base(id)) && (strings.EqualFold(g.primary, path.Dir(path.Dir(id))) || strings.EqualFold(g.partner, path.Dir(path.Dir(id)))) {
			return g
		}
	}
	return nil
}

// together is the group that a link belongs to; nil when it belongs to none.
func (s *Servers) together(l *link) *group {
	for _, g := range s.groups {
		if slices.Contains(g.databases, l) {
			return g
		}
	}
	return nil
}

// Put makes a group of databases that each have a secondary on the partner's
// server already.
func (p groupsPlane) Put(_ context.Context, id string, body map[string]any) (map[string]any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := &group{name: path.Base(id), primary: path.Dir(path.Dir(id)), body: body}
	before := p.group(id)
	if before != nil && !strings.EqualFold(before.primary, g.primary) {
		return nil, refuse("ChangeUnsupportedOnEntity", "The failover group '%s' is changed on its primary server, '%s'.", g.name, path.Base(before.primary))
	}
	partners, _ := fields.Dig(body, "properties", "partnerServers").([]any)
	if len(partners) != 1 {
		return nil, refuse("InvalidFailoverGroupRequest", "The failover group '%s' has one partner server, not %d.", g.name, len(partners))
	}
	g.partner = fields.Text(partners[0], "id")
	home, away := p.options.Resource(g.primary), p.options.Resource(g.partner)
	if away == nil || plain(fields.Text(home, "location")) == plain(fields.Text(away, "location")) {
		return nil, refuse("InvalidFailoverGroupRequest", "The partner server '%s' of the failover group '%s' is not there, or is in the same region.", g.partner, g.name)
	}
	names, _ := fields.Dig(body, "properties", "databases").([]any)
	for _, name := range names {
		l, err := p.linked(name, g)
		if err != nil {
			return nil, err
		}
		g.databases = append(g.databases, l)
	}
	p.groups = append(slices.DeleteFunc(p.groups, func(other *group) bool { return other == before }), g)
	return p.shown(g, g.primary), nil
}

// linked finds the link of a group's database to the partner's server.
func (s *Servers) linked(id any, g *group) (*link, error) {
	name, _ := id.(string)
	d := s.database(name)
	if d == nil || !strings.EqualFold(d.server, g.primary) {
		return nil, refuse("InvalidFailoverGroupRequest", "The database '%v' of the failover group '%s' is not on its server.", id, g.name)
	}
	for _, l := range s.linksOf(d) {
		if l.primary == d && strings.EqualFold(l.secondary.server, g.partner) {
			return l, nil
		}
	}
	return nil, refuse("InvalidFailoverGroupRequest", "The database '%s' has no secondary on '%s' yet; the rehearsal does not make it by itself.", d.name, path.Base(g.partner))
}

// shown are a group's properties as they look from a server.
func (s *Servers) shown(g *group, server string) map[string]any {
	role, other, its := "Primary", g.partner, "Secondary"
	if strings.EqualFold(server, g.partner) {
		role, other, its = "Secondary", g.primary, "Primary"
	}
	databases := []any{}
	for _, l := range g.databases {
		d := l.primary
		if role == "Secondary" {
			d = l.secondary
		}
		databases = append(databases, d.id)
	}
	return map[string]any{
		"replicationRole": role, "replicationState": "CATCH_UP", "databases": databases,
		"partnerServers": []any{map[string]any{"id": other, "location": fields.Text(s.options.Resource(other), "location"), "replicationRole": its}},
	}
}

// Read gives a group's roles as they are now.
func (p groupsPlane) Read(_ context.Context, id, _ string) (map[string]any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if g := p.group(id); g != nil {
		return p.shown(g, path.Dir(path.Dir(id))), nil
	}
	return nil, nil
}

// List gives the groups that a server is part of, on either side.
func (p groupsPlane) List(_ context.Context, server string) ([]map[string]any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []map[string]any
	for _, g := range p.groups {
		if !strings.EqualFold(g.primary, server) && !strings.EqualFold(g.partner, server) {
			continue
		}
		properties := p.shown(g, server)
		for _, name := range []string{"readWriteEndpoint", "readOnlyEndpoint"} {
			if value := fields.Dig(g.body, "properties", name); value != nil {
				properties[name] = value
			}
		}
		one := view(server+"/failoverGroups/"+g.name, groupType, properties)
		one["location"], one["tags"] = fields.Text(p.options.Resource(server), "location"), g.body["tags"]
		out = append(out, one)
	}
	return out, nil
}

// Delete ends a group. The databases keep their links.
func (p groupsPlane) Delete(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	gone := p.group(id)
	p.groups = slices.DeleteFunc(p.groups, func(g *group) bool { return g == gone })
	return nil
}

// failGroupOver is the action that makes the partner the primary, asked of the
// partner.
func (s *Servers) failGroupOver(ctx context.Context, id string, _ map[string]any) (map[string]any, error) {
	s.mu.Lock()
	g := s.group(id)
	switch {
	case g == nil:
		s.mu.Unlock()
		return nil, arm.Refuse(http.StatusNotFound, "FailoverGroupDoesNotExist", "The failover group '%s' does not exist.", id)
	case !strings.EqualFold(g.partner, path.Dir(path.Dir(id))):
		s.mu.Unlock()
		return nil, arm.Refuse(http.StatusMethodNotAllowed, "UnsupportedReplicationOperation", "A failover is asked of the secondary; '%s' is the primary.", path.Base(path.Dir(path.Dir(id))))
	}
	for _, l := range g.databases {
		s.swap(l)
	}
	g.primary, g.partner = g.partner, g.primary
	s.mu.Unlock()
	found, err := groupsPlane{s}.List(ctx, path.Dir(path.Dir(id)))
	for _, one := range found {
		if strings.EqualFold(fields.Text(one, "name"), path.Base(id)) {
			return one, err
		}
	}
	return nil, err
}
