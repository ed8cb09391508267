package arm

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

// Plane is a data plane behind one resource type. Its methods run while the
// resource's long-running operation does, one at a time for one resource. An
// error fails the operation; one made with Refuse gives it its code.
type Plane interface {
	// Put makes or changes what stands behind a resource. What it returns is
	// added to the resource's properties.
	Put(ctx context.Context, id string, body map[string]any) (map[string]any, error)
	// Delete removes it.
	Delete(ctx context.Context, id string) error
}

// Reader is a Plane that knows more of its resources than was put.
type Reader interface {
	Plane
	// Read gives the properties that a GET of a resource shows beside those that
	// are stored, as they are now. Some are shown only to who asks for them: expand
	// is the request's $expand.
	Read(ctx context.Context, id, expand string) (map[string]any, error)
}

// Lister is a Plane that knows resources of its type itself, such as the backups
// of a server, which nobody puts. They are listed beside those that were put, of
// which one with the same id stands for the Lister's. A GET and a DELETE find one
// by its id, and so does a PATCH, which stores it.
type Lister interface {
	Plane
	// List gives the resources under a parent as a GET shows them, each with its
	// "id" and "name". The parent is the id of a resource, or, for a type that hangs
	// on none, a scope, such as /subscriptions/S/providers/Microsoft.Sql/locations/L.
	List(ctx context.Context, parent string) ([]map[string]any, error)
}

// Action is what a POST to a resource does, while its long-running operation
// runs. What it returns is the operation's result. An error fails the operation.
// The id is of a resource that is stored or that a Lister lists, or is anything
// of a type that cannot be put.
type Action func(ctx context.Context, id string, body map[string]any) (map[string]any, error)

func (s *Server) plane(arm string) Plane {
	for name, plane := range s.options.Planes {
		if strings.EqualFold(name, arm) {
			return plane
		}
	}
	return nil
}

// listed gives what the Lister of a type says is under a parent; ok is false for
// a type that has none. It is called without the lock.
func (s *Server) listed(arm, parent string) (found []map[string]any, ok bool, err error) {
	lister, ok := s.plane(arm).(Lister)
	if !ok {
		return nil, false, nil
	}
	s.mu.Lock()
	on, there := s.resources[strings.ToLower(parent)], s.exists(parent)
	s.mu.Unlock()
	switch {
	case !there:
		return nil, true, notFound(parent)
	case on != nil:
		parent = on.id
	}
	found, err = lister.List(s.ctx, parent)
	if err != nil {
		return nil, true, asFault(err, "PlaneFailed")
	}
	return found, true, nil
}

// listedOne is one of those, by its id; nil when it is not among them.
func (s *Server) listedOne(id string) (map[string]any, error) {
	if _, lists := s.plane(azure.TypeOf(id)).(Lister); !lists {
		return nil, nil
	}
	parent, _, _ := cutLast(id)
	parent, _, _ = cutLast(parent)
	found, _, err := s.listed(azure.TypeOf(id), parent)
	var missing *fault
	if errors.As(err, &missing) && missing.status == http.StatusNotFound {
		return nil, nil
	}
	for _, one := range found {
		if strings.EqualFold(text(one["id"]), id) {
			return one, nil
		}
	}
	return nil, err
}

// unstored is a resource that is not stored and that a Lister lists, by its id;
// nil for any other. It is called without the lock.
func (s *Server) unstored(id string) (map[string]any, error) {
	s.mu.Lock()
	stored := s.resources[strings.ToLower(id)] != nil
	s.mu.Unlock()
	if stored {
		return nil, nil
	}
	return s.listedOne(id)
}

// deleteListed begins the delete of such a resource. It is called with the lock
// held.
func (s *Server) deleteListed(id string, r *http.Request) (answer, error) {
	if f := s.lockedBy(id, "delete", func(_, scope string) bool { return within(id, scope) }); f != nil {
		return answer{}, f
	}
	op := s.newOperation(r, id, true)
	op.real = true
	s.run(op, func() *fault {
		if err := s.plane(azure.TypeOf(id)).Delete(s.ctx, id); err != nil {
			return asFault(err, "PlaneFailed")
		}
		return nil
	}, func(*fault) {})
	if mannerOf(azure.TypeOf(id)) == atOnce {
		return answer{status: http.StatusOK, wait: op}, nil
	}
	return answer{status: http.StatusAccepted, header: s.pollHeader(op, true)}, nil
}

// shown is a resource as a GET shows it, with what its plane knows of it now. It
// is called without the lock.
func (s *Server) shown(r *resource, expand string) (map[string]any, error) {
	s.mu.Lock()
	view, state := r.view(), r.state
	s.mu.Unlock()
	reader, ok := s.plane(r.arm).(Reader)
	if !ok || state != succeeded {
		return view, nil
	}
	added, err := reader.Read(s.ctx, r.id, expand)
	if err != nil {
		return nil, asFault(err, "PlaneFailed")
	}
	return merged(view, map[string]any{"properties": added}), nil
}
