package analyzer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// Previewed is the id of the rule that an update makes only what a preview has
// judged. No policy configuration weakens it.
const Previewed = "preview/passed"

var previewed = gate.Rule{
	ID:    Previewed,
	Title: "An update makes only what a preview has passed",
	Description: "The engine has a whole stack judged after an update's changes. So the judgement is made at the preview, " +
		"and an update may make what passed there and nothing else.",
	Controls:    []string{"A.8.32"},
	Severity:    gate.Critical,
	Remediation: "Run pulumi preview with this policy pack before, or leave --skip-preview out.",
	Alone:       true,
}

// terms are digests of all that a judgement rests on beside the resources.
func (s *Server) terms(key []byte, stack *stack) (map[string]string, error) {
	terms := map[string]string{"rules": s.options.Fingerprint}
	for name, v := range map[string]any{
		"promises, waivers or settings": stack.config,
		"policy configuration":          s.enforcement(),
	} {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		terms[name] = digest(key, name, text)
	}
	return terms, nil
}

// pass records that a preview was passed.
func (s *Server) pass(stack *stack, resources map[string]inventory.Resource) error {
	key, err := receipts(s.options.Receipts).key()
	if err != nil {
		return err
	}
	r := &receipt{Judged: s.options.Now(), Resources: make(map[string]sealed, len(resources))}
	if r.Terms, err = s.terms(key, stack); err != nil {
		return err
	}
	for urn, resource := range resources {
		if r.Resources[urn], err = seal(key, resource); err != nil {
			return err
		}
	}
	return receipts(s.options.Receipts).write(stack.name, r, key)
}

// unseen tells why an update may not make a resource; empty when it may.
func (s *Server) unseen(stack *stack, r inventory.Resource) (string, error) {
	passed, reason := s.lookUp(stack)
	if reason != "" {
		return reason, nil
	}
	seen, there := passed.Resources[r.URN]
	if !there {
		return fmt.Sprintf("the preview that passed did not have %s; a resource that appears only in an update, such as one registered inside an Apply, cannot be judged before it is made", r.Name), nil
	}
	names, err := seen.differences(passed.key, r)
	if err != nil || len(names) == 0 {
		return "", err
	}
	return fmt.Sprintf("%s is not what the preview judged: %s differs", r.Name, listed(names)), nil
}

// passed is a receipt that an update relies on.
type passed struct {
	*receipt
	key []byte
}

// lookUp finds the receipt once for an update, so that it does not expire in the
// middle of it. Whatever is wrong with it is a reason to refuse.
func (s *Server) lookUp(stack *stack) (passed, string) {
	s.look.Do(func() { s.passed, s.refusal = s.find(stack) })
	return s.passed, s.refusal
}

func (s *Server) find(stack *stack) (passed, string) {
	unreadable := func(err error) (passed, string) {
		return passed{}, fmt.Sprintf("what the preview passed cannot be read: %v", err)
	}
	key, err := receipts(s.options.Receipts).key()
	if err != nil {
		return unreadable(err)
	}
	r, err := receipts(s.options.Receipts).read(stack.name, key)
	if errors.Is(err, fs.ErrNotExist) {
		return passed{}, "no preview of this stack has passed the gate on this machine, so nothing may be made"
	}
	if err != nil {
		return unreadable(err)
	}
	terms, err := s.terms(key, stack)
	if err != nil {
		return unreadable(err)
	}
	return passed{r, key}, r.refuses(terms, s.options.Now())
}

// judgedBy picks from a stack's configuration what the gate reads.
func judgedBy(config map[string]string) map[string]string {
	picked := map[string]string{}
	for name, value := range config {
		if strings.HasPrefix(name, "tillit:") || name == subscriptionKey {
			picked[name] = value
		}
	}
	return picked
}
