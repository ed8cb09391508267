package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// memory is a file system that forgets: at a crash, whatever was not flushed is
// there, partly there, or not, as the dice fall. It can also fail at any write.
type memory struct {
	mu    sync.Mutex
	dirs  map[string]bool
	live  map[string]*inode // what a reader sees
	saved map[string]*inode // the names that were flushed
	locks map[string]chan struct{}

	steps int // changes made so far
	// trouble is asked before each change; a short write writes n bytes first.
	trouble func(step int, what, name string, size int) (n int, err error)
}

type inode struct{ data, saved []byte }

var (
	_ fileSystem = (*memory)(nil)

	errCrash = errors.New("the power went")
)

func newMemory() *memory {
	return &memory{dirs: map[string]bool{"/": true}, live: map[string]*inode{}, saved: map[string]*inode{}, locks: map[string]chan struct{}{}}
}

func (m *memory) change(what, name string, size int) (int, error) {
	m.steps++
	if m.trouble == nil {
		return size, nil
	}
	return m.trouble(m.steps, what, name, size)
}

// crashAt loses power at a step; of a write, n bytes still go through.
func (m *memory) crashAt(step, n int) {
	m.trouble = func(now int, _, _ string, size int) (int, error) {
		switch {
		case now < step:
			return size, nil
		case now == step:
			return min(n, size), errCrash
		}
		return 0, errCrash
	}
}

// fullAt runs out of space at a step and stays so.
func (m *memory) fullAt(step, n int) {
	m.trouble = func(now int, what, _ string, size int) (int, error) {
		if now < step || what == "remove" || what == "rename" {
			return size, nil
		}
		if now == step {
			return min(n, size), syscall.ENOSPC
		}
		return 0, syscall.ENOSPC
	}
}

// crash is what is found after the power has come back.
func (m *memory) crash(dice *rand.Rand) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trouble, m.steps = nil, 0
	m.locks = map[string]chan struct{}{}
	names := maps.Clone(m.saved)
	all := map[string]bool{}
	for name := range m.live {
		all[name] = true
	}
	for name := range m.saved {
		all[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if m.live[name] == m.saved[name] || dice.IntN(2) == 0 {
			continue
		}
		if node, ok := m.live[name]; ok {
			names[name] = node
		} else {
			delete(names, name)
		}
	}
	done := map[*inode]bool{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		node := names[name]
		if done[node] {
			continue
		}
		done[node] = true
		if !bytes.Equal(node.data, node.saved) {
			switch dice.IntN(4) {
			case 0:
				node.data = bytes.Clone(node.saved)
			case 1:
				node.data = node.data[:dice.IntN(len(node.data)+1)]
			case 2:
				node.data = make([]byte, len(node.data))
			}
		}
		node.saved = bytes.Clone(node.data)
	}
	m.live, m.saved = names, maps.Clone(names)
}

func (m *memory) clone() *memory {
	c := newMemory()
	c.dirs = maps.Clone(m.dirs)
	for name, node := range m.live {
		c.live[name] = &inode{data: bytes.Clone(node.data), saved: bytes.Clone(node.saved)}
	}
	c.saved = maps.Clone(c.live)
	return c
}

func (m *memory) files(dir string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m.live)) {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			names = append(names, rest)
		}
	}
	return names
}

func (m *memory) MkdirAll(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for ; name != "/" && name != "."; name = path.Dir(name) {
		if !m.dirs[name] {
			if _, err := m.change("mkdir", name, 0); err != nil {
				return err
			}
			m.dirs[name] = true
		}
	}
	return nil
}

func (m *memory) ReadDir(dir string) ([]fs.DirEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirs[dir] {
		return nil, fmt.Errorf("%s: %w", dir, fs.ErrNotExist)
	}
	var entries []fs.DirEntry
	for name := range m.live {
		if path.Dir(name) == dir {
			entries = append(entries, entry{path.Base(name), 0})
		}
	}
	for name := range m.dirs {
		if path.Dir(name) == dir && name != dir {
			entries = append(entries, entry{path.Base(name), fs.ModeDir})
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

type entry struct {
	name string
	mode fs.FileMode
}

func (e entry) Name() string               { return e.name }
func (e entry) IsDir() bool                { return e.mode.IsDir() }
func (e entry) Type() fs.FileMode          { return e.mode }
func (e entry) Info() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }

func (m *memory) Open(name string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	node, ok := m.live[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(bytes.Clone(node.data))), nil
}

func (m *memory) Create(name string) (file, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.change("create", name, 0); err != nil {
		return nil, err
	}
	node, ok := m.live[name]
	if !ok {
		node = &inode{}
		m.live[name] = node
	}
	node.data = nil
	return &handle{m, name, node}, nil
}

type handle struct {
	m    *memory
	name string
	node *inode
}

func (h *handle) Write(data []byte) (int, error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	n, err := h.m.change("write", h.name, len(data))
	h.node.data = append(h.node.data, data[:n]...)
	return n, err
}

func (h *handle) Sync() error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if _, err := h.m.change("sync", h.name, 0); err != nil {
		return err
	}
	h.node.saved = bytes.Clone(h.node.data)
	return nil
}

func (h *handle) Close() error { return nil }

func (m *memory) SyncFile(name string) error {
	m.mu.Lock()
	node, ok := m.live[name]
	m.mu.Unlock()
	if !ok {
		return fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return (&handle{m, name, node}).Sync()
}

func (m *memory) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.change("rename", to, 0); err != nil {
		return err
	}
	node, ok := m.live[from]
	if !ok {
		return fmt.Errorf("%s: %w", from, fs.ErrNotExist)
	}
	delete(m.live, from)
	m.live[to] = node
	return nil
}

func (m *memory) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.change("remove", name, 0); err != nil {
		return err
	}
	delete(m.live, name)
	return nil
}

func (m *memory) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.change("syncdir", dir, 0); err != nil {
		return err
	}
	for name := range m.saved {
		if _, ok := m.live[name]; !ok && path.Dir(name) == dir {
			delete(m.saved, name)
		}
	}
	for name, node := range m.live {
		if path.Dir(name) == dir {
			m.saved[name] = node
		}
	}
	return nil
}

func (m *memory) Lock(ctx context.Context, name string, _ bool) (func() error, error) {
	m.mu.Lock()
	held, ok := m.locks[name]
	if !ok {
		held = make(chan struct{}, 1)
		m.locks[name] = held
	}
	m.mu.Unlock()
	select {
	case held <- struct{}{}:
		return func() error { <-held; return nil }, nil
	case <-ctx.Done():
		return nil, ErrLocked
	case <-time.After(10 * time.Second):
		return nil, errors.New("a lock was not given back")
	}
}
