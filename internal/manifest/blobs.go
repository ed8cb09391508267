package manifest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// Blobs is what was in a container at an instant, heartbeats left out.
type Blobs struct {
	// At is the instant, a whole second: a restore to it has these blobs.
	At    time.Time `json:"at"`
	Blobs []Blob    `json:"blobs"` // the sample, by name
	Count int64     `json:"count"` // of all, sampled or not
	Bytes int64     `json:"bytes"` // of all
	// Names is a checksum of all names and sizes.
	Names string `json:"names"`
	// Loose are the names of blobs that were made or changed while the container was
	// taken down. A restore may have them or not.
	Loose []string `json:"loose,omitempty"`
}

// Blob is one blob and the SHA-256 of its content.
type Blob struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// second is how exactly a blob service tells the time, in Date and Last-Modified.
const second = time.Second

// TakeBlobs takes down a container: all names and sizes, and the content of at
// most sample blobs, chosen by name so that the choice is the same again. It takes
// two to three seconds and the reading of the sample.
func TakeBlobs(ctx context.Context, c *container.Client, sample int) (*Blobs, error) {
	m, err := takeBlobs(ctx, c, sample)
	if err != nil {
		return nil, fmt.Errorf("take down the container %s: %w", c.URL(), err)
	}
	return m, nil
}

func takeBlobs(ctx context.Context, c *container.Client, sample int) (*Blobs, error) {
	const attempts = 5
	for range attempts {
		m, err := attemptBlobs(ctx, c, sample)
		if !errors.Is(err, errMoved) {
			return m, err
		}
	}
	return nil, fmt.Errorf("blobs were changed or deleted under the hand %d times in a row: try again when less is written", attempts)
}

// errMoved: a blob that had been there was changed or deleted meanwhile.
var errMoved = errors.New("a blob was changed or deleted meanwhile")

// attemptBlobs lists the container twice. What the first list has from before it
// began, and the second has unchanged, was there in between; everything else is
// loose.
func attemptBlobs(ctx context.Context, c *container.Client, sample int) (*Blobs, error) {
	now, err := serviceTime(ctx, c)
	if err != nil {
		return nil, err
	}
	began := now.Add(second) // so that what was written before is older to the second
	if err := pause(ctx, second); err != nil {
		return nil, err
	}
	first, chosen := tally{}, choice{most: sample}
	listed, err := each(ctx, c, func(b *container.BlobItem) {
		if b.Properties.LastModified.Before(began) {
			first.add(b, true)
			chosen.add(*b.Name, *b.Properties.ContentLength)
		}
	})
	if err != nil {
		return nil, err
	}
	m := &Blobs{At: listed.Add(second), Blobs: chosen.sorted(), Count: first.count, Bytes: first.bytes, Names: first.names.String()}
	if err := m.hash(ctx, c); err != nil {
		return nil, err
	}
	for told := listed; told.Before(m.At); {
		if err := pause(ctx, second); err != nil {
			return nil, err
		}
		if told, err = serviceTime(ctx, c); err != nil {
			return nil, err
		}
	}
	again := tally{}
	if _, err := each(ctx, c, func(b *container.BlobItem) {
		if b.Properties.LastModified.Before(began) {
			again.add(b, true)
		} else {
			m.Loose = append(m.Loose, *b.Name)
		}
	}); err != nil {
		return nil, err
	}
	if again != first {
		return nil, errMoved
	}
	return m, nil
}

// hash reads the content of the sample. A blob that is not there any more, or not
// as long as it was, has moved.
func (m *Blobs) hash(ctx context.Context, c *container.Client) error {
	return inParallel(ctx, len(m.Blobs), func(ctx context.Context, i int) error {
		b := &m.Blobs[i]
		sum, size, err := contentSum(ctx, c, b.Name)
		if bloberror.HasCode(err, bloberror.BlobNotFound) || err == nil && size != b.Size {
			return errMoved
		}
		b.SHA256 = sum
		return err
	})
}

// Compare looks at restored blobs and lists every difference.
func (m *Blobs) Compare(ctx context.Context, c *container.Client) ([]Difference, error) {
	differences, err := m.compare(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("compare the container %s with what was taken down: %w", c.URL(), err)
	}
	return differences, nil
}

func (m *Blobs) compare(ctx context.Context, c *container.Client) ([]Difference, error) {
	loose := map[string]bool{}
	for _, name := range m.Loose {
		loose[name] = true
	}
	wanted, sizes := map[string]bool{}, map[string]int64{}
	for _, b := range m.Blobs {
		wanted[b.Name] = true
	}
	whole := int64(len(m.Blobs)) == m.Count // then every other one is too many
	var differences []Difference
	seen := tally{}
	_, err := each(ctx, c, func(b *container.BlobItem) {
		name, size := *b.Name, *b.Properties.ContentLength
		switch {
		case loose[name]:
			return
		case wanted[name]:
			sizes[name] = size
		case whole:
			differences = append(differences, Difference{"blob " + name, absent, fmt.Sprintf("%d bytes", size)})
		}
		seen.add(b, false)
	})
	if err != nil {
		return nil, err
	}
	found := make([]Difference, len(m.Blobs))
	err = inParallel(ctx, len(m.Blobs), func(ctx context.Context, i int) (err error) {
		found[i], err = m.Blobs[i].compare(ctx, c, sizes)
		return err
	})
	if err != nil {
		return nil, err
	}
	differences = append(differences, slices.DeleteFunc(found, func(d Difference) bool { return d.What == "" })...)
	slices.SortFunc(differences, func(a, b Difference) int { return strings.Compare(a.What, b.What) })

	// What the sample does not name shows in the sum of all.
	want, got := m.tally(), seen.String()
	if m.Names != seen.names.String() && (!whole || len(differences) == 0) {
		differences = append(differences, Difference{"all blobs", want, got})
	}
	return differences, nil
}

// compare looks at one blob of the sample.
func (b Blob) compare(ctx context.Context, c *container.Client, sizes map[string]int64) (Difference, error) {
	d := Difference{"blob " + b.Name, fmt.Sprintf("%d bytes, SHA-256 %s", b.Size, b.SHA256), absent}
	if _, ok := sizes[b.Name]; !ok {
		return d, nil
	}
	sum, size, err := contentSum(ctx, c, b.Name)
	if err != nil {
		return d, err
	}
	if d.Seen = fmt.Sprintf("%d bytes, SHA-256 %s", size, sum); d.Seen == d.Want {
		return Difference{}, nil
	}
	return d, nil
}

func (m *Blobs) tally() string {
	return fmt.Sprintf("%d blobs of %d bytes, checksum of names and sizes %s", m.Count, m.Bytes, m.Names)
}
