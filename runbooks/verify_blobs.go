package runbooks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
)

// expectedBlobs is what restored containers must show: the newest heartbeat and
// the instant as with rows, and a manifest of each container.
type expectedBlobs struct {
	expected
	Containers map[string]*manifest.Blobs
}

// examineBlobs looks at restored blobs as examine does at restored rows.
func examineBlobs(ctx context.Context, at map[string]*container.Client, want expectedBlobs) (heartbeat.Beat, []drill.Check, error) {
	newest, found, err := newestBlob(ctx, at)
	if err != nil {
		return newest, nil, err
	}
	checks := []drill.Check{{Name: "heartbeat", Detail: "there is none in the restored data"}}
	if found {
		checks[0] = judgeBeat(newest, want.expected)
	}
	var differences []manifest.Difference
	var count int64
	for _, name := range names(want.Containers) {
		if at[name] == nil {
			differences = append(differences, manifest.Difference{What: "container " + name, Want: "there", Seen: "nothing"})
			continue
		}
		more, err := want.Containers[name].Compare(ctx, at[name])
		if err != nil {
			return newest, nil, fmt.Errorf("compare the restored container %s with the manifest: %w", name, cloud.Explain(err))
		}
		for _, d := range more {
			d.What = name + ": " + d.What
			differences = append(differences, d)
		}
		count += want.Containers[name].Count
	}
	return newest, append(checks, judgeBlobs(differences, fmt.Sprintf("%d blobs in %d containers", count, len(want.Containers)))...), nil
}

// judgeBlobs makes a check of every difference, and one of all that is equal.
func judgeBlobs(differences []manifest.Difference, looked string) []drill.Check {
	var checks []drill.Check
	for _, d := range differences[:min(len(differences), mostDifferences)] {
		checks = append(checks, drill.Check{Name: d.What, Detail: fmt.Sprintf("seen %s, want %s", d.Seen, d.Want)})
	}
	if len(differences) > mostDifferences {
		checks = append(checks, drill.Check{Name: "more differences", Detail: fmt.Sprintf("%d in all", len(differences))})
	}
	return append(checks, drill.Check{Name: "data", OK: len(differences) == 0, Detail: looked})
}

// newestBlob is the newest heartbeat of several containers.
func newestBlob(ctx context.Context, at map[string]*container.Client) (newest heartbeat.Beat, found bool, err error) {
	for _, name := range names(at) {
		beat, err := heartbeat.NewestBlob(ctx, at[name])
		if errors.Is(err, heartbeat.ErrNone) {
			continue
		}
		if err != nil {
			return newest, found, fmt.Errorf("read the newest heartbeat of the container %s: %w", name, cloud.Explain(err))
		}
		if !found || beat.At.After(newest.At) {
			newest, found = beat, true
		}
	}
	return newest, found, nil
}

// wrong are the names of the checks that are not OK.
func wrong(checks []drill.Check) []string {
	var names []string
	for _, c := range checks {
		if !c.OK {
			names = append(names, c.Name)
		}
	}
	return names
}

// names are a map's keys in order.
func names[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
