package evidence

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// tree is the Merkle tree of a log's records, in memory. It is small: 64 bytes
// a record.
type tree struct {
	size   int64
	hashes []tlog.Hash // in tlog's order of storage
}

var _ tlog.HashReader = (*tree)(nil)

// ReadHashes returns stored hashes by their index.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("tree of %d records has no hash %d", t.size, index)
		}
		found[i] = t.hashes[index]
	}
	return found, nil
}

// add appends a leaf.
func (t *tree) add(data []byte) error {
	more, err := tlog.StoredHashes(t.size, data, t)
	if err != nil {
		return fmt.Errorf("tree: %w", err)
	}
	t.hashes = append(t.hashes, more...)
	t.size++
	return nil
}

// root is the root of the tree of the first size records.
func (t *tree) root(size int64) (tlog.Hash, error) {
	return tlog.TreeHash(size, t)
}

// prove proves that the tree of size records continues that of old records.
func (t *tree) prove(size, old int64) (tlog.TreeProof, error) {
	if old == 0 {
		return nil, nil
	}
	return tlog.ProveTree(size, old, t)
}
