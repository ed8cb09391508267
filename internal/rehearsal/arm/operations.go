package arm

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Provisioning states.
const (
	creating  = "Creating"
	updating  = "Updating"
	deleting  = "Deleting"
	succeeded = "Succeeded"
	failed    = "Failed"
)

// operation is a long-running one.
type operation struct {
	name   string
	status string // InProgress, Succeeded, Failed
	err    *fault
	id     string         // resource; what a Location answers when a PUT has ended
	gone   bool           // the operation is a delete
	result map[string]any // of an action
	start  time.Time
	end    time.Time
}

// manner is how a type's PUT answers.
type manner int

const (
	atOnce       manner = iota // 200 or 201, done
	asyncStatus                // 201 or 200 with the body and Azure-AsyncOperation
	acceptedOnly               // 202 with Location, no body
)

// manners says how resource providers answer a PUT; the rest answer with
// Azure-AsyncOperation. A longer prefix goes before a shorter one.
var manners = []struct {
	prefix string
	manner manner
}{
	{"microsoft.authorization/", atOnce},
	{"microsoft.insights/", atOnce},
	{"microsoft.keyvault/vaults/", atOnce},
	{"microsoft.managedidentity/", atOnce},
	{"microsoft.resources/", atOnce},
	{"microsoft.security/", atOnce},
	{"microsoft.storage/storageaccounts/", atOnce},
	{"microsoft.storage/", acceptedOnly},
	{"microsoft.sql/", acceptedOnly},
	{"microsoft.dbforpostgresql/", acceptedOnly},
	{"microsoft.recoveryservices/vaults/", atOnce},
	{"microsoft.dataprotection/backupvaults/backuppolicies", atOnce},
}

func mannerOf(arm string) manner {
	for _, m := range manners {
		if strings.HasPrefix(strings.ToLower(arm), m.prefix) {
			return m.manner
		}
	}
	return asyncStatus
}

// startPut begins the operation that finishes a write. It is called with the
// lock held.
func (s *Server) startPut(next, previous *resource, status int) answer {
	plane := s.plane(next.arm)
	header := map[string]string{"ETag": next.etag}
	how := mannerOf(next.arm)
	if how == atOnce && plane == nil {
		next.state = succeeded
		return answer{status: status, header: header, body: next.view()}
	}
	op := s.newOperation(next.id, false)
	s.run(op, func() *fault {
		if plane == nil {
			return nil
		}
		added, err := plane.Put(s.ctx, next.id, maps.Clone(next.body))
		if err != nil {
			return failf(http.StatusConflict, "PlaneFailed", "%v", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		next.body = merged(next.body, map[string]any{"properties": added})
		return nil
	}, func(f *fault) {
		if next.state = succeeded; f != nil {
			next.state = failed
		}
	})
	maps.Copy(header, s.pollHeader(op, how == asyncStatus))
	if how == acceptedOnly {
		return answer{status: http.StatusAccepted, header: header}
	}
	return answer{status: status, header: header, body: next.view()}
}

// startDelete begins a delete. It is called with the lock held.
func (s *Server) startDelete(r *resource) answer {
	doomed := s.below(r.id)
	planes := slices.ContainsFunc(doomed, func(d *resource) bool { return s.plane(d.arm) != nil })
	if mannerOf(r.arm) == atOnce && r.arm != groupType && !planes {
		for _, d := range doomed {
			delete(s.resources, d.key())
		}
		return answer{status: http.StatusOK}
	}
	for _, d := range doomed {
		d.state = deleting
	}
	op := s.newOperation(r.id, true)
	s.run(op, func() *fault {
		for _, d := range doomed {
			if plane := s.plane(d.arm); plane != nil {
				if err := plane.Delete(s.ctx, d.id); err != nil {
					return failf(http.StatusConflict, "PlaneFailed", "%v", err)
				}
			}
		}
		return nil
	}, func(f *fault) {
		for _, d := range doomed {
			if f != nil {
				d.state = failed
			} else {
				delete(s.resources, d.key())
			}
		}
	})
	return answer{status: http.StatusAccepted, header: s.pollHeader(op, r.arm != groupType)}
}

func (s *Server) plane(arm string) Plane {
	for name, plane := range s.options.Planes {
		if strings.EqualFold(name, arm) {
			return plane
		}
	}
	return nil
}

func (s *Server) newOperation(id string, gone bool) *operation {
	s.sequence++
	op := &operation{name: stableUUID("operation", strconv.Itoa(s.sequence)), status: "InProgress", id: id, gone: gone, start: s.options.Now()}
	s.operations[op.name] = op
	return op
}

// run does an operation's work apart from the request that began it, then
// calls done with the lock held.
func (s *Server) run(op *operation, work func() *fault, done func(*fault)) {
	s.work.Go(func() {
		timer := time.NewTimer(s.options.Duration)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			return
		}
		f := work()
		s.mu.Lock()
		defer s.mu.Unlock()
		done(f)
		if op.status, op.err = succeeded, f; f != nil {
			op.status = failed
		}
		op.end = s.options.Now()
	})
}

// pollHeader tells a client where to ask and when. Retry-After knows only
// whole seconds; Azure's clients also read retry-after-ms.
func (s *Server) pollHeader(op *operation, status bool) map[string]string {
	wait := max(s.options.Duration/2, time.Millisecond)
	header := map[string]string{
		"Location":       s.url + "/operations/" + op.name + "/result?api-version=rehearsal",
		"Retry-After":    seconds(wait),
		"Retry-After-Ms": strconv.FormatInt(wait.Milliseconds(), 10),
	}
	if status {
		header["Azure-AsyncOperation"] = s.url + "/operations/" + op.name + "?api-version=rehearsal"
	}
	return header
}

// poll answers an operation's status, or, for its result, 202 until it has
// ended.
func (s *Server) poll(name string) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, result := strings.CutSuffix(name, "/result")
	op := s.operations[name]
	if op == nil {
		return answer{}, failf(http.StatusNotFound, "OperationNotFound", "The operation '%s' was not found.", name)
	}
	if !result {
		body := map[string]any{"name": op.name, "status": op.status, "startTime": op.start.UTC().Format(time.RFC3339Nano)}
		if !op.end.IsZero() {
			body["endTime"] = op.end.UTC().Format(time.RFC3339Nano)
		}
		if op.err != nil {
			body["error"] = op.err.body()["error"]
		}
		return answer{status: http.StatusOK, header: s.pollHeader(op, true), body: body}, nil
	}
	switch {
	case op.err != nil:
		return answer{}, op.err
	case op.status == "InProgress":
		return answer{status: http.StatusAccepted, header: s.pollHeader(op, false)}, nil
	case op.gone:
		return answer{status: http.StatusNoContent}, nil
	case op.result != nil:
		return answer{status: http.StatusOK, body: op.result}, nil
	}
	return s.get(op.id)
}
