package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/drill"
)

// target is what carries the marker in one resource group.
func (c *Cloud) target(group string) *target {
	return &target{
		cloud: c, group: last(group), markers: map[string]string{}, absent: map[string]bool{},
		patience: 30 * time.Minute, brief: time.Minute, first: 100 * time.Millisecond, most: 15 * time.Second,
	}
}

// target deletes what it has listed, and nothing else.
type target struct {
	cloud *Cloud
	group string

	patience    time.Duration // with a resource that is being made, changed or deleted
	brief       time.Duration // with one that is not and refuses to go
	first, most time.Duration // between two attempts

	mu      sync.Mutex
	markers map[string]string // by id, in lower case
	absent  map[string]bool   // what was listed and could not be read
}

// found is a resource that carries a marker.
type found struct{ id, source string } // source is the id of the server that it is a copy of

// Marked lists what carries the marker: the Resource Manager's own list, which
// knows every type but is a little late, and the lists of the providers whose
// resources drills make. Copies stand before their sources.
func (t *target) Marked(ctx context.Context, marker string) ([]string, error) {
	if marker == "" || strings.ContainsAny(marker, "'\"") {
		return nil, fmt.Errorf("%q is no marker", marker)
	}
	all := map[string]found{}
	for _, list := range []func(context.Context, string, map[string]found) error{t.servers, t.accounts, t.databases, t.resources} {
		if err := list(ctx, marker, all); err != nil {
			if err = Explain(err); errors.Is(err, ErrNotFound) {
				continue // without the group there is nothing in it
			}
			return nil, fmt.Errorf("list what carries %s in %s: %w", marker, t.group, err)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var ids []string
	for key, f := range all {
		t.markers[key] = marker
		ids = append(ids, f.id)
	}
	depth := func(id string) int {
		n := strings.Count(id, "/") // parts before what they are part of
		for key := strings.ToLower(id); all[key].source != "" && n < 1000; n++ {
			key = all[key].source
		}
		return n
	}
	slices.SortFunc(ids, func(a, b string) int {
		if d := depth(b) - depth(a); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return ids, nil
}

func (t *target) servers(ctx context.Context, marker string, all map[string]found) error {
	pager := t.cloud.Postgres.NewServersClient().NewListByResourceGroupPager(t.group, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, s := range page.Value {
			if s.ID == nil || !marked(s.Tags, marker) {
				continue
			}
			f := found{id: *s.ID}
			if s.Properties != nil && s.Properties.SourceServerResourceID != nil {
				f.source = strings.ToLower(*s.Properties.SourceServerResourceID)
			}
			all[strings.ToLower(f.id)] = f
		}
	}
	return nil
}

func (t *target) accounts(ctx context.Context, marker string, all map[string]found) error {
	pager := t.cloud.Storage.NewAccountsClient().NewListByResourceGroupPager(t.group, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, a := range page.Value {
			if a.ID != nil && marked(a.Tags, marker) {
				all[strings.ToLower(*a.ID)] = found{id: *a.ID}
			}
		}
	}
	return nil
}

// resources asks the Resource Manager. Its list still names for a while what is
// gone, so each is looked at.
func (t *target) resources(ctx context.Context, marker string, all map[string]found) error {
	pager := t.cloud.Resources.NewClient().NewListByResourceGroupPager(t.group, &armresources.ClientListByResourceGroupOptions{
		Filter: to.Ptr(fmt.Sprintf("tagName eq '%s' and tagValue eq '%s'", drill.MarkerTag, marker)),
		Expand: to.Ptr("provisioningState"),
	})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, r := range page.Value {
			if r.ID == nil {
				continue
			}
			key := strings.ToLower(*r.ID)
			if _, known := all[key]; known {
				continue
			}
			now, err := t.look(ctx, *r.ID)
			if err != nil {
				return err
			}
			making := r.ProvisioningState != nil && underWay(*r.ProvisioningState)
			if now.there && now.marker == marker || !now.there && making {
				all[key] = found{id: *r.ID}
			}
		}
	}
	return nil
}

// marked reports the marker among a resource's tags. Tags' names have no case.
func marked(tags map[string]*string, marker string) bool { return markerOf(tags) == marker }

func markerOf(tags map[string]*string) string {
	for name, value := range tags {
		if strings.EqualFold(name, drill.MarkerTag) && value != nil {
			return *value
		}
	}
	return ""
}

// state is a resource as it is now.
type state struct {
	there  bool
	marker string
	busy   bool // it is being made, changed or deleted
}

// look reads a resource.
func (t *target) look(ctx context.Context, id string) (state, error) {
	kind, _, known := azure.Parse(id)
	if !known {
		return state{}, fmt.Errorf("%s is of a type that tillit does not know: delete it by hand", id)
	}
	got, err := t.cloud.Resources.NewClient().GetByID(ctx, id, kind.APIVersion, nil)
	if err != nil {
		if err = Explain(err); errors.Is(err, ErrNotFound) {
			return state{}, nil
		}
		return state{}, err
	}
	now := state{there: true, marker: markerOf(got.Tags)}
	if properties, ok := got.Properties.(map[string]any); ok {
		for _, name := range []string{"provisioningState", "state"} {
			text, _ := properties[name].(string)
			now.busy = now.busy || underWay(text)
		}
	}
	return now, nil
}

// underWay reports a state in which something is being done to a resource: those
// of ARM in general and those of a flexible server.
func underWay(state string) bool {
	return slices.ContainsFunc([]string{"Accepted", "Creating", "Deleting", "Dropping", "Provisioning", "ResolvingDNS", "Restarting", "Running", "Starting", "Stopping", "Updating"},
		func(s string) bool { return strings.EqualFold(s, state) })
}

// Delete deletes what Marked has listed, and waits until a read no longer finds
// it. Right before, it reads the marker again.
func (t *target) Delete(ctx context.Context, id string) error {
	t.mu.Lock()
	marker, listed := t.markers[strings.ToLower(id)]
	t.mu.Unlock()
	if !listed || !t.holds(id) {
		return fmt.Errorf("%s is not deleted: it was not listed as a run's own in %s", id, t.group)
	}
	begun := clock.Now()
	var conflict error
	for wait := t.first; ; wait = min(2*wait, t.most) {
		now, err := t.look(ctx, id)
		switch {
		case err != nil:
			return err
		case !now.there:
			return t.gone(ctx, id)
		case now.marker != marker:
			return fmt.Errorf("%s is not deleted: it no longer carries the marker %s", id, marker)
		}
		if conflict != nil {
			if passed := clock.Since(begun); passed > t.patience || passed > t.brief && !now.busy {
				return conflict
			}
		}
		kind, _, _ := azure.Parse(id)
		poller, err := t.cloud.Resources.NewClient().BeginDeleteByID(ctx, id, kind.APIVersion, nil)
		if _, err = Done(ctx, poller, err); err != nil && !errors.Is(err, ErrNotFound) {
			var answer *azcore.ResponseError
			if !errors.As(err, &answer) || answer.StatusCode != http.StatusConflict || answer.ErrorCode == "ScopeLocked" {
				return err
			}
			conflict = err
		}
		if err := pause(ctx, wait); err != nil {
			return errors.Join(conflict, err)
		}
	}
}

// gone is told of a resource that cannot be read. A list may name what is gone, or
// what cannot be read yet: the second time, it is given time to be one or the
// other.
func (t *target) gone(ctx context.Context, id string) error {
	t.mu.Lock()
	again := t.absent[strings.ToLower(id)]
	t.absent[strings.ToLower(id)] = true
	t.mu.Unlock()
	if again {
		return pause(ctx, t.most)
	}
	return nil
}

// holds reports that an id lies in the group.
func (t *target) holds(id string) bool {
	prefix := fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/", t.cloud.Subscription, t.group)
	return len(id) > len(prefix) && strings.EqualFold(id[:len(prefix)], prefix)
}
