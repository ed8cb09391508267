package cloud

import (
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// A database that was restored stands beside its source, on a server that is not
// the run's.
func TestCleanUpInSeveralGroups(t *testing.T) {
	t.Parallel()
	azure, c := rehearsal(t, arm.Options{})
	poller, err := c.SQL.NewServersClient().BeginCreateOrUpdate(t.Context(), "rg-production", "sqlx", armsql.Server{Location: to.Ptr("westeurope")}, nil)
	if _, err := Done(t.Context(), poller, err); err != nil {
		t.Fatal(err)
	}
	for name, marker := range map[string]string{"main": "", "restored": mine} {
		poller, err := c.SQL.NewDatabasesClient().BeginCreateOrUpdate(t.Context(), "rg-production", "sqlx", name, armsql.Database{Location: to.Ptr("westeurope"), Tags: tagged(marker)}, nil)
		if _, err := Done(t.Context(), poller, err); err != nil {
			t.Fatal(err)
		}
	}
	source := idOf("rg-production", "Microsoft.Sql/servers/sqlx")
	scratch := account(t, c, bench, "scratch", mine)
	target := c.Target(bench, "rg-production")
	ids, err := target.Marked(t.Context(), mine)
	if want := []string{scratch, source + "/databases/restored"}; err != nil || !slices.Equal(ids, want) {
		t.Errorf("listed %q, want %q: %v", ids, want, err)
	}
	sweep(t, target, mine)
	left := azure.Resources()
	for id, want := range map[string]bool{source: true, source + "/databases/main": true, source + "/databases/restored": false, scratch: false} {
		if slices.Contains(left, id) != want {
			t.Errorf("%s is left: %t", id, !want)
		}
	}
	for _, id := range []string{source + "/databases/main", idOf("rg-other", "Microsoft.Sql/servers/sqlx")} {
		if err := target.Delete(t.Context(), id); err == nil || !strings.Contains(err.Error(), "is not deleted") {
			t.Errorf("%s: %v", id, err)
		}
	}
}
