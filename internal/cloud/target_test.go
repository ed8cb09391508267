package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

const (
	bench = "rg-drills"
	mine  = "tillit-run-1"
)

// rehearsal is a stand-in Azure with two resource groups, and a cloud on it.
func rehearsal(t *testing.T, o arm.Options) (*arm.Server, *Cloud) {
	t.Helper()
	o.Authority = trusted
	if o.Duration == 0 {
		o.Duration = time.Millisecond
	}
	server, err := arm.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	c := connected(t, server.URL(), rehearsaltest.Static(server.Token()))
	if !c.Rehearsal {
		t.Error("a rehearsal was taken for Azure")
	}
	for _, group := range []string{bench, "rg-production"} {
		if _, err := c.Resources.NewResourceGroupsClient().CreateOrUpdate(t.Context(), group, armresources.ResourceGroup{Location: to.Ptr("westeurope")}, nil); err != nil {
			t.Fatal(err)
		}
	}
	return server, c
}

func tagged(marker string) map[string]*string {
	if marker == "" {
		return nil
	}
	return map[string]*string{drill.MarkerTag: to.Ptr(marker)}
}

// server makes a flexible server, a copy of another if source is not empty. It
// does not wait.
func server(t *testing.T, c *Cloud, group, name, marker, source string) string {
	t.Helper()
	s := pg.Server{Location: to.Ptr("westeurope"), Tags: tagged(marker), Properties: &pg.ServerProperties{CreateMode: to.Ptr(pg.CreateModeCreate)}}
	if source != "" {
		s.Properties = &pg.ServerProperties{CreateMode: to.Ptr(pg.CreateModeReplica), SourceServerResourceID: to.Ptr(source)}
	}
	if _, err := c.Postgres.NewServersClient().BeginCreate(t.Context(), group, name, s, nil); err != nil {
		t.Fatal(err)
	}
	return idOf(group, "Microsoft.DBforPostgreSQL/flexibleServers/"+name)
}

func account(t *testing.T, c *Cloud, group, name, marker string) string {
	t.Helper()
	if _, err := c.Storage.NewAccountsClient().BeginCreate(t.Context(), group, name, armstorage.AccountCreateParameters{
		Kind: to.Ptr(armstorage.KindStorageV2), Location: to.Ptr("westeurope"), SKU: &armstorage.SKU{Name: to.Ptr(armstorage.SKUNameStandardLRS)}, Tags: tagged(marker),
	}, nil); err != nil {
		t.Fatal(err)
	}
	return idOf(group, "Microsoft.Storage/storageAccounts/"+name)
}

func idOf(group, rest string) string {
	return fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/%s", subscription, group, rest)
}

