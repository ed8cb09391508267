package arm

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

// filter is what a list's $filter asks for.
type filter struct{ kind, tag, value string }

var (
	byType = regexp.MustCompile(`^resourceType eq '([^']*)'$`)
	byTag  = regexp.MustCompile(`^tagName eq '([^']*)'(?: and tagValue eq '([^']*)')?$`)
)

// readFilter reads the two forms that the rehearsal knows.
func readFilter(text string) (filter, error) {
	if text == "" {
		return filter{}, nil
	}
	if found := byType.FindStringSubmatch(text); found != nil {
		return filter{kind: found[1]}, nil
	}
	if found := byTag.FindStringSubmatch(text); found != nil {
		return filter{tag: found[1], value: found[2]}, nil
	}
	return filter{}, failf(http.StatusBadRequest, "InvalidFilterInQueryString", "The rehearsal reads only resourceType eq '...' and tagName eq '...' and tagValue eq '...' in $filter, not '%s'.", text)
}

// takes reports a resource that carries the tag. Names of tags have no case.
func (f filter) takes(r *resource) bool {
	if f.tag == "" {
		return true
	}
	tags, _ := r.body["tags"].(map[string]any)
	for name, value := range tags {
		if strings.EqualFold(name, f.tag) {
			return f.value == "" || text(value) == f.value
		}
	}
	return false
}

// list answers one page of resources, those that are being made or deleted among
// them, as far as the caller may read them. It is called without the lock.
func (s *Server) list(t target, caller Caller, r *http.Request) (answer, error) {
	if t.arm == subscriptionType {
		return answer{status: http.StatusOK, body: map[string]any{"value": []any{s.subscription()}}}, nil
	}
	known, _, err := s.listed(t.arm, t.parent)
	if err != nil {
		return answer{}, err
	}
	query := r.URL.Query()
	wanted, err := readFilter(query.Get("$filter"))
	if err != nil {
		return answer{}, err
	}
	kind := t.arm
	if kind == "" {
		kind = wanted.kind
	}
	s.mu.Lock()
	members := s.inOrder(func(r *resource) bool {
		if !strings.HasPrefix(r.key(), t.prefix) || !wanted.takes(r) {
			return false
		}
		if kind == "" {
			// ARM's list of resources holds those with a location and tags of their own, and
			// no groups or extensions.
			return (strings.Count(r.arm, "/") == 1 || strings.EqualFold(r.arm, "Microsoft.Sql/servers/databases")) && r.arm != groupType && !r.extension()
		}
		return strings.EqualFold(r.arm, kind)
	})
	s.mu.Unlock()
	unseen := func(id string) bool {
		return strings.Count(t.arm, "/") <= 1 && !caller.May(actionOf(azure.TypeOf(id), "read"), id, false)
	}
	members = slices.DeleteFunc(members, func(r *resource) bool { return unseen(r.id) })
	var views []map[string]any
	for _, one := range known {
		if unseen(text(one["id"])) {
			continue
		}
		if !slices.ContainsFunc(members, func(r *resource) bool { return strings.EqualFold(r.id, text(one["id"])) }) {
			views = append(views, one)
		}
	}
	for _, member := range members {
		view, err := s.shown(member, "")
		if err != nil {
			return answer{}, err
		}
		if t.arm == "" {
			view = generic(view, wanted.tag != "", query.Get("$expand"))
		}
		views = append(views, view)
	}
	return s.page(views, r), nil
}

// generic is a resource as a list of every type shows it: without its properties,
// with what $expand asks for, and, where it was found by a tag, without its tags.
// Source: armresources, ClientListOptions.
func generic(view map[string]any, byTag bool, expand string) map[string]any {
	out := maps.Clone(view)
	delete(out, "properties")
	delete(out, "etag")
	if byTag {
		delete(out, "tags")
	}
	if strings.Contains(strings.ToLower(expand), "provisioningstate") {
		out["provisioningState"] = dig(view, "properties", "provisioningState")
	}
	return out
}

// page answers the part of a list that a request asks for.
func (s *Server) page(found []map[string]any, r *http.Request) answer {
	query := r.URL.Query()
	size := s.options.PageSize
	if top, err := strconv.Atoi(query.Get("$top")); err == nil && top > 0 {
		size = min(size, top)
	}
	from, _ := strconv.Atoi(query.Get("$skiptoken"))
	from = min(max(from, 0), len(found))
	to := min(from+size, len(found))
	values := append([]map[string]any{}, found[from:to]...)
	body := map[string]any{"value": values}
	if to < len(found) {
		next := *r.URL
		query.Set("$skiptoken", strconv.Itoa(to))
		next.RawQuery = query.Encode()
		body["nextLink"] = s.url + next.RequestURI()
	}
	return answer{status: http.StatusOK, body: body}
}
