package evidence

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Store keeps copies of evidence where nobody can overwrite them: blob storage
// with a locked immutability policy. Names have slashes.
type Store interface {
	// Create stores data under a name that is free. If it is taken, by whatever
	// bytes, the error is fs.ErrExist and nothing has changed.
	Create(ctx context.Context, name string, data []byte) error
	// Read returns what is stored under a name, or fs.ErrNotExist.
	Read(ctx context.Context, name string) ([]byte, error)
	// List returns all names that begin with a prefix, in any order.
	List(ctx context.Context, prefix string) ([]string, error)
}

// ConflictError says that a store holds other bytes under a name than the folder
// does. One of the two is not what was written.
type ConflictError struct{ Name string }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: the copy in the store and the evidence folder differ: one of them was tampered with, or two folders write to one store", e.Name)
}

// maxCopy is the largest file that is copied, 256 MiB.
const maxCopy = 256 << 20

// Push copies what a store does not have yet of the evidence folder at dir. What
// belongs to a checkpoint goes before it, so a checkpoint in the store says that
// all up to it is there, and Push goes on from the newest one: interrupted, it
// is completed by the next. It returns how many files it has created.
//
// A *ConflictError or ErrRolledBack means that the store has seen another log,
// or more of this one.
func Push(ctx context.Context, dir string, to Store) (created int, err error) {
	f := folder{osFiles{}, dir}
	created, err = pushNew(ctx, f, to)
	if err != nil {
		return created, fmt.Errorf("push evidence %s: %w", f.dir, err)
	}
	return created, nil
}

// pushNew needs no lock: what a checkpoint covers never changes.
func pushNew(ctx context.Context, f folder, to Store) (created int, err error) {
	c, err := f.list()
	if err != nil {
		return 0, err
	}
	from, err := pushed(ctx, f, c, to)
	if err != nil {
		return 0, err
	}
	for _, size := range c.checkpoints {
		if size < from {
			continue
		}
		names, err := f.since(size)
		if err != nil {
			return created, err
		}
		for _, name := range names {
			is, err := pushFile(ctx, f, name, to)
			if err != nil {
				return created, err
			}
			created += is
		}
	}
	return created, nil
}

// pushed is the size from which on the store lacks something.
func pushed(ctx context.Context, f folder, c contents, to Store) (int64, error) {
	names, err := to.List(ctx, checkpointsDir+"/")
	if err != nil {
		return 0, fmt.Errorf("list the store: %w", err)
	}
	newest := int64(-1)
	for _, name := range names {
		if n, ok := number(path.Base(name)); ok && checkpointName(n) == name {
			newest = max(newest, n)
		}
	}
	if newest < 0 {
		return 0, nil
	}
	if !slices.Contains(c.checkpoints, newest) {
		return 0, fmt.Errorf("%w: the store has a checkpoint of %d records, the folder has not", ErrRolledBack, newest)
	}
	if _, err := pushFile(ctx, f, checkpointName(newest), to); err != nil {
		return 0, err
	}
	return newest + 1, nil
}

// since names what a checkpoint adds to the one before it: the artefacts of its
// newest record, that record, and itself, in this order.
func (f folder) since(size int64) ([]string, error) {
	var names []string
	if size > 0 {
		name := recordName(size - 1)
		data, err := f.read(name, maxRecord)
		if err != nil {
			return nil, err
		}
		r, err := peekRecord(data)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
		}
		for _, a := range r.Artefacts {
			names = append(names, artefactName(a.SHA256))
		}
		names = append(names, name)
	}
	return append(names, checkpointName(size)), nil
}

// pushFile creates one copy, or finds that the same bytes are there already.
func pushFile(ctx context.Context, f folder, name string, to Store) (created int, err error) {
	data, err := f.read(name, maxCopy)
	if err != nil {
		return 0, err
	}
	err = to.Create(ctx, name, data)
	if err == nil {
		return 1, nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return 0, fmt.Errorf("copy %s: %w", name, err)
	}
	there, err := to.Read(ctx, name)
	if err != nil {
		return 0, fmt.Errorf("read the copy of %s: %w", name, err)
	}
	if string(there) != string(data) {
		return 0, &ConflictError{Name: name}
	}
	return 0, nil
}

// Newest is the newest checkpoint in a store, to be pinned in Verify, or nil.
func Newest(ctx context.Context, from Store) ([]byte, error) {
	names, err := from.List(ctx, checkpointsDir+"/")
	if err != nil {
		return nil, fmt.Errorf("list the store: %w", err)
	}
	if len(names) == 0 {
		return nil, nil
	}
	return from.Read(ctx, slices.Max(names))
}

// Pull copies all evidence in a store into the folder at dir, which must be empty
// or not there, so that it can be verified offline. It checks nothing.
func Pull(ctx context.Context, from Store, dir string) error {
	f := folder{osFiles{}, dir}
	if err := f.files.MkdirAll(dir); err != nil {
		return fmt.Errorf("pull evidence: %w", err)
	}
	if entries, err := f.files.ReadDir(dir); err != nil || len(entries) > 0 {
		return errors.Join(fmt.Errorf("pull evidence: %s is not an empty folder", dir), err)
	}
	for _, sub := range []string{tmpDir, artefactsDir, recordsDir, checkpointsDir} {
		if err := f.files.MkdirAll(f.path(sub)); err != nil {
			return fmt.Errorf("pull evidence: %w", err)
		}
	}
	for _, sub := range []string{artefactsDir, recordsDir, checkpointsDir} {
		names, err := from.List(ctx, sub+"/")
		if err != nil {
			return fmt.Errorf("pull evidence: list the store: %w", err)
		}
		for _, name := range names {
			if !filepath.IsLocal(filepath.FromSlash(name)) || path.Dir(name) != sub || strings.Contains(name, "\\") {
				return fmt.Errorf("pull evidence: %q does not belong in a store of evidence", name)
			}
			data, err := from.Read(ctx, name)
			if err != nil {
				return fmt.Errorf("pull evidence: %w", err)
			}
			if err := f.write(name, data); err != nil {
				return fmt.Errorf("pull evidence: %w", err)
			}
		}
	}
	return nil
}
