package estate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
)

// finder puts an estate together.
type finder struct {
	cloud  *cloud.Cloud
	name   string
	estate *Estate
}

// resource is one of the estate's, as the Resource Manager lists it.
type resource = *arm.ResourceID

// filter picks what carries the estate's tag. The list then leaves the tags out,
// so each resource is read by its own client.
// Source: armresources, ClientListOptions.
func (f *finder) filter() *string {
	return to.Ptr(fmt.Sprintf("tagName eq 'estate' and tagValue eq '%s'", strings.ReplaceAll(f.name, "'", "''")))
}

// list lists the estate's resources, in the order of their ids.
func (f *finder) list(ctx context.Context) ([]resource, error) {
	var out []resource
	pager := f.cloud.Resources.NewClient().NewListPager(&armresources.ClientListOptions{Filter: f.filter()})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Value {
			id, err := arm.ParseResourceID(text(r.ID))
			if err != nil {
				return nil, err
			}
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(a, b resource) int { return strings.Compare(a.String(), b.String()) })
	return out, nil
}

// of are the resources of one type.
func of(all []resource, kind string) []resource {
	var out []resource
	for _, r := range all {
		if strings.EqualFold(r.ResourceType.String(), kind) {
			out = append(out, r)
		}
	}
	return out
}

// groups looks for the workbench and counts the estate's resource groups.
func (f *finder) groups(ctx context.Context) (int, error) {
	count := 0
	pager := f.cloud.Resources.NewResourceGroupsClient().NewListPager(&armresources.ResourceGroupsClientListOptions{Filter: f.filter()})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		for _, g := range page.Value {
			count++
			if !strings.EqualFold(tagsOf(g.Tags)["purpose"], "drills") {
				continue
			}
			if w := f.estate.Workbench; w.ID != "" {
				return 0, twice("the drills' own resource group", w.ID, text(g.ID))
			}
			f.estate.Workbench = Group{text(g.ID), text(g.Name), region(g.Location)}
		}
	}
	return count, nil
}

// own reports that a resource is the estate's by its tags as they are now, and
// not what a drill has made.
func (f *finder) own(tags map[string]string) bool {
	_, made := tags[strings.ToLower(drill.MarkerTag)]
	return tags["estate"] == f.name && tags["class"] != "drills" && !made
}

// absent reports that a resource which was listed is no longer there.
func absent(err error) bool { return errors.Is(cloud.Explain(err), cloud.ErrNotFound) }

func twice(what, one, other string) error {
	return fmt.Errorf("%w: both %s and %s look like %s; take the tag estate off the one that is not", ErrAmbiguous, one, other, what)
}

// tagsOf are a resource's tags. Their names have no case: they come in lower case.
func tagsOf(tags map[string]*string) map[string]string {
	out := map[string]string{}
	for name, value := range tags {
		out[strings.ToLower(name)] = text(value)
	}
	return out
}

// region is a region's name as ARM stores it: West Europe is westeurope.
func region(location *string) string {
	return strings.ToLower(strings.ReplaceAll(text(location), " ", ""))
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
