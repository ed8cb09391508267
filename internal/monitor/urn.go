package monitor

import "strings"

// stackType is the type of the resource that all others descend from.
const stackType = "pulumi:pulumi:Stack"

// newURN composes a URN as Pulumi does: the type is qualified with those of the
// parents, the stack left out.
func newURN(stack, project, parent, token, name string) string {
	if within := qualifiedType(parent); within != "" && within != stackType {
		token = within + "$" + token
	}
	return "urn:pulumi:" + stack + "::" + project + "::" + token + "::" + name
}

// qualifiedType is the third part of a URN; empty for no URN.
func qualifiedType(urn string) string {
	parts := strings.SplitN(urn, "::", 4)
	if len(parts) < 4 {
		return ""
	}
	return parts[2]
}
