package report

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/promises"
)

// Found is one thing that a judgement says against a promise.
type Found struct {
	ID      string      `json:"id"`      // 32 hexadecimal digits, a colon and a number
	Outcome string      `json:"outcome"` // violation, waived or undetermined
	Promise promises.ID `json:"promise"`
	// Violation has no severity and no remediation when it is undetermined.
	gate.Violation
	Waiver *gate.Waiver `json:"waiver,omitempty"` // that accepts it, or did until it expired
}

// Text is the finding in full, in lines.
func (f Found) Text() string {
	said := finding{Violation: f.Violation, unknown: f.Outcome == "undetermined"}
	text := said.text()
	if f.Waiver != nil {
		text += fmt.Sprintf("\n  %-8s %s: %s", "waiver", f.Waiver.State, justification(f.Waiver))
	}
	return text
}

var identity = regexp.MustCompile(`^([0-9a-f]{6,32})(:[1-9][0-9]*)?$`)

// IsIdentity tells whether a word is a finding's identity, or the beginning of
// one that a text report shows.
func IsIdentity(word string) bool { return identity.MatchString(word) }

// Find is the finding of a judgement whose identity begins with a word. The
// number may be left out where no other finding shares the digits.
func Find(result *gate.Result, rules []gate.Rule, word string) (Found, error) {
	parts := identity.FindStringSubmatch(word)
	if parts == nil {
		return Found{}, fmt.Errorf("%q is not the identity of a finding: it takes 6 hexadecimal digits or more", word)
	}
	var ids []string
	var found Found
	for _, f := range findings(result, rules) {
		if !strings.HasPrefix(f.id, parts[1]) || parts[2] != "" && !strings.HasSuffix(f.id, parts[2]) {
			continue
		}
		ids = append(ids, f.id)
		found = Found{ID: f.id, Outcome: "violation", Promise: f.promise.ID, Violation: f.Violation, Waiver: f.expired}
		switch {
		case f.unknown:
			found.Outcome = "undetermined"
		case f.accepted != nil:
			found.Outcome, found.Waiver = "waived", f.accepted
		}
	}
	switch len(ids) {
	case 0:
		return Found{}, fmt.Errorf("the result of %s has no finding %s; tillit check shows each one's", clean(result.Estate), word)
	case 1:
		return found, nil
	}
	return Found{}, fmt.Errorf("%d findings begin with %s: %s", len(ids), word, strings.Join(ids, ", "))
}

// short is as much of an identity as people need: eight digits, and the number
// when it is not the first.
func short(id string) string {
	digits, number, _ := strings.Cut(id, ":")
	if number == "1" {
		return digits[:8]
	}
	return digits[:8] + ":" + number
}
