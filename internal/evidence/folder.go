package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	recordsDir     = "records"
	checkpointsDir = "checkpoints"
	artefactsDir   = "artefacts"
	tmpDir         = "tmp"
)

// Names are relative to the folder, with slashes; they are also the names of
// the copies in a Store.
func recordName(index int64) string    { return fmt.Sprintf("%s/%08d.json", recordsDir, index) }
func checkpointName(size int64) string { return fmt.Sprintf("%s/%08d", checkpointsDir, size) }
func artefactName(digest string) string {
	return artefactsDir + "/" + digest
}

// folder is an evidence folder on a disk.
type folder struct {
	files fileSystem
	dir   string
}

func (f folder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

func (f folder) read(name string, limit int64) ([]byte, error) {
	return readFile(f.files, f.path(name), limit)
}

// write puts a file in its place, whole or not at all, and makes it last.
func (f folder) write(name string, data []byte) error {
	tmp := f.path(tmpDir + "/" + strings.ReplaceAll(name, "/", "-"))
	return writeFile(f.files, tmp, f.path(name), data)
}

// contents lists what is in a folder.
type contents struct {
	records     []int64 // indexes, ascending
	checkpoints []int64 // sizes, ascending
	artefacts   []string
	torn        []string // names of files of writes that did not end
	strange     []string // names of what does not belong there
}

func (f folder) list() (contents, error) {
	var c contents
	top, err := f.files.ReadDir(f.dir)
	if err != nil {
		return c, err
	}
	for _, entry := range top {
		name := entry.Name()
		switch name {
		case recordsDir, checkpointsDir, artefactsDir, tmpDir:
			if entry.IsDir() {
				continue
			}
		}
		c.strange = append(c.strange, name)
	}
	for _, dir := range []string{recordsDir, checkpointsDir, artefactsDir, tmpDir} {
		if slices.Contains(c.strange, dir) {
			continue
		}
		entries, err := f.files.ReadDir(f.path(dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return c, err
		}
		for _, entry := range entries {
			c.add(dir, entry)
		}
	}
	slices.Sort(c.records)
	slices.Sort(c.checkpoints)
	return c, nil
}

func (c *contents) add(dir string, entry fs.DirEntry) {
	name := dir + "/" + entry.Name()
	if entry.Type().IsRegular() {
		switch dir {
		case recordsDir:
			if n, ok := number(strings.TrimSuffix(entry.Name(), ".json")); ok && recordName(n) == name {
				c.records = append(c.records, n)
				return
			}
		case checkpointsDir:
			if n, ok := number(entry.Name()); ok && checkpointName(n) == name {
				c.checkpoints = append(c.checkpoints, n)
				return
			}
		case artefactsDir:
			if isDigest(entry.Name()) {
				c.artefacts = append(c.artefacts, entry.Name())
				return
			}
		case tmpDir:
			c.torn = append(c.torn, name)
			return
		}
	}
	c.strange = append(c.strange, name)
}

func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0
}

// setAside moves a file among the artefacts, under the digest of what it holds.
func (f folder) setAside(name string) (digest string, err error) {
	r, err := f.files.Open(f.path(name))
	if err != nil {
		return "", err
	}
	digest, err = hashOf(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return "", err
	}
	if err := f.files.SyncFile(f.path(name)); err != nil {
		return "", err
	}
	to := f.path(artefactName(digest))
	if err := f.files.Rename(f.path(name), to); err != nil {
		return "", err
	}
	return digest, errors.Join(f.files.SyncDir(filepath.Dir(to)), f.files.SyncDir(filepath.Dir(f.path(name))))
}

func readFile(files fileSystem, path string, limit int64) ([]byte, error) {
	r, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := readLimited(r, limit)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}

// writeFile writes data under a temporary name, flushes it, moves it into place
// and flushes the folder. When it fails, what was there before is still there.
func writeFile(files fileSystem, tmp, path string, data []byte) error {
	f, err := files.Create(tmp)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = files.Rename(tmp, path)
	}
	if err != nil {
		// What is left of it is in the way of nothing if it cannot be removed.
		_ = files.Remove(tmp)
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := files.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
