package promises

import (
	"regexp"
	"strings"
	"time"
)

var (
	waiverWords = []string{"rule", "resource", "reason", "owner", "ticket", "expires"}
	ruleName    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*/[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
)

const waiverExample = `{ rule: backup/retention, resource: "*::ledger-archive", reason: …, owner: …, ticket: …, expires: 2027-01-31 }`

// waivers reads the violations that the estate accepts until a day.
func (p *parser) waivers(n *node) {
	if n == nil || n.kind == null {
		return
	}
	if n.kind != list {
		p.add(n, "tillit:waivers must be a list of waivers, such as %s; it is %s", waiverExample, n.kind)
		return
	}
	seen := map[[2]string]bool{}
	for _, item := range n.items {
		w, ok := p.waiver(item)
		if !ok {
			continue
		}
		if key := [2]string{w.Rule, w.Resource}; seen[key] {
			p.add(item, "a waiver of %s for %s is given twice: keep one", w.Rule, quote(w.Resource))
			continue
		} else {
			seen[key] = true
		}
		p.declaration.Waivers = append(p.declaration.Waivers, w)
	}
}

func (p *parser) waiver(n *node) (w Waiver, ok bool) {
	before := len(p.list)
	if n.kind != mapping {
		p.add(n, "a waiver must be a mapping, such as %s; it is %s", waiverExample, n.kind)
		return w, false
	}
	w.Line, w.Column = n.line, n.column
	fields := map[string]*string{"rule": &w.Rule, "resource": &w.Resource, "reason": &w.Reason, "owner": &w.Owner, "ticket": &w.Ticket}
	for _, e := range n.entries {
		field, known := fields[e.key.text]
		switch {
		case known:
			*field, _ = p.line(e.value, "waiver: "+e.key.text)
		case e.key.text == "expires":
			w.Expires = p.expiry(e.value)
		default:
			p.add(e.key, "a waiver has no field %s: %s", quote(e.key.text), Suggest(e.key.text, waiverWords))
		}
	}
	for _, word := range waiverWords {
		if n.get(word) == nil {
			p.add(n, "the waiver has no %q: a waiver needs %s", word, strings.Join(waiverWords, ", "))
		}
	}
	if w.Rule != "" && !ruleName.MatchString(w.Rule) {
		p.add(n.get("rule"), "waiver: rule: %s is not a rule: write group/name, such as backup/retention", quote(w.Rule))
	}
	if w.Resource != "" && matchesAll(w.Resource, p.declaration.Estate) {
		p.add(n.get("resource"), "waiver: resource: %s waives the rule for every resource: name the resource, such as \"*::ledger-archive\"", quote(w.Resource))
	}
	return w, len(p.list) == before
}

// expiry reads the day before which a waiver holds. YAML takes a plain day for
// an instant, and the engine hands that over with a time.
func (p *parser) expiry(n *node) time.Time {
	day := strings.TrimSuffix(n.text, " 00:00:00 +0000 UTC")
	t, err := time.Parse(time.DateOnly, day)
	if n.kind != scalar || err != nil {
		p.add(n, "waiver: expires: %s is not a day: write it as 2027-01-31", quote(n.text))
	}
	return t
}

// Matches reports whether the waiver's pattern names a resource; * stands for
// any run of characters.
func (w Waiver) Matches(urn string) bool { return matches(w.Resource, urn) }

// matches compares text with a pattern in which * stands for any run of
// characters, in time linear in both for each *.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

// matchesAll reports whether a pattern says nothing of which of the estate's
// resources it means. It tries pairs of URNs that have only the estate, the
// project and the provider in common: a pattern that takes both takes all of
// that kind.
func matchesAll(pattern, estate string) bool {
	pairs := [][2]string{
		{"azure-native:jj:Qq::0", "azure-native:zz/v2:Ww::_"},
		{"tillit:jj:Qq$azure-native:jj:Qq::0", "tillit:zz:Ww$azure-native:zz/v2:Ww::_"},
	}
	// A word without a colon between two :: can only be the project.
	projects := []string{namespace}
	if segments := strings.Split(pattern, "::"); len(segments) > 2 {
		projects = append(projects, segments[1:len(segments)-1]...)
	}
	for _, project := range projects {
		prefix := "urn:pulumi:" + estate + "::" + project + "::"
		for _, pair := range pairs {
			if !strings.Contains(project, ":") && matches(pattern, prefix+pair[0]) && matches(pattern, prefix+pair[1]) {
				return true
			}
		}
	}
	return false
}
