package cloud

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tillit-dev/tillit/internal/drill"
)

// Target is the cloud for a drill's clean-up: what carries the marker in the given
// resource groups, by their names.
func (c *Cloud) Target(groups ...string) drill.Target {
	if len(groups) == 1 {
		return c.target(groups[0])
	}
	var all targets
	for _, group := range groups {
		all = append(all, c.target(group))
	}
	return all
}

// targets are several resource groups.
type targets []*target

// Marked lists what carries the marker in any of the groups.
func (t targets) Marked(ctx context.Context, marker string) ([]string, error) {
	var ids []string
	for _, one := range t {
		found, err := one.Marked(ctx, marker)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	return ids, nil
}

// Delete deletes in the group that holds the resource.
func (t targets) Delete(ctx context.Context, id string) error {
	for _, one := range t {
		if one.holds(id) {
			return one.Delete(ctx, id)
		}
	}
	return fmt.Errorf("%s is not deleted: it lies in none of the drill's resource groups", id)
}

// databases lists Azure SQL's servers, and the databases on servers whoever's they
// are: a restored one stands beside its source. Who may not list them has made
// none.
func (t *target) databases(ctx context.Context, marker string, all map[string]found) error {
	servers := t.cloud.SQL.NewServersClient().NewListByResourceGroupPager(t.group, nil)
	for servers.More() {
		page, err := servers.NextPage(ctx)
		if errors.Is(Explain(err), ErrForbidden) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, s := range page.Value {
			if s.ID == nil || s.Name == nil {
				continue
			}
			if marked(s.Tags, marker) {
				all[strings.ToLower(*s.ID)] = found{id: *s.ID}
			}
			if err := t.databasesOn(ctx, *s.Name, marker, all); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *target) databasesOn(ctx context.Context, server, marker string, all map[string]found) error {
	pager := t.cloud.SQL.NewDatabasesClient().NewListByServerPager(t.group, server, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			if err = Explain(err); errors.Is(err, ErrNotFound) || errors.Is(err, ErrForbidden) {
				return nil // the server is being deleted, or is none that the drills may look into
			}
			return err
		}
		for _, d := range page.Value {
			if d.ID != nil && marked(d.Tags, marker) {
				all[strings.ToLower(*d.ID)] = found{id: *d.ID}
			}
		}
	}
	return nil
}
