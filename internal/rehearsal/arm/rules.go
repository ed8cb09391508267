package arm

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

// groupOf returns the id of the resource group an id lies in, or "".
func groupOf(id string) string {
	segments := strings.Split(id, "/")
	if len(segments) < 5 || !strings.EqualFold(segments[3], "resourceGroups") {
		return ""
	}
	return strings.Join(segments[:5], "/")
}

// missingGroup reports the resource group that an id lies in and that does not
// exist.
func (s *Server) missingGroup(id string) *fault {
	group := groupOf(id)
	if group == "" || strings.EqualFold(group, id) || s.resources[strings.ToLower(group)] != nil {
		return nil
	}
	return failf(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", group[strings.LastIndex(group, "/")+1:])
}

// missingParent reports what a new resource hangs on and that does not exist or
// is being deleted: its group, its parent, its scope.
func (s *Server) missingParent(id string) *fault {
	if f := s.missingGroup(id); f != nil {
		return f
	}
	for parent := parentOf(id); parent != ""; parent = parentOf(parent) {
		r := s.resources[strings.ToLower(parent)]
		switch {
		case r != nil && r.state == deleting:
			return failf(http.StatusConflict, "ParentResourceBeingDeleted", "Can not perform requested operation on nested resource. Parent resource '%s' is being deleted.", parent)
		case r != nil:
			return nil
		case s.implicit(parent):
			continue
		}
		return failf(http.StatusNotFound, "ParentResourceNotFound", "Failed to perform the requested operation on '%s'. Parent resource '%s' not found.", id, parent)
	}
	return nil
}

// parentOf returns the resource that an id hangs on: the one whose type is one
// segment shorter, or the scope of an extension; "" for the rest.
func parentOf(id string) string {
	at := strings.LastIndex(strings.ToLower(id), "/providers/")
	if at < 0 {
		return ""
	}
	segments := strings.Split(id[at+1:], "/")
	if len(segments) > 4 { // providers, namespace, type, name, and a nested type
		return id[:at+1] + strings.Join(segments[:len(segments)-2], "/")
	}
	scope := id[:at]
	if azure.TypeOf(scope) == groupType || azure.TypeOf(scope) == subscriptionType {
		return "" // judged elsewhere
	}
	return scope
}

// implicit reports what is there without having been put: a service's default
// part, a SQL server's own database, a secret that people put into a key vault,
// or a type the rehearsal does not model, such as a backup fabric.
func (s *Server) implicit(id string) bool {
	name := id[strings.LastIndex(id, "/")+1:]
	switch kind := azure.TypeOf(id); {
	case strings.EqualFold(name, "default"),
		strings.EqualFold(name, "master") && strings.EqualFold(kind, "Microsoft.Sql/servers/databases"),
		strings.EqualFold(kind, "Microsoft.KeyVault/vaults/secrets"):
		return true
	}
	_, _, known := azure.Parse(id)
	return !known
}

// missingReference reports an id in a body that names a resource which ought to
// exist in this subscription and does not.
func (s *Server) missingReference(id string, body map[string]any) *fault {
	for _, ref := range references(body) {
		if s.exists(ref) || strings.EqualFold(ref, id) {
			continue
		}
		return failf(http.StatusBadRequest, "InvalidResourceReference", "Resource %s referenced by resource %s was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.", ref, id)
	}
	return nil
}

func (s *Server) exists(id string) bool {
	if r := s.resources[strings.ToLower(id)]; r != nil {
		return true
	}
	if !strings.HasPrefix(strings.ToLower(id), "/subscriptions/"+strings.ToLower(s.options.Subscription)+"/resourcegroups/") {
		return true // another subscription's, or the platform's own, such as a built-in role
	}
	if _, _, known := azure.Parse(id); !known {
		return true // a part of a resource, or a type not modelled
	}
	parent := parentOf(id)
	if s.implicit(id) {
		return parent == "" || s.exists(parent)
	}
	// A subnet or a route may be written inside its parent.
	r := s.resources[strings.ToLower(parent)]
	return r != nil && holdsPart(r.body, id[strings.LastIndex(id, "/")+1:])
}

// holdsPart reports a list item of that name in a resource's properties.
func holdsPart(body map[string]any, name string) bool {
	properties, _ := body["properties"].(map[string]any)
	for _, value := range properties {
		items, _ := value.([]any)
		for _, item := range items {
			part, _ := item.(map[string]any)
			if text, _ := part["name"].(string); strings.EqualFold(text, name) {
				return true
			}
		}
	}
	return false
}

// references lists the resource ids in a body, as values and as names, the way
// user-assigned identities are given.
func references(value any) []string {
	var out []string
	add := func(text string) {
		if strings.HasPrefix(strings.ToLower(text), "/subscriptions/") && strings.Contains(strings.ToLower(text), "/providers/") {
			out = append(out, text)
		}
	}
	switch v := value.(type) {
	case string:
		add(v)
	case []any:
		for _, item := range v {
			out = append(out, references(item)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			add(name)
			out = append(out, references(v[name])...)
		}
	}
	return out
}

// misplaced reports a location that is missing where ARM wants one, or that
// differs from the one the resource has.
func (s *Server) misplaced(id string, current *resource, body map[string]any) *fault {
	location, _ := body["location"].(string)
	if location == "" && strings.EqualFold(azure.TypeOf(id), groupType) {
		return failf(http.StatusBadRequest, "LocationRequired", "The location property is required for this definition.")
	}
	if current == nil || location == "" {
		return nil
	}
	before, _ := current.body["location"].(string)
	if plain(before) == plain(location) || before == "" {
		return nil
	}
	return failf(http.StatusConflict, "InvalidResourceLocation", "The resource '%s' already exists in location '%s'. A resource with the same name cannot be created in location '%s'. Please select a new resource name.", id, before, location)
}

// plain writes a region's name as ARM stores it: West Europe is westeurope.
func plain(location string) string {
	return strings.ToLower(strings.ReplaceAll(location, " ", ""))
}

// locked reports a delete lock on the resource, on what holds it, or on
// something within it. A lock can itself be deleted.
func (s *Server) locked(r *resource) *fault {
	if strings.EqualFold(r.arm, "Microsoft.Authorization/locks") {
		return nil
	}
	return s.lockedBy(r.id, "delete", func(_, scope string) bool {
		return within(r.id, scope) || within(scope, r.id)
	})
}

// readOnly reports a read-only lock on what holds the resource to be written.
func (s *Server) readOnly(id string) *fault {
	if strings.EqualFold(azure.TypeOf(id), "Microsoft.Authorization/locks") {
		return nil
	}
	return s.lockedBy(id, "write", func(level, scope string) bool {
		return level == "ReadOnly" && within(id, scope)
	})
}

// lockedBy finds the first lock, by level and scope, that stops an operation.
func (s *Server) lockedBy(id, operation string, matches func(level, scope string) bool) *fault {
	const suffix = "/providers/microsoft.authorization/locks/"
	locks := s.inOrder(func(l *resource) bool { return strings.EqualFold(l.arm, "Microsoft.Authorization/locks") })
	for _, l := range locks {
		properties, _ := l.body["properties"].(map[string]any)
		level, _ := properties["level"].(string)
		at := strings.LastIndex(l.key(), suffix)
		if matches(level, l.key()[:at]) {
			return failf(http.StatusConflict, "ScopeLocked", "The scope '%s' cannot perform %s operation because following scope(s) are locked: '%s'. Please remove the lock and try again.", id, operation, l.id[:at])
		}
	}
	return nil
}

// holders are the resources that ARM does not delete while they have children
// of a kind.
var holders = map[string]string{
	"microsoft.network/privatednszones":     "/virtualnetworklinks/",
	"microsoft.recoveryservices/vaults":     "/protecteditems/",
	"microsoft.dataprotection/backupvaults": "/backupinstances/",
}

// occupied reports children that keep a resource from being deleted.
func (s *Server) occupied(r *resource) *fault {
	kind, ok := holders[strings.ToLower(r.arm)]
	if !ok {
		return nil
	}
	for _, child := range s.below(r.id) {
		if strings.Contains(strings.TrimPrefix(child.key(), r.key()), kind) {
			return failf(http.StatusConflict, "CannotDeleteResource", "Can not delete resource '%s' before nested resources are deleted: '%s'.", r.id, child.id)
		}
	}
	return nil
}

// inUse reports a network resource that another one refers to, itself or
// something within it. A peering does not hold the network it points to.
func (s *Server) inUse(r *resource) *fault {
	if !strings.HasPrefix(strings.ToLower(r.arm), "microsoft.network/") {
		return nil
	}
	users := s.inOrder(func(o *resource) bool {
		return strings.HasPrefix(strings.ToLower(o.arm), "microsoft.network/") && o.state != deleting &&
			!strings.HasSuffix(o.arm, "virtualNetworkPeerings") && !within(o.id, r.id)
	})
	for _, user := range users {
		for _, ref := range references(user.body) {
			if within(ref, r.id) {
				_, kind, _ := cutLast(r.arm)
				return failf(http.StatusBadRequest, "InUse"+strings.ToUpper(kind[:1])+kind[1:]+"CannotBeDeleted", "%s is in use by %s and cannot be deleted.", r.id, user.id)
			}
		}
	}
	return nil
}

// within reports that an id is a resource's or of something within it.
func within(id, owner string) bool {
	return strings.HasPrefix(strings.ToLower(id)+"/", strings.ToLower(owner)+"/")
}

// duplicateRole reports a role assignment that exists under another name, and a
// change of one: ARM refuses both.
func (s *Server) duplicateRole(id string, current *resource, body map[string]any) *fault {
	if !strings.EqualFold(azure.TypeOf(id), assignmentType) {
		return nil
	}
	if current != nil {
		if grant(current.body) != grant(body) {
			return failf(http.StatusBadRequest, "RoleAssignmentUpdateNotPermitted", "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")
		}
		return nil
	}
	scope, _, _ := cutLast(strings.ToLower(id))
	for _, r := range s.inOrder(func(r *resource) bool { return strings.EqualFold(r.arm, assignmentType) }) {
		if other, _, _ := cutLast(r.key()); other == scope && grant(r.body) == grant(body) {
			return failf(http.StatusConflict, "RoleAssignmentExists", "The role assignment already exists: '%s'.", r.id)
		}
	}
	return nil
}

func grant(body map[string]any) string {
	properties, _ := body["properties"].(map[string]any)
	principal, _ := properties["principalId"].(string)
	role, _ := properties["roleDefinitionId"].(string)
	return strings.ToLower(principal + " " + role[strings.LastIndex(role, "/")+1:])
}
