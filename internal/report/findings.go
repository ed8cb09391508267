package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// judged is the id that findings of the gate itself go by, where no rule of the
// pack judges a promise.
const judged = "promise/judged"

// finding is one thing that a judgement says against a promise, in the one form
// that the formats for tools write.
type finding struct {
	gate.Violation // without Severity and Remediation when unknown is set
	promise        *gate.Promise
	id             string       // see package doc
	unknown        bool         // it could not be determined
	accepted       *gate.Waiver // the waiver that accepts it
	expired        *gate.Waiver // the waiver that would have
}

// findings lists everything against the promises of a judgement: promise by
// promise, what no waiver accepts before what one does, and what could not be
// determined last.
func findings(result *gate.Result, rules []gate.Rule) []finding {
	var list []finding
	for i := range result.Promises {
		p := &result.Promises[i]
		for _, v := range p.Violations {
			list = append(list, finding{Violation: v, promise: p, expired: waiverOf(p, gate.Expired, v)})
		}
		list = append(list, waived(p)...)
		for _, f := range p.Undetermined {
			list = append(list, finding{promise: p, unknown: true, Violation: gate.Violation{
				Rule: cmp.Or(f.Rule, judged), URN: f.URN, Property: f.Property, Message: f.Message, Position: f.Position,
				Controls: controlsOf(p.ID, f.Rule, rules),
			}})
		}
	}
	identify(result.Estate, list)
	return list
}

// waived lists what the promise's waivers accept. Two waivers may accept the
// same violation; it is one finding, of the first.
func waived(p *gate.Promise) []finding {
	var list []finding
	for i := range p.Waivers {
		w := &p.Waivers[i]
		if w.State != gate.Used {
			continue
		}
		for _, v := range w.Violations {
			if waiverOf(p, gate.Used, v) == w {
				list = append(list, finding{Violation: v, promise: p, accepted: w})
			}
		}
	}
	return list
}

// waiverOf is the promise's first waiver in the state that lists the violation.
func waiverOf(p *gate.Promise, state gate.WaiverState, v gate.Violation) *gate.Waiver {
	for i := range p.Waivers {
		w := &p.Waivers[i]
		same := func(o gate.Violation) bool {
			return o.Rule == v.Rule && o.URN == v.URN && o.Property == v.Property && o.Message == v.Message
		}
		if w.State == state && slices.ContainsFunc(w.Violations, same) {
			return w
		}
	}
	return nil
}

// controlsOf are a rule's controls; those of the promise when no rule judges it.
func controlsOf(id promises.ID, rule string, rules []gate.Rule) []string {
	for _, r := range rules {
		if r.ID == rule {
			return r.Controls
		}
	}
	entry, _ := promises.Lookup(id)
	return entry.Controls
}

// identify gives every finding its identity: 32 hexadecimal digits, a colon and
// a number from 1 that tells those apart that share the digits.
func identify(estate string, list []finding) {
	seen := map[string]int{}
	for i := range list {
		f := &list[i]
		kind := "violation"
		if f.unknown {
			kind = "undetermined"
		}
		digits := digest(kind, estate, string(f.promise.ID), f.Rule, f.URN, f.Property)
		seen[digits]++
		f.id = fmt.Sprintf("%s:%d", digits, seen[digits])
	}
}

// digest names a list of texts by 32 hexadecimal digits.
func digest(parts ...string) string {
	for i, part := range parts {
		parts[i] = valid(part)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return hex.EncodeToString(sum[:16])
}

// valid replaces every byte that is not UTF-8, as JSON does on its way to a file
// and back.
func valid(s string) string { return string([]rune(s)) }

// text explains a finding in full, in lines.
func (f finding) text() string {
	if f.unknown {
		lines := []string{clean(f.Message)}
		if f.Property != "" {
			lines = append(lines, "  must be known: "+clean(f.Property))
		}
		return strings.Join(lines, "\n")
	}
	text := Explain(f.Violation)
	if f.expired != nil {
		text += fmt.Sprintf("\n  %-8s expired on %s: %s", "waiver", clean(f.expired.Expires), justification(f.expired))
	}
	return text
}

// justification says why a violation was accepted, by whom and until when.
func justification(w *gate.Waiver) string {
	return clean(fmt.Sprintf("%s (owner %s, ticket %s, expires %s)", w.Reason, w.Owner, w.Ticket, w.Expires))
}

// shortcoming says what is wrong with a waiver, or not known of it; empty of one
// that accepts violations and takes in no more.
func shortcoming(w *gate.Waiver) string {
	switch w.State {
	case gate.Pending:
		return "whether there is a violation that it accepts is not known yet"
	case gate.Orphaned:
		return "no violation is left that it accepts; remove it"
	case gate.Expired:
		return "it has expired and no longer accepts " + count(len(w.Violations), "violation")
	}
	if w.OverBroad == "" {
		return ""
	}
	return "over-broad: " + clean(w.OverBroad)
}

// kind is what a waiver is called: by its state, or by what is wrong with it.
func kind(w *gate.Waiver) string {
	if w.State == gate.Used && w.OverBroad != "" {
		return "over-broad waiver"
	}
	return string(w.State) + " waiver"
}

// notJudged says that no rule can judge a resource of the input, and why.
func notJudged(n inventory.NotJudged) string {
	kind := ""
	if n.Type != "" {
		kind = " (" + n.Type + ")"
	}
	return clean(fmt.Sprintf("not judged: %s%s: %s", n.ID, kind, n.Reason))
}

// about is what a finding is about: a resource, or the estate as a whole.
func about(urn string) string { return cmp.Or(clean(urn), "the estate as a whole") }
