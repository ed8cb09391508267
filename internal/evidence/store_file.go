package evidence

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// FileStore is a Store in a folder, such as a mounted share. It never overwrites
// a file, but unlike blob storage it cannot keep others from doing so.
type FileStore struct{ dir string }

var _ Store = (*FileStore)(nil)

// NewFileStore keeps copies in the folder at dir, which is made when needed.
func NewFileStore(dir string) *FileStore { return &FileStore{dir: dir} }

// Create writes the copy under another name and links it to its own, which fails
// if that is taken.
func (s *FileStore) Create(_ context.Context, name string, data []byte) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	files := osFiles{}
	if err := files.MkdirAll(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "copying-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Link(f.Name(), path)
	}
	if err = errors.Join(err, os.Remove(f.Name())); err != nil {
		return err
	}
	return files.SyncDir(filepath.Dir(path))
}

// Read returns a copy.
func (s *FileStore) Read(_ context.Context, name string) ([]byte, error) {
	path, err := s.path(name)
	if err != nil {
		return nil, err
	}
	return readFile(osFiles{}, path, maxCopy)
}

// List returns the names of all copies under a folder of the store.
func (s *FileStore) List(_ context.Context, prefix string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(s.dir, path)
		if err != nil {
			return err
		}
		if name := filepath.ToSlash(rel); strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

func (s *FileStore) path(name string) (string, error) {
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) {
		return "", fmt.Errorf("%q is no name of a copy", name)
	}
	return filepath.Join(s.dir, local), nil
}
