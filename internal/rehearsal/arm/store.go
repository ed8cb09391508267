package arm

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

const (
	subscriptionType = "Microsoft.Resources/subscriptions"
	groupType        = "Microsoft.Resources/resourceGroups"
)

// resource is one resource. Its body is what was last put, what the provider
// computes added; it is replaced, never changed in place.
type resource struct {
	id    string // as first written; ids are compared without regard to case
	arm   string
	etag  string
	state string // provisioning state
	stuck bool   // its operation never ends
	body  map[string]any
}

func (r *resource) key() string { return strings.ToLower(r.id) }

// busy reports an operation under way, other than one that never ends: what that
// holds can be written and deleted again.
func (r *resource) busy() bool {
	return r != nil && r.state != succeeded && r.state != failed && !r.stuck
}

// extension reports a resource that hangs on another one's scope.
func (r *resource) extension() bool {
	return strings.Count(strings.ToLower(r.id), "/providers/") > 1 || !strings.Contains(r.key(), "/resourcegroups/")
}

// view is the body as a GET shows it.
func (r *resource) view() map[string]any {
	out := maps.Clone(r.body)
	out["id"], out["type"], out["etag"] = r.id, r.arm, r.etag
	out["name"] = r.id[strings.LastIndex(r.id, "/")+1:]
	properties, _ := out["properties"].(map[string]any)
	properties = maps.Clone(properties)
	if properties == nil {
		properties = map[string]any{}
	}
	for _, name := range azure.WriteOnly(r.arm) {
		delete(properties, name)
	}
	properties["provisioningState"] = r.state
	out["properties"] = properties
	return out
}

// inOrder lists the resources that a test picks, by id.
func (s *Server) inOrder(pick func(*resource) bool) []*resource {
	var out []*resource
	for _, r := range s.resources {
		if pick(r) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *resource) int { return cmp.Compare(a.key(), b.key()) })
	return out
}

// below lists a resource and everything under it, extensions included.
func (s *Server) below(id string) []*resource {
	key := strings.ToLower(id)
	return s.inOrder(func(r *resource) bool {
		return r.key() == key || strings.HasPrefix(r.key(), key+"/")
	})
}

func (s *Server) nextETag() string {
	s.sequence++
	return `"` + strconv.Itoa(s.sequence) + `"`
}

// put creates or changes a resource; PATCH changes part of one, or of one that is
// listed and in whose body the change is then made already.
func (s *Server) put(path string, t target, body map[string]any, r *http.Request, listed bool) (answer, error) {
	current := s.resources[strings.ToLower(path)]
	if err := preconditions(r, current); err != nil {
		return answer{}, err
	}
	if r.Method == http.MethodPatch && !listed {
		if current == nil {
			return answer{}, notFound(path)
		}
		body = merged(current.body, body)
	}
	if current.busy() {
		return answer{}, failf(http.StatusConflict, "AnotherOperationInProgress", "Another operation on '%s' is in progress (%s); try again when it has ended.", current.id, current.state)
	}
	for _, rule := range []func() *fault{
		func() *fault { return s.missingParent(path) },
		func() *fault { return s.readOnly(path) },
		func() *fault { return s.missingReference(path, body) },
		func() *fault { return s.misplaced(path, current, body) },
		func() *fault { return s.weakened(path, current, body) },
		func() *fault { return s.keepsLess(path, current, body) },
		func() *fault { return s.duplicateRole(path, current, body) },
		func() *fault { return s.contradictory(path, body) },
		func() *fault { return s.gatewayRefuses(path, current, body) },
	} {
		if f := rule(); f != nil {
			return answer{}, f
		}
	}
	next := &resource{id: path, arm: t.arm, etag: s.nextETag(), state: creating, body: clean(body)}
	if known, _, ok := azure.Parse(path); ok && !strings.Contains(known.ARM, "{") {
		next.arm = known.ARM
	}
	status := http.StatusCreated
	if current != nil {
		next.id, next.arm, next.state, status = current.id, current.arm, updating, http.StatusOK
	}
	next.body = s.computed(next)
	s.resources[next.key()] = next
	return s.startPut(r, next, status), nil
}

// clean drops what a request cannot set.
func clean(body map[string]any) map[string]any {
	out := maps.Clone(body)
	for _, name := range []string{"id", "name", "type", "etag", "systemData"} {
		delete(out, name)
	}
	if properties, ok := out["properties"].(map[string]any); ok {
		properties = maps.Clone(properties)
		delete(properties, "provisioningState")
		out["properties"] = properties
	}
	return out
}

// delete removes a resource and all that is under it.
func (s *Server) delete(path string, r *http.Request) (answer, error) {
	current := s.resources[strings.ToLower(path)]
	if err := preconditions(r, current); err != nil {
		return answer{}, err
	}
	if current == nil {
		if f := s.missingGroup(path); f != nil {
			return answer{}, f
		}
		return answer{status: http.StatusNoContent}, nil
	}
	if current.busy() {
		return answer{}, failf(http.StatusConflict, "AnotherOperationInProgress", "Another operation on '%s' is in progress (%s); try again when it has ended.", current.id, current.state)
	}
	for _, rule := range []func(*resource) *fault{s.locked, s.occupied, s.inUse, wormLocked} {
		if f := rule(current); f != nil {
			return answer{}, f
		}
	}
	return s.startDelete(r, current), nil
}
