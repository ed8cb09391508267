package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// fileSystem is what a log needs of a disk. Tests put one in its place that
// fails, writes short, or loses at a crash whatever was not flushed.
type fileSystem interface {
	// MkdirAll makes a folder and those above it, and makes them last.
	MkdirAll(path string) error
	ReadDir(path string) ([]fs.DirEntry, error)
	Open(path string) (io.ReadCloser, error)
	// Create makes an empty file for writing, in the place of any other.
	Create(path string) (file, error)
	// SyncFile flushes a file that is there already.
	SyncFile(path string) error
	// Rename moves a file at once, in the place of any other.
	Rename(from, to string) error
	Remove(path string) error
	// SyncDir flushes a folder's list of names.
	SyncDir(path string) error
	// Lock waits for the folder's lock, shared or not, until ctx is done.
	Lock(ctx context.Context, path string, shared bool) (unlock func() error, err error)
}

type file interface {
	io.WriteCloser
	Sync() error
}

// osFiles is the machine's own file system.
type osFiles struct{}

var _ fileSystem = osFiles{}

func (o osFiles) MkdirAll(path string) error {
	if info, err := os.Stat(path); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", path)
		}
		return nil
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := o.MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return o.SyncDir(parent)
}

func (osFiles) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }

func (osFiles) Open(path string) (io.ReadCloser, error) { return os.Open(path) }

func (osFiles) Create(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
}

func (osFiles) SyncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (osFiles) Rename(from, to string) error { return os.Rename(from, to) }

func (osFiles) Remove(path string) error { return os.Remove(path) }

func (osFiles) SyncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// LockFolder waits for the system's lock on a folder until ctx is done. The lock
// is given back by unlock, or when the process ends, however it ends. Without it
// in time the error is ErrLocked.
func LockFolder(ctx context.Context, dir string) (unlock func() error, err error) {
	return osFiles{}.Lock(ctx, dir, false)
}

var errTooLarge = errors.New("it is larger")

// readLimited reads all of r, which must not hold more than limit bytes.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w than %d bytes", errTooLarge, limit)
	}
	return data, nil
}
