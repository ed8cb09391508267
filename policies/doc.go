// Package policies is the policy pack: the rules in Rego, the library they
// share and the platform facts they compute with. The same folder serves tillit
// check (embedded, or from disk), the Pulumi engine (--policy-pack policies),
// opa and conftest. The examples are for people, in tillit explain and
// docs/rules; they are not among the rules, where OPA would read them as data.
package policies
