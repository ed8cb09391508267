package manifest

import (
	"container/heap"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// tally counts blobs. Its checksums are sums, so that they do not depend on order
// and take no memory.
type tally struct {
	count, bytes int64
	names, tags  sum // of names and sizes; of names and ETags
}

func (t *tally) add(b *container.BlobItem, tag bool) {
	t.count++
	t.bytes += *b.Properties.ContentLength
	t.names.add(fmt.Sprintf("%d %s", *b.Properties.ContentLength, *b.Name))
	if tag && b.Properties.ETag != nil {
		t.tags.add(fmt.Sprintf("%s %s", *b.Properties.ETag, *b.Name))
	}
}

func (t *tally) String() string {
	return fmt.Sprintf("%d blobs of %d bytes, checksum of names and sizes %s", t.count, t.bytes, t.names.String())
}

// sum adds up the first 128 bits of SHA-256.
type sum struct{ high, low uint64 }

func (s *sum) add(text string) {
	h := sha256.Sum256([]byte(text))
	low := s.low + binary.BigEndian.Uint64(h[8:16])
	carry := uint64(0)
	if low < s.low {
		carry = 1
	}
	s.low, s.high = low, s.high+binary.BigEndian.Uint64(h[:8])+carry
}

func (s sum) String() string { return fmt.Sprintf("%016x%016x", s.high, s.low) }

// choice keeps those names of many whose hashes are the least.
type choice struct {
	most int
	kept chosen
}

type chosen []candidate

type candidate struct {
	hash [sha256.Size]byte
	blob Blob
}

func (c chosen) Len() int           { return len(c) }
func (c chosen) Less(i, j int) bool { return string(c[i].hash[:]) > string(c[j].hash[:]) } // the greatest goes first
func (c chosen) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *chosen) Push(x any)        { *c = append(*c, x.(candidate)) }
func (c *chosen) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

func (c *choice) add(name string, size int64) {
	heap.Push(&c.kept, candidate{sha256.Sum256([]byte(name)), Blob{Name: name, Size: size}})
	if len(c.kept) > c.most {
		heap.Pop(&c.kept)
	}
}

func (c *choice) sorted() []Blob {
	blobs := make([]Blob, len(c.kept))
	for i, k := range c.kept {
		blobs[i] = k.blob
	}
	slices.SortFunc(blobs, func(a, b Blob) int { return strings.Compare(a.Name, b.Name) })
	return blobs
}
