package stacks_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/promises"
)

// With a plan for losing the region, the drills' identity may read the standby and
// put a server of its own beside it; without one, it has nothing there.
func TestDrillsReachTheStandby(t *testing.T) {
	scopes := func(d *promises.Declaration, role string) []string {
		var found []string
		for _, r := range of(mustCompose(t, d), "authorization:RoleAssignment") {
			if strings.HasPrefix(r.Name, "role-"+role+"-") {
				scope, _ := r.Props["scope"].(string)
				found = append(found, scope)
			}
		}
		return found
	}
	away := func(kind string) func(string) bool {
		return func(scope string) bool { return strings.Contains(scope, kind) && strings.Contains(scope, "norwayeast") }
	}
	d := load(t, ledgerNo)
	if got := scopes(d, "drill-restore"); !slices.ContainsFunc(got, away("/flexibleServers/")) {
		t.Errorf("the drills may read %v, and not the standby", got)
	}
	if got := scopes(d, "drill-join"); !slices.ContainsFunc(got, away("/subnets/")) {
		t.Errorf("the drills may join %v, and not the standby's subnet", got)
	}
	delete(d.Promises, "continuity.plan")
	for _, role := range []string{"drill-restore", "drill-join"} {
		if got := scopes(d, role); slices.ContainsFunc(got, away("")) {
			t.Errorf("without a plan, %s reaches %v", role, got)
		}
	}
}
