package cloud

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/rights"
)

// What AuthorizationFailed and LinkedAuthorizationFailed say. In the latter the
// first action is the one that is allowed.
// Source: MicrosoftDocs/azure-docs, articles/role-based-access-control/troubleshooting.md.
var (
	lackedAction = regexp.MustCompile(`does not have (?:authorization|permission) to perform action\(?s?\)? '([^']+)'`)
	lackedScope  = regexp.MustCompile(`(?:over scope|on the linked scope\(s\)) '([^']+)'`)
)

// missing says which right a refused request lacked, and which role has it.
func missing(code, message string) string {
	switch code {
	case "AuthorizationPermissionMismatch":
		return "The identity may not touch this account's data: it needs the role drill-read-blobs (drill-heartbeat to add heartbeats, drill-workbench on what a run has made), or Storage Blob Data Reader (Contributor to write), on the account"
	case "AuthorizationFailure", "PublicAccessNotPermitted":
		return "The account's network rules do not let this machine in: run it inside the estate's network"
	}
	action := lackedAction.FindStringSubmatch(message)
	if action == nil {
		return ""
	}
	scope := "the resource"
	if found := lackedScope.FindStringSubmatch(message); found != nil {
		scope = found[1]
	}
	var holders []string
	for _, r := range rights.All() {
		if slices.ContainsFunc(r.Actions, func(a string) bool { return strings.EqualFold(a, action[1]) }) ||
			slices.ContainsFunc(r.DataActions, func(a string) bool { return strings.EqualFold(a, action[1]) }) {
			holders = append(holders, r.Name)
		}
	}
	if len(holders) == 0 {
		return fmt.Sprintf("The identity lacks the action %s on %s, which no role of the estate's drills has: give it one that does", action[1], scope)
	}
	return fmt.Sprintf("The identity lacks the action %s on %s: give it the role %s there", action[1], scope, strings.Join(holders, " or "))
}
