package arm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/azure"
)

// answer is what a request gets: a status, headers beside the usual ones, and
// a JSON body unless it is nil.
type answer struct {
	status int
	header map[string]string
	body   any
	about  string     // the resource, where the path does not name it
	wait   *operation // the answer is given when it has ended
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	var f *Fault
	if !strings.HasPrefix(r.URL.Path, rehearsalPath) {
		if f = s.options.Faults.Meets(r, ""); f != nil {
			w = f.Spoil(r.Context(), w)
		}
	}
	var a answer
	var err error
	if f != nil && f.Status != 0 {
		err = failf(f.Status, f.Code, "%s", f.Words())
		if f.RetryAfter > 0 {
			a.header = map[string]string{"Retry-After": seconds(f.RetryAfter)}
		}
	} else {
		a, err = s.answer(r)
	}
	if err != nil {
		var f *fault
		if !errors.As(err, &f) {
			f = failf(http.StatusInternalServerError, "InternalServerError", "%v", err)
		}
		if f.status == http.StatusUnauthorized {
			a.header = map[string]string{"WWW-Authenticate": fmt.Sprintf(`Bearer authorization_uri="%s/%s", error="invalid_token", error_description="%s"`, s.url, s.options.Tenant, f.message)}
		}
		a.status, a.body = f.status, f.body()
	}
	s.reply(w, r, a)
}

func (s *Server) reply(w http.ResponseWriter, r *http.Request, a answer) {
	header := w.Header()
	header.Set(Header, Marking)
	if about := strings.ToLower(r.URL.Path + " " + a.about); strings.Contains(about, "/providers/microsoft.sql/") {
		header.Set(Header, Marking+NoData)
	}
	header.Set("Cache-Control", "no-cache")
	s.mu.Lock()
	s.sequence++
	header.Set("X-Ms-Request-Id", stableUUID("request", strconv.Itoa(s.sequence)))
	if !strings.HasPrefix(r.URL.Path, operationsPath) && !strings.HasPrefix(r.URL.Path, rehearsalPath) {
		s.journal = append(s.journal, Request{r.Method, r.URL.Path, a.status})
	}
	s.mu.Unlock()
	if id := r.Header.Get("X-Ms-Client-Request-Id"); id != "" {
		header.Set("X-Ms-Client-Request-Id", id)
	}
	for name, value := range a.header {
		header.Set(name, value)
	}
	if a.body == nil || r.Method == http.MethodHead {
		w.WriteHeader(a.status)
		return
	}
	b, err := json.Marshal(a.body)
	if err != nil { // what planes and actions give is the only thing that might not be JSON
		a.status, b = http.StatusInternalServerError, []byte(`{"error":{"code":"InternalServerError","message":"The answer is no JSON."}}`)
	}
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(a.status)
	// A client that has gone cannot be told anything.
	_, _ = w.Write(b)
}

// rehearsalPath begins what is the rehearsal's own and not ARM's.
const rehearsalPath = "/rehearsal"

func (s *Server) answer(r *http.Request) (answer, error) {
	path := "/" + strings.Trim(r.URL.Path, "/")
	if path == IdentityPath {
		return s.issue(r)
	}
	caller, err := s.Admit(r.Header.Get("Authorization"), managementAudiences...)
	if err != nil {
		return answer{}, err
	}
	if path == rehearsalPath {
		return answer{status: http.StatusOK, body: map[string]any{
			"rehearsal": true, "subscriptionId": s.options.Subscription, "tenantId": s.options.Tenant,
		}}, nil
	}
	if path == FaultsPath {
		return s.faultsAnswer(r)
	}
	if name, ok := strings.CutPrefix(path, operationsPath); ok {
		return s.poll(name)
	}
	t, err := s.target(path)
	if err != nil {
		return answer{}, err
	}
	if err := s.permit(caller, r.Method, path, t); err != nil {
		return answer{}, err
	}
	if r.Method == http.MethodPost {
		return s.action(path, r)
	}
	if err := s.checkVersion(t.arm, r.URL.Query().Get("api-version")); err != nil {
		return answer{}, err
	}
	switch {
	case r.Method == http.MethodGet && t.list:
		return s.list(t, caller, r)
	case r.Method == http.MethodGet:
		return s.get(path, r.URL.Query().Get("$expand"))
	case t.list:
	case r.Method == http.MethodHead:
		a, err := s.get(path, r.URL.Query().Get("$expand"))
		if err == nil {
			a.status = http.StatusNoContent
		}
		return a, err
	case r.Method == http.MethodPut, r.Method == http.MethodPatch, r.Method == http.MethodDelete:
		a, err := s.write(path, t, caller, r)
		if err == nil && a.wait != nil {
			return s.await(r, a)
		}
		return a, err
	}
	return answer{}, failf(http.StatusMethodNotAllowed, "MethodNotAllowed", "The request method %s is not allowed on '%s'.", r.Method, path)
}

