package arm_test

import (
	"context"
	"errors"
	"testing"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

const account = group + "/providers/Microsoft.Storage/storageAccounts/documents"

// An action's result is what its operation leads to, and its error is the
// operation's.
func TestActions(t *testing.T) {
	c := start(t, arm.Options{Actions: map[string]arm.Action{
		"Microsoft.Storage/storageAccounts/restoreBlobRanges": func(_ context.Context, id string, body map[string]any) (map[string]any, error) {
			if body["timeToRestore"] == nil {
				return nil, errors.New("no time to restore to")
			}
			return map[string]any{"status": "Complete", "account": id}, nil
		},
	}})
	c.make(group, here, account, here)
	const version = "?api-version=2024-01-01"
	act := func(body string) reply { return c.finish("POST", account+"/restoreBlobRanges"+version, body) }
	if r := act(`{"timeToRestore": "2026-01-01T00:00:00Z"}`); r.status != 200 || r.body["status"] != "Complete" || r.body["account"] != account {
		t.Errorf("the result is %d %v", r.status, r.body)
	}
	c.want(act(`{}`), 409, "ActionFailed")
	c.want(c.do("POST", account+"/regenerateKey"+version, `{}`), 501, "NotSupportedByRehearsal")
	c.want(c.do("POST", group+"/providers/Microsoft.Storage/storageAccounts/nobody/restoreBlobRanges"+version, `{}`), 404, "ResourceNotFound")
	c.want(c.do("POST", account+"/restoreBlobRanges?api-version=1999-01-01", `{}`), 400, "NoRegisteredProviderFound")
}
