// Package policies is the policy pack: the rules in Rego, the library they
// share and the platform facts they compute with. The same folder serves tillit
// check (embedded, or from disk), the Pulumi engine (--policy-pack policies),
// opa and conftest.
package policies