// write makes, changes or deletes a resource.
func (s *Server) write(path string, t target, caller Caller, r *http.Request) (answer, error) {
	listed, err := s.unstored(path)
	if err != nil {
		return answer{}, err
	}
	if r.Method == http.MethodDelete {
		s.mu.Lock()
		defer s.mu.Unlock()
		if listed != nil {
			return s.deleteListed(text(listed["id"]), r)
		}
		return s.delete(path, r)
	}
	body, err := readBody(r)
	if err != nil {
		return answer{}, err
	}
	if err := s.permitLinked(caller, path, body); err != nil {
		return answer{}, err
	}
	if listed != nil && r.Method == http.MethodPatch {
		body = merged(listed, body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(path, t, body, r, listed != nil)
}

// target is what a path names: one resource, or a list of them.
type target struct {
	list bool
	arm  string // ARM type; empty for a list of resources of every type
	// prefix begins the ids of a list's members, in lower case.
	prefix string
	parent string // what a list's members hang on, or its scope, as it is written
}

// target reads a path and checks its subscription.
func (s *Server) target(path string) (target, error) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if strings.EqualFold(segments[0], "subscriptions") && len(segments) > 1 && !strings.EqualFold(segments[1], s.options.Subscription) {
		return target{}, failf(http.StatusNotFound, "SubscriptionNotFound", "The subscription '%s' could not be found.", segments[1])
	}
	lowered := strings.ToLower(path)
	last := strings.ToLower(segments[len(segments)-1])
	switch {
	case len(segments) == 1 && last == "subscriptions":
		return target{list: true, arm: subscriptionType}, nil
	case len(segments) == 3 && last == "resourcegroups":
		return target{list: true, arm: groupType, prefix: lowered + "/"}, nil
	case last == "resources" && (len(segments) == 3 || len(segments) == 5):
		return target{list: true, prefix: strings.TrimSuffix(lowered, "resources")}, nil
	case len(segments)%2 == 0 && azure.TypeOf(path) != "":
		return target{arm: azure.TypeOf(path)}, nil
	}
	// An odd number of segments ends in a type: all resources of it in a scope.
	if arm := azure.TypeOf(path + "/any"); len(segments)%2 == 1 && strings.Contains(arm, "/") {
		prefix, parent := lowered+"/", path[:strings.LastIndex(path, "/")]
		if strings.Count(arm, "/") == 1 {
			parent = path[:strings.LastIndex(lowered, "/providers/")]
			prefix = strings.ToLower(parent) + "/" // a subscription's list holds those of its groups too
		}
		return target{list: true, arm: arm, prefix: prefix, parent: parent}, nil
	}
	return target{}, failf(http.StatusNotFound, "InvalidResourceId", "The path '%s' names neither a resource nor a list of them.", path)
}

func readBody(r *http.Request) (map[string]any, error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, 4<<20)) // ARM's own limit is 4 MB
	if err != nil {
		return nil, failf(http.StatusBadRequest, "InvalidRequestContent", "The request content could not be read: %v", err)
	}
	var body map[string]any
	if err := json.Unmarshal(b, &body); err != nil || body == nil {
		return nil, failf(http.StatusBadRequest, "InvalidRequestContent", "The request content was invalid and could not be deserialized: it must be a JSON object.")
	}
	return body, nil
}

// preconditions judges If-Match and If-None-Match.
func preconditions(r *http.Request, current *resource) error {
	if match := r.Header.Get("If-Match"); match != "" {
		if current == nil || match != "*" && match != current.etag {
			return failf(http.StatusPreconditionFailed, "PreconditionFailed", "The condition If-Match '%s' is not met: the resource has changed or does not exist.", match)
		}
	}
	if none := r.Header.Get("If-None-Match"); none != "" && current != nil && (none == "*" || none == current.etag) {
		return failf(http.StatusPreconditionFailed, "PreconditionFailed", "The condition If-None-Match '%s' is not met: the resource exists.", none)
	}
	return nil
}

// get answers one resource: one that is stored, else one that a Lister lists. It
// is called without the lock.
func (s *Server) get(path, expand string) (answer, error) {
	if strings.EqualFold(azure.TypeOf(path), subscriptionType) {
		return answer{status: http.StatusOK, body: s.subscription()}, nil
	}
	s.mu.Lock()
	r, missing := s.resources[strings.ToLower(path)], s.missingGroup(path)
	s.mu.Unlock()
	if r != nil {
		view, err := s.shown(r, expand)
		return answer{status: http.StatusOK, header: map[string]string{"ETag": text(view["etag"])}, body: view}, err
	}
	if missing != nil {
		return answer{}, missing
	}
	one, err := s.listedOne(path)
	if err == nil && one == nil {
		err = notFound(path)
	}
	return answer{status: http.StatusOK, body: one}, err
}

func (s *Server) subscription() map[string]any {
	return map[string]any{
		"id": "/subscriptions/" + s.options.Subscription, "subscriptionId": s.options.Subscription, "tenantId": s.options.Tenant,
		"displayName": "rehearsal", "state": "Enabled",
	}
}

// seconds writes a Retry-After value; HTTP knows only whole seconds.
func seconds(d time.Duration) string {
	return strconv.Itoa(int(math.Ceil(d.Seconds())))
}

// merged applies a JSON merge patch (RFC 7396).
func merged(old, patch map[string]any) map[string]any {
	out := maps.Clone(old)
	if out == nil {
		out = map[string]any{}
	}
	for name, value := range patch {
		switch v := value.(type) {
		case nil:
			delete(out, name)
		case map[string]any:
			before, _ := out[name].(map[string]any)
			out[name] = merged(before, v)
		default:
			out[name] = value
		}
	}
	return out
}
