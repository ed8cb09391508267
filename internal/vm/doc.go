// Package vm evaluates Rego as OPA itself plans it.
//
// OPA can plan rules for other evaluators: what a rule says becomes loops,
// look-ups and assignments to locals (package ir). OPA's own evaluator works on
// the rules as they are written, and unifies terms at every step; one that
// follows the plan gives the same answers several times as fast. This one turns
// every statement into a Go function when the rules are loaded, and has OPA's
// own builtins do their part.
//
// Three things make it fit for a gate. A builtin that fails, and a rule with two
// values, is a fault of the whole evaluation, never a value that is merely
// missing. Rules are evaluated on all cores: the value of a rule without
// arguments is computed once and shared, whoever asks first. And the caller may
// hand in the value of a rule that it has at hand already, such as an index.
package vm
