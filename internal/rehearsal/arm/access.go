package arm

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

// Caller is whoever makes a request: the platform or an administrator, who may do
// all, or an identity, which may do what its role assignments allow.
type Caller struct {
	principal string // object id
	all       bool
	grants    []permission
}

// permission is what one role assignment gives.
type permission struct {
	scope                       string
	actions, notActions         []string
	dataActions, notDataActions []string
}

const (
	assignmentType = "Microsoft.Authorization/roleAssignments"
	definitionType = "Microsoft.Authorization/roleDefinitions"
)

// May reports that the caller may do something to a resource or, with data, to the
// data in it. The scope is the id of the resource or of a part of it.
func (c Caller) May(action, scope string, data bool) bool {
	return c.all || slices.ContainsFunc(c.grants, func(g permission) bool {
		allowed, not := g.actions, g.notActions
		if data {
			allowed, not = g.dataActions, g.notDataActions
		}
		return within(scope, g.scope) && covered(action, allowed) && !covered(action, not)
	})
}

// covered reports that one of the patterns, in which a star stands for anything,
// fits.
func covered(action string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		parts := strings.Split(strings.ToLower(pattern), "*")
		rest, fits := strings.CutPrefix(strings.ToLower(action), parts[0])
		for i, part := range parts[1:] {
			if i == len(parts)-2 {
				return fits && strings.HasSuffix(rest, part)
			}
			_, after, found := strings.Cut(rest, part)
			rest, fits = after, fits && found
		}
		return fits && rest == ""
	})
}

// refuse is Azure's answer to one who may not do something.
// Source: MicrosoftDocs/azure-docs, articles/role-based-access-control/troubleshooting.md.
func (c Caller) refuse(action, scope string) *fault {
	return failf(http.StatusForbidden, "AuthorizationFailed",
		"The client '%s' with object id '%[1]s' does not have authorization to perform action '%[2]s' over scope '%[3]s' or the scope is invalid. If access was recently granted, please refresh your credentials.", c.principal, action, scope)
}

// Trust lets an identity, by its id, do all until the function that it returns is
// called, as a person could who signs in.
func (s *Server) Trust(identity string) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	principal := ""
	if r := s.resources[strings.ToLower(identity)]; r != nil {
		principal = dig(r.body, "properties", "principalId")
		s.trusted[principal] = true
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.trusted, principal)
	}
}

// caller is the identity with an object id and all that it has been given.
func (s *Server) caller(principal string) Caller {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Caller{principal: principal, all: s.trusted[principal]}
	for _, a := range s.inOrder(func(r *resource) bool { return strings.EqualFold(r.arm, assignmentType) }) {
		if !strings.EqualFold(dig(a.body, "properties", "principalId"), principal) {
			continue
		}
		scope, _, _ := cutProvider(a.id, assignmentType)
		role := dig(a.body, "properties", "roleDefinitionId")
		for _, p := range s.permissions(role[strings.LastIndexByte(role, '/')+1:]) {
			c.grants = append(c.grants, permission{
				scope: scope, actions: texts(p["actions"]), notActions: texts(p["notActions"]),
				dataActions: texts(p["dataActions"]), notDataActions: texts(p["notDataActions"]),
			})
		}
	}
	return c
}

// permissions are those of a custom role. Of Azure's own the rehearsal knows none,
// and they give nothing: what the estate's jobs need stands in roles of its own.
func (s *Server) permissions(role string) []map[string]any {
	for _, d := range s.inOrder(func(r *resource) bool { return strings.EqualFold(r.arm, definitionType) }) {
		if !strings.EqualFold(d.id[strings.LastIndexByte(d.id, '/')+1:], role) {
			continue
		}
		properties, _ := d.body["properties"].(map[string]any)
		list, _ := properties["permissions"].([]any)
		var found []map[string]any
		for _, p := range list {
			if one, ok := p.(map[string]any); ok {
				found = append(found, one)
			}
		}
		return found
	}
	return nil
}

func texts(value any) []string {
	list, _ := value.([]any)
	var out []string
	for _, v := range list {
		out = append(out, text(v))
	}
	return out
}

// cutProvider splits the id of an extension into what it lies on and its name.
func cutProvider(id, arm string) (scope, name string, found bool) {
	at := strings.LastIndex(strings.ToLower(id), "/providers/"+strings.ToLower(arm)+"/")
	if at < 0 {
		return "", "", false
	}
	return id[:at], id[at+len("/providers/")+len(arm)+1:], true
}

// actionOf names an action on a type as roles have it.
func actionOf(arm, verb string) string {
	if strings.EqualFold(arm, groupType) {
		arm = "Microsoft.Resources/subscriptions/resourceGroups"
	}
	return arm + "/" + verb
}

var verbs = map[string]string{
	http.MethodGet: "read", http.MethodHead: "read", http.MethodPut: "write", http.MethodPatch: "write", http.MethodDelete: "delete",
}

// permit judges a request by what its caller may do. Of a list of resources that
// stand by themselves Azure shows those that the caller may read; every other list
// takes the right to read what it lists.
func (s *Server) permit(c Caller, method, path string, t target) error {
	action, scope := "", path
	switch {
	case c.all:
		return nil
	case method == http.MethodPost:
		owner, name, _ := cutLast(path)
		action, scope = actionOf(azure.TypeOf(owner), name+"/action"), owner
	case t.list && strings.Count(t.arm, "/") <= 1:
		return nil
	case t.list:
		action, scope = actionOf(t.arm, "read"), t.parent
	default:
		action = actionOf(t.arm, verbs[method])
	}
	if !c.May(action, scope, false) {
		return c.refuse(action, scope)
	}
	return nil
}

// linked are the actions that a resource takes on those that it names.
// Source: MicrosoftDocs/azure-docs, the permissions pages of Microsoft.Network and Microsoft.ManagedIdentity.
var linked = map[string]string{
	"microsoft.network/virtualnetworks/subnets":        "Microsoft.Network/virtualNetworks/subnets/join/action",
	"microsoft.network/privatednszones":                "Microsoft.Network/privateDnsZones/join/action",
	"microsoft.managedidentity/userassignedidentities": "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
	"microsoft.dbforpostgresql/flexibleservers":        "Microsoft.DBforPostgreSQL/flexibleServers/read",
	"microsoft.sql/servers/databases":                  "Microsoft.Sql/servers/databases/read",
}

// permitLinked judges a body by what its caller may do to the resources in it.
func (s *Server) permitLinked(c Caller, path string, body any) error {
	if c.all {
		return nil
	}
	switch v := body.(type) {
	case map[string]any:
		for name, value := range v {
			if err := s.permitLinked(c, path, name); err != nil {
				return err
			}
			if err := s.permitLinked(c, path, value); err != nil {
				return err
			}
		}
	case []any:
		for _, value := range v {
			if err := s.permitLinked(c, path, value); err != nil {
				return err
			}
		}
	case string:
		action, ok := linked[strings.ToLower(azure.TypeOf(v))]
		if ok && !within(v, path) && !c.May(action, v, false) {
			return failf(http.StatusForbidden, "LinkedAuthorizationFailed",
				"The client '%s' with object id '%[1]s' has permission to perform action '%[2]s' on scope '%[3]s'; however, it does not have permission to perform action(s) '%[4]s' on the linked scope(s) '%[5]s' (respectively) or the linked scope(s) are invalid.",
				c.principal, actionOf(azure.TypeOf(path), "write"), path, action, v)
		}
	}
	return nil
}
