// Package peers proves that the rules are plain Rego: opa and conftest read the
// same violations from a plan as the gate does.
package peers