// settled waits until nothing is being made.
func settled(t *testing.T, c *Cloud, ids ...string) {
	t.Helper()
	for _, id := range ids {
		for {
			now, err := c.Target(bench).(*target).look(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if now.there && !now.busy {
				break
			}
			if err := pause(t.Context(), time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// sweep cleans up as a run does.
func sweep(t *testing.T, target drill.Target, marker string) {
	t.Helper()
	for range 10 {
		ids, err := target.Marked(t.Context(), marker)
		if err != nil {
			t.Fatal(err)
		}
		if len(ids) == 0 {
			return
		}
		for _, id := range ids {
			if err := target.Delete(t.Context(), id); err != nil {
				t.Errorf("delete %s: %v", id, err)
			}
		}
	}
	t.Error("the clean-up does not end")
}

func TestCleanUp(t *testing.T) {
	t.Parallel()
	azure, c := rehearsal(t, arm.Options{Duration: 30 * time.Millisecond})
	first := server(t, c, bench, "pg-a", mine, "")
	other := server(t, c, bench, "pg-other", "tillit-run-2", "")
	untagged := account(t, c, bench, "plain", "")
	outside := account(t, c, "rg-production", "outside", mine)
	settled(t, c, first)
	second := server(t, c, bench, "pg-b", mine, first)
	settled(t, c, second)
	third := server(t, c, bench, "pg-0", mine, second) // its making has only begun
	scratch := account(t, c, bench, "scratch", mine)
	identity := idOf(bench, "Microsoft.ManagedIdentity/userAssignedIdentities/id-scratch")
	poller, err := c.Resources.NewClient().BeginCreateOrUpdateByID(t.Context(), identity, "2023-01-31", armresources.GenericResource{Location: to.Ptr("westeurope"), Tags: tagged(mine)}, nil)
	if _, err := Done(t.Context(), poller, err); err != nil {
		t.Fatal(err)
	}

	target := c.Target(bench).(*target)
	target.most = 20 * time.Millisecond
	ids, err := target.Marked(t.Context(), mine)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{third, second, first, identity, scratch}; !slices.Equal(ids, want) {
		t.Errorf("listed\n%s\nwant\n%s", strings.Join(ids, "\n"), strings.Join(want, "\n"))
	}
	sweep(t, target, mine)
	left := azure.Resources()
	for _, id := range []string{first, second, third, scratch, identity} {
		if slices.Contains(left, id) {
			t.Errorf("%s is left", id)
		}
	}
	for _, id := range []string{other, untagged, outside} {
		if !slices.Contains(left, id) {
			t.Errorf("%s was deleted and is not the run's", id)
		}
	}
	if err := target.Delete(t.Context(), first); err != nil {
		t.Errorf("one that is gone: %v", err)
	}
}

func TestDeleteRefuses(t *testing.T) {
	t.Parallel()
	azure, c := rehearsal(t, arm.Options{})
	id, other := server(t, c, bench, "pg-a", mine, ""), server(t, c, bench, "pg-other", "tillit-run-2", "")
	settled(t, c, id, other)
	target := c.Target(bench)
	if err := target.Delete(t.Context(), id); err == nil || !strings.Contains(err.Error(), "was not listed") {
		t.Errorf("one that was never listed: %v", err)
	}
	if _, err := target.Marked(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{other, idOf("rg-production", "Microsoft.DBforPostgreSQL/flexibleServers/pg-a"), "/subscriptions/" + subscription + "/resourceGroups/" + bench, ""} {
		if err := target.Delete(t.Context(), id); err == nil || !strings.Contains(err.Error(), "is not deleted") {
			t.Errorf("%q: %v", id, err)
		}
	}
	// Somebody takes it over between the list and the delete.
	poller, err := c.Postgres.NewServersClient().BeginUpdate(t.Context(), bench, "pg-a", pg.ServerForUpdate{Tags: map[string]*string{drill.MarkerTag: to.Ptr(mine + "0")}}, nil)
	if _, err := Done(t.Context(), poller, err); err != nil {
		t.Fatal(err)
	}
	if err := target.Delete(t.Context(), id); err == nil || !strings.Contains(err.Error(), "no longer carries the marker") {
		t.Errorf("one whose marker has changed: %v", err)
	}
	if left := azure.Resources(); !slices.Contains(left, id) || !slices.Contains(left, other) {
		t.Errorf("something was deleted: %q", left)
	}
	for _, marker := range []string{"", "x' or tagName eq 'estate"} {
		if ids, err := target.Marked(t.Context(), marker); err == nil {
			t.Errorf("the marker %q lists %q", marker, ids)
		}
	}
}

func TestLockedResourceIsNamed(t *testing.T) {
	t.Parallel()
	_, c := rehearsal(t, arm.Options{})
	id := account(t, c, bench, "scratch", mine)
	settled(t, c, id)
	poller, err := c.Resources.NewClient().BeginCreateOrUpdateByID(t.Context(), id+"/providers/Microsoft.Authorization/locks/keep", "2020-05-01",
		armresources.GenericResource{Properties: map[string]any{"level": "CanNotDelete"}}, nil)
	if _, err := Done(t.Context(), poller, err); err != nil {
		t.Fatal(err)
	}
	target := c.Target(bench)
	if _, err := target.Marked(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	if err := target.Delete(t.Context(), id); err == nil || !strings.Contains(err.Error(), "ScopeLocked") {
		t.Errorf("the error is %v", err)
	}
}

func TestGroupThatIsGone(t *testing.T) {
	t.Parallel()
	_, c := rehearsal(t, arm.Options{})
	if ids, err := c.Target("rg-nowhere").Marked(t.Context(), mine); err != nil || len(ids) != 0 {
		t.Errorf("got %q, %v", ids, err)
	}
}

// stubborn is an ARM with one account in the workbench whose delete conflicts a
// number of times, below zero for ever.
func stubborn(t *testing.T, conflicts int, state string) (*Cloud, *script) {
	id := idOf(bench, "Microsoft.Storage/storageAccounts/scratch")
	view := map[string]any{"id": id, "name": "scratch", "tags": map[string]any{drill.MarkerTag: mine}, "properties": map[string]any{"provisioningState": state}}
	var mu sync.Mutex
	gone := false
	s := &script{deeds: []deed{func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.Method == http.MethodDelete && conflicts != 0:
			conflicts--
			answer(w, http.StatusConflict, says("CannotDeleteResource", "It is in use."))
		case r.Method == http.MethodDelete:
			gone = true
			w.WriteHeader(http.StatusOK)
		case strings.HasSuffix(r.URL.Path, "/scratch") && gone:
			answer(w, http.StatusNotFound, says("ResourceNotFound", "Gone."))
		case strings.HasSuffix(r.URL.Path, "/scratch"):
			answer(w, http.StatusOK, view)
		case strings.HasSuffix(r.URL.Path, "/storageAccounts"), strings.HasSuffix(r.URL.Path, "/resources"):
			answer(w, http.StatusOK, map[string]any{"value": []any{view}}) // late, as ARM's lists are
		default:
			answer(w, http.StatusOK, map[string]any{"value": []any{}})
		}
	}}}
	return connected(t, serve(t, s.ServeHTTP).URL, &signs{}), s
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		conflicts int
		state     string
		deleted   bool
	}{
		{"passes", 3, "Succeeded", true},
		{"stays", -1, "Succeeded", false},
		{"being made", 12, "Creating", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := stubborn(t, test.conflicts, test.state)
			target := c.Target(bench).(*target)
			target.first, target.most, target.brief = 5*time.Millisecond, 20*time.Millisecond, 100*time.Millisecond
			ids, err := target.Marked(t.Context(), mine)
			if err != nil || len(ids) != 1 {
				t.Fatal(ids, err)
			}
			err = target.Delete(t.Context(), ids[0])
			if (err == nil) != test.deleted || err != nil && !strings.Contains(err.Error(), "It is in use") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// A list that still names what is gone must not make the clean-up spin.
func TestLateLists(t *testing.T) {
	t.Parallel()
	c, s := stubborn(t, 0, "Succeeded")
	target := c.Target(bench).(*target)
	target.first, target.most = time.Millisecond, 50*time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for ctx.Err() == nil {
		ids, err := target.Marked(ctx, mine)
		if err != nil {
			break
		}
		for _, id := range ids {
			if err := target.Delete(ctx, id); err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
		}
	}
	if s.count() > 70 {
		t.Errorf("%d requests in 300 ms", s.count())
	}
}
