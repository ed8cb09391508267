package arm

import (
	"net/http"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

// action does a POST: the few that the rehearsal has of itself, and those that
// stand behind a type.
func (s *Server) action(path string, r *http.Request) (answer, error) {
	owner, name, _ := cutLast(path)
	arm := azure.TypeOf(owner)
	if strings.EqualFold(name, "lock") && strings.EqualFold(arm, containerPolicy) {
		return s.lock(owner, r)
	}
	for key, action := range s.options.Actions {
		if strings.EqualFold(key, arm+"/"+name) {
			return s.act(owner, action, r)
		}
	}
	return answer{}, failf(http.StatusNotImplemented, "NotSupportedByRehearsal", "The rehearsal has no action '%s'. It keeps resources and their properties; keys and data are not behind this endpoint.", name)
}

// act begins the operation that an action is.
func (s *Server) act(owner string, action Action, r *http.Request) (answer, error) {
	if err := checkVersion(target{arm: azure.TypeOf(owner)}, r.URL.Query().Get("api-version")); err != nil {
		return answer{}, err
	}
	body, err := readBody(r)
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	on := s.resources[strings.ToLower(owner)]
	if on == nil {
		return answer{}, notFound(owner)
	}
	op := s.newOperation(on.id, false)
	s.run(op, func() *fault {
		result, err := action(s.ctx, on.id, body)
		if err != nil {
			return failf(http.StatusConflict, "ActionFailed", "%v", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		op.result = result
		return nil
	}, func(*fault) {})
	return answer{status: http.StatusAccepted, header: s.pollHeader(op, true)}, nil
}

// listed is the list of a type whose plane knows its resources itself; ok is
// false for every other type.
func (s *Server) listed(t target) (a answer, ok bool, err error) {
	lister, ok := s.plane(t.arm).(Lister)
	if !ok {
		return answer{}, false, nil
	}
	parent, _, _ := cutLast(strings.TrimSuffix(t.prefix, "/"))
	s.mu.Lock()
	on := s.resources[parent]
	s.mu.Unlock()
	if on == nil {
		return answer{}, true, notFound(parent)
	}
	found, err := lister.List(s.ctx, on.id)
	if err != nil {
		return answer{}, true, err
	}
	values := []any{}
	for _, one := range found {
		values = append(values, one)
	}
	return answer{status: http.StatusOK, body: map[string]any{"value": values}}, true, nil
}
