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
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	injected := s.injected(r)
	if injected != nil && injected.Status == 0 {
		panic(http.ErrAbortHandler) // net/http's way to break a connection
	}
	var a answer
	var err error
	if injected != nil {
		err = failf(injected.Status, injected.Code, "The rehearsal was told to answer so.")
		a.header = map[string]string{"Retry-After": seconds(injected.RetryAfter)}
	} else {
		a, err = s.answer(r)
	}
	if err != nil {
		var f *fault
		if !errors.As(err, &f) {
			f = failf(http.StatusInternalServerError, "InternalServerError", "%v", err)
		}
		if f.status == http.StatusUnauthorized {
			a.header = map[string]string{"WWW-Authenticate": fmt.Sprintf(`Bearer authorization_uri="%s/%s", error="invalid_token"`, s.url, s.options.Tenant)}
		}
		a.status, a.body = f.status, f.body()
	}
	s.reply(w, r, a)
}

func (s *Server) reply(w http.ResponseWriter, r *http.Request, a answer) {
	header := w.Header()
	header.Set(Header, Marking)
	header.Set("Cache-Control", "no-cache")
	s.mu.Lock()
	s.sequence++
	header.Set("X-Ms-Request-Id", stableUUID("request", strconv.Itoa(s.sequence)))
	if !strings.HasPrefix(r.URL.Path, "/operations/") && r.URL.Path != "/rehearsal" {
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
	header.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	// A client that has gone cannot be told anything.
	_ = json.NewEncoder(w).Encode(a.body)
}

// injected finds the fault that a request meets, and uses it up.
func (s *Server) injected(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Method != "" && f.Method != r.Method || !strings.Contains(strings.ToLower(r.URL.Path), strings.ToLower(f.Path)) {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			}
		}
		return f
	}
	return nil
}

func (s *Server) answer(r *http.Request) (answer, error) {
	if r.Header.Get("Authorization") != "Bearer "+s.token {
		return answer{}, failf(http.StatusUnauthorized, "InvalidAuthenticationToken", "The access token is missing or is not the one this rehearsal minted.")
	}
	path := "/" + strings.Trim(r.URL.Path, "/")
	if path == "/rehearsal" {
		return answer{status: http.StatusOK, body: map[string]any{
			"rehearsal": true, "subscriptionId": s.options.Subscription, "tenantId": s.options.Tenant,
		}}, nil
	}
	if name, ok := strings.CutPrefix(path, "/operations/"); ok {
		return s.poll(name)
	}
	t, err := s.target(path)
	if err != nil {
		return answer{}, err
	}
	if r.Method == http.MethodPost {
		return s.action(path, r)
	}
	if err := checkVersion(t, r.URL.Query().Get("api-version")); err != nil {
		return answer{}, err
	}
	if r.Method == http.MethodGet && t.list {
		if a, ok, err := s.listed(t); ok {
			return a, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Method {
	case http.MethodGet:
		if t.list {
			return s.list(t, r)
		}
		return s.get(path)
	case http.MethodHead:
		a, err := s.get(path)
		if err == nil {
			a.status = http.StatusNoContent
		}
		return a, err
	case http.MethodPut, http.MethodPatch:
		if t.list {
			break
		}
		body, err := readBody(r)
		if err != nil {
			return answer{}, err
		}
		return s.put(path, t, body, r)
	case http.MethodDelete:
		if t.list {
			break
		}
		return s.delete(path, r)
	}
	return answer{}, failf(http.StatusMethodNotAllowed, "MethodNotAllowed", "The request method %s is not allowed on '%s'.", r.Method, path)
}

// target is what a path names: one resource, or a list of them.
type target struct {
	list bool
	arm  string // ARM type; empty for a list of resources of every type
	// prefix begins the ids of a list's members, in lower case.
	prefix string
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
		scope := lowered[:strings.LastIndex(lowered, "/providers/")]
		prefix := lowered + "/"
		if strings.Count(arm, "/") == 1 {
			prefix = scope + "/" // a subscription's list holds those of its groups too
		}
		return target{list: true, arm: arm, prefix: prefix}, nil
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

func (s *Server) get(path string) (answer, error) {
	if strings.EqualFold(azure.TypeOf(path), subscriptionType) {
		return answer{status: http.StatusOK, body: s.subscription()}, nil
	}
	r := s.resources[strings.ToLower(path)]
	if r == nil {
		if f := s.missingGroup(path); f != nil {
			return answer{}, f
		}
		return answer{}, notFound(path)
	}
	return answer{status: http.StatusOK, header: map[string]string{"ETag": r.etag}, body: r.view()}, nil
}

func (s *Server) subscription() map[string]any {
	return map[string]any{
		"id": "/subscriptions/" + s.options.Subscription, "subscriptionId": s.options.Subscription, "tenantId": s.options.Tenant,
		"displayName": "rehearsal", "state": "Enabled",
	}
}

// list answers one page of resources.
func (s *Server) list(t target, r *http.Request) (answer, error) {
	if t.arm == subscriptionType {
		return answer{status: http.StatusOK, body: map[string]any{"value": []any{s.subscription()}}}, nil
	}
	query := r.URL.Query()
	wanted := t.arm
	if filter := query.Get("$filter"); filter != "" {
		kind, ok := strings.CutPrefix(filter, "resourceType eq '")
		if kind, closed := strings.CutSuffix(kind, "'"); ok && closed {
			wanted = kind
		} else {
			return answer{}, failf(http.StatusBadRequest, "InvalidFilterInQueryString", "The rehearsal reads only resourceType eq '...' in $filter, not '%s'.", filter)
		}
	}
	found := s.inOrder(func(r *resource) bool {
		if !strings.HasPrefix(r.key(), t.prefix) {
			return false
		}
		if wanted == "" {
			// ARM's list of resources holds top-level ones, and no groups or extensions.
			return strings.Count(r.arm, "/") == 1 && r.arm != groupType && !r.extension()
		}
		return strings.EqualFold(r.arm, wanted)
	})
	size := s.options.PageSize
	if top, err := strconv.Atoi(query.Get("$top")); err == nil && top > 0 {
		size = min(size, top)
	}
	from, _ := strconv.Atoi(query.Get("$skiptoken"))
	from = min(max(from, 0), len(found))
	to := min(from+size, len(found))
	values := []any{}
	for _, r := range found[from:to] {
		values = append(values, r.view())
	}
	body := map[string]any{"value": values}
	if to < len(found) {
		next := *r.URL
		query.Set("$skiptoken", strconv.Itoa(to))
		next.RawQuery = query.Encode()
		body["nextLink"] = s.url + next.RequestURI()
	}
	return answer{status: http.StatusOK, body: body}, nil
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
