package arm

import (
	"cmp"
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
	real   bool           // something real is done, which takes its time
	fate   *Fault         // nil lets it take its course
	start  time.Time
	end    time.Time
	ended  chan struct{}
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
	{"microsoft.sql/servers/databases/replicationlinks", atOnce},
	{"microsoft.sql/", acceptedOnly},
	{"microsoft.dbforpostgresql/", acceptedOnly},
	{"microsoft.recoveryservices/vaults/", atOnce},
	{"microsoft.dataprotection/backupvaults/backuppolicies", atOnce},
}

// settled reports parts of a storage account, which are answered with 200 even when
// they are new: all but containers.
func settled(arm string) bool {
	arm = strings.ToLower(arm)
	return strings.HasPrefix(arm, "microsoft.storage/storageaccounts/") && !strings.HasSuffix(arm, "/containers")
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
func (s *Server) startPut(r *http.Request, next *resource, status int) answer {
	plane := s.plane(next.arm)
	header := map[string]string{"ETag": next.etag}
	how := mannerOf(next.arm)
	if settled(next.arm) {
		status = http.StatusOK
	}
	if r.Method == http.MethodPatch && strings.HasPrefix(strings.ToLower(next.arm), "microsoft.storage/") {
		how = atOnce // armstorage knows no other answer
	}
	if how == atOnce && plane == nil {
		next.state = succeeded
		return answer{status: status, header: header, body: next.view()}
	}
	op := s.newOperation(r, next.id, false)
	next.stuck, op.real = op.stuck(), plane != nil
	s.run(op, func() *fault {
		if plane == nil {
			return nil
		}
		added, err := plane.Put(s.ctx, next.id, maps.Clone(next.body))
		if err != nil {
			return asFault(err, "PlaneFailed")
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
	if how == atOnce {
		return answer{status: status, wait: op}
	}
	maps.Copy(header, s.pollHeader(op, how == asyncStatus))
	if how == acceptedOnly {
		return answer{status: http.StatusAccepted, header: header}
	}
	return answer{status: status, header: header, body: next.view()}
}

// startDelete begins a delete. It is called with the lock held.
func (s *Server) startDelete(request *http.Request, r *resource) answer {
	doomed := s.below(r.id)
	planes := slices.ContainsFunc(doomed, func(d *resource) bool { return s.plane(d.arm) != nil })
	soon := r.arm != groupType && (mannerOf(r.arm) == atOnce || strings.HasPrefix(strings.ToLower(r.arm), "microsoft.storage/"))
	if soon && !planes {
		for _, d := range doomed {
			delete(s.resources, d.key())
		}
		return answer{status: http.StatusOK}
	}
	op := s.newOperation(request, r.id, true)
	op.real = planes
	for _, d := range doomed {
		d.state, d.stuck = deleting, op.stuck()
	}
	s.run(op, func() *fault {
		for _, d := range doomed {
			if plane := s.plane(d.arm); plane != nil {
				if err := plane.Delete(s.ctx, d.id); err != nil {
					return asFault(err, "PlaneFailed")
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
	if soon {
		return answer{status: http.StatusOK, wait: op}
	}
	return answer{status: http.StatusAccepted, header: s.pollHeader(op, r.arm != groupType)}
}

// newOperation begins an operation for a request, with the fate that a fault has
// in store for it. It is called with the lock held.
func (s *Server) newOperation(r *http.Request, id string, gone bool) *operation {
	s.sequence++
	op := &operation{name: stableUUID("operation", strconv.Itoa(s.sequence)), status: "InProgress", id: id, gone: gone, start: s.options.Now(), ended: make(chan struct{})}
	op.fate = s.options.Faults.meets(r, "", func(f *Fault) bool { return f.Operation != "" })
	s.operations[op.name] = op
	return op
}

// stuck reports an operation that never ends.
func (op *operation) stuck() bool { return op.fate != nil && op.fate.Operation == OperationNever }

// run does an operation's work apart from the request that began it, then
// calls done with the lock held.
func (s *Server) run(op *operation, work func() *fault, done func(*fault)) {
	if op.stuck() {
		return
	}
	s.work.Go(func() {
		timer := time.NewTimer(s.options.Duration)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			return
		}
		var f *fault
		if op.fate != nil {
			f = failf(cmp.Or(op.fate.Status, http.StatusConflict), op.fate.Code, "%s", op.fate.Words())
		} else {
			f = work()
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		done(f)
		if op.status, op.err = succeeded, f; f != nil {
			op.status = failed
		}
		op.end = s.options.Now()
		close(op.ended)
	})
}

// await answers a request only when the operation that it began has ended, as
// resource providers do whose answers know no operations. It is called without
// the lock.
func (s *Server) await(r *http.Request, a answer) (answer, error) {
	op := a.wait
	if op.stuck() {
		return answer{}, failf(http.StatusGatewayTimeout, "GatewayTimeout", "The gateway did not receive a response from the resource provider within the specified time period.")
	}
	select {
	case <-op.ended:
	case <-r.Context().Done():
		return answer{}, failf(http.StatusServiceUnavailable, "ServerBusy", "The request was given up.")
	case <-s.ctx.Done():
		return answer{}, failf(http.StatusServiceUnavailable, "ServerBusy", "The rehearsal ends.")
	}
	if op.err != nil {
		return answer{}, op.err
	}
	if op.gone {
		return answer{status: http.StatusOK}, nil
	}
	now, err := s.get(op.id, "")
	now.status = a.status
	return now, err
}

// pollHeader tells a client where to ask and when: soon, so that what is measured
// is the work and not the wait. Retry-After knows only whole seconds, so it says
// none; Azure's clients also read retry-after-ms.
func (s *Server) pollHeader(op *operation, status bool) map[string]string {
	wait := max(s.options.Duration/2, time.Millisecond)
	if op.real {
		wait = max(wait, realPause)
	}
	header := map[string]string{
		"Location":       s.url + operationsPath + op.name + "/result?api-version=rehearsal",
		"Retry-After":    strconv.Itoa(int(wait.Seconds())),
		"Retry-After-Ms": strconv.FormatInt(wait.Milliseconds(), 10),
	}
	if status {
		header["Azure-AsyncOperation"] = s.url + operationsPath + op.name + "?api-version=rehearsal"
	}
	return header
}

// realPause is short beside anything real, and long enough for many clients to
// wait at once.
const realPause = 50 * time.Millisecond

// operationsPath is where operations are asked about.
const operationsPath = "/operations/"

// poll answers an operation's status, or, for its result, 202 until it has
// ended.
func (s *Server) poll(name string) (answer, error) {
	name, result := strings.CutSuffix(name, "/result")
	s.mu.Lock()
	found := s.operations[name]
	if found == nil {
		s.mu.Unlock()
		return answer{}, failf(http.StatusNotFound, "OperationNotFound", "The operation '%s' was not found.", name)
	}
	op := *found
	s.mu.Unlock()
	if !result {
		body := map[string]any{"name": op.name, "status": op.status, "startTime": op.start.UTC().Format(time.RFC3339Nano)}
		if !op.end.IsZero() {
			body["endTime"] = op.end.UTC().Format(time.RFC3339Nano)
		}
		if op.err != nil {
			body["error"] = op.err.body()["error"]
		}
		return answer{status: http.StatusOK, header: s.pollHeader(&op, true), body: body, about: op.id}, nil
	}
	switch {
	case op.err != nil:
		return answer{}, op.err
	case op.status == "InProgress":
		return answer{status: http.StatusAccepted, header: s.pollHeader(&op, false), about: op.id}, nil
	case op.gone:
		return answer{status: http.StatusNoContent, about: op.id}, nil
	case op.result != nil:
		return answer{status: http.StatusOK, body: op.result, about: op.id}, nil
	}
	a, err := s.get(op.id, "")
	a.about = op.id
	return a, err
}
