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
	if err := s.checkVersion(azure.TypeOf(owner), r.URL.Query().Get("api-version")); err != nil {
		return answer{}, err
	}
	body := map[string]any{}
	if r.ContentLength != 0 { // many actions need no words
		var err error
		if body, err = readBody(r); err != nil {
			return answer{}, err
		}
	}
	id, err := s.actedOn(owner)
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	op := s.newOperation(r, id, false)
	op.real = true
	s.run(op, func() *fault {
		result, err := action(s.ctx, id, body)
		if err != nil {
			return asFault(err, "ActionFailed")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		op.result = result
		return nil
	}, func(*fault) {})
	return answer{status: http.StatusAccepted, header: s.pollHeader(op, true)}, nil
}

// actedOn is the id that an action is done to.
func (s *Server) actedOn(owner string) (string, error) {
	s.mu.Lock()
	on := s.resources[strings.ToLower(owner)]
	s.mu.Unlock()
	if on != nil {
		return on.id, nil
	}
	if _, lists := s.plane(azure.TypeOf(owner)).(Lister); lists {
		one, err := s.listedOne(owner)
		if one == nil && err == nil {
			err = notFound(owner)
		}
		return owner, err
	}
	if _, _, known := azure.Parse(owner); known {
		return "", notFound(owner)
	}
	return owner, nil
}
