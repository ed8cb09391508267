package evidence

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// onDisk writes two runs and an attestation to a real folder.
func onDisk(t *testing.T) (w *world, dir string) {
	t.Helper()
	w = newWorld(t)
	dir = filepath.Join(t.TempDir(), "evidence")
	l, err := Open(context.Background(), dir, w.config)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return w, dir
}

// moody is a store that fails now and then.
type moody struct {
	Store
	after int  // calls of Create that go through
	lost  bool // the one that fails has stored its bytes
}

var errMoody = errors.New("connection reset")

func (m *moody) Create(ctx context.Context, name string, data []byte) error {
	if m.after--; m.after >= 0 {
		return m.Store.Create(ctx, name, data)
	}
	if m.lost {
		if err := m.Store.Create(ctx, name, data); err != nil {
			return err
		}
	}
	return errMoody
}

func TestPushIsResumed(t *testing.T) {
	ctx := context.Background()
	w, dir := onDisk(t)
	const files = 8 + 9 + 2 + 2 + 2 // records, checkpoints, plans, reports, attestation
	for _, lost := range []bool{false, true} {
		for after := range files {
			store := NewFileStore(filepath.Join(t.TempDir(), "store"))
			first, err := Push(ctx, dir, &moody{store, after, lost})
			if !errors.Is(err, errMoody) || first != after {
				t.Fatalf("interrupted after %d: created %d (%v)", after, first, err)
			}
			second, err := Push(ctx, dir, store)
			left := files - after
			if lost {
				left--
			}
			if err != nil || second != left {
				t.Fatalf("resumed after %d: created %d, want %d (%v)", after, second, left, err)
			}
			third, err := Push(ctx, dir, store)
			if err != nil || third != 0 {
				t.Fatalf("again: created %d (%v), want 0", third, err)
			}
			if after != files/2 {
				continue
			}
			back := filepath.Join(t.TempDir(), "back")
			if err := Pull(ctx, store, back); err != nil {
				t.Fatal(err)
			}
			newest, err := Newest(ctx, store)
			if err != nil {
				t.Fatal(err)
			}
			options := w.options()
			options.Pinned = []Pin{{From: "store", Data: newest}}
			report, err := Verify(ctx, back, options)
			if err != nil || !report.OK() || report.Size != 8 || report.Pinned != 1 {
				t.Errorf("what was pulled: %+v, %v", report, err)
			}
			if err := Pull(ctx, store, back); err == nil {
				t.Error("pulled into a folder that was not empty")
			}
		}
	}
}

func TestPushFindsConflicts(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		before, after func(dir, store string) error
		want          func(error) bool
	}{
		"another record in the store": {
			before: func(_, store string) error { return place(store, recordName(3), "x") },
			want:   isConflict(recordName(3)),
		},
		"another artefact in the store": {
			before: func(_, store string) error { return place(store, artefactName(digestOf("%PDF")), "x") },
			want:   isConflict(artefactName(digestOf("%PDF"))),
		},
		"the newest checkpoint differs": {
			after: func(dir, _ string) error { return place(dir, checkpointName(8), "x") },
			want:  isConflict(checkpointName(8)),
		},
		"the folder was rolled back": {
			after: func(dir, _ string) error {
				return errors.Join(os.Remove(filepath.Join(dir, checkpointName(8))), os.Remove(filepath.Join(dir, recordName(7))))
			},
			want: func(err error) bool { return errors.Is(err, ErrRolledBack) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, dir := onDisk(t)
			path := filepath.Join(t.TempDir(), "store")
			store := NewFileStore(path)
			if c.before != nil {
				if err := c.before(dir, path); err != nil {
					t.Fatal(err)
				}
			} else {
				if _, err := Push(ctx, dir, store); err != nil {
					t.Fatal(err)
				}
				if err := c.after(dir, path); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := Push(ctx, dir, store); !c.want(err) {
				t.Errorf("pushing: %v", err)
			}
		})
	}
}

func place(dir, name, text string) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	return errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
}

func isConflict(name string) func(error) bool {
	return func(err error) bool {
		var conflict *ConflictError
		return errors.As(err, &conflict) && conflict.Name == name
	}
}

func TestPushWhileTheLogGrows(t *testing.T) {
	ctx := context.Background()
	w, dir := onDisk(t)
	store := NewFileStore(filepath.Join(t.TempDir(), "store"))
	for i := range 3 {
		if _, err := Push(ctx, dir, store); err != nil {
			t.Fatal(err)
		}
		l, err := Open(ctx, dir, w.config)
		if err != nil {
			t.Fatal(err)
		}
		must(t, l, started(fmt.Sprint("more", i)))
		must(t, l, finished(fmt.Sprint("more", i), Passed))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		w.clock.at = w.clock.at.Add(time.Hour)
	}
	if created, err := Push(ctx, dir, store); err != nil || created != 2+2+2 {
		t.Errorf("created %d (%v), want 6", created, err)
	}
}

func TestFileStore(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	store := NewFileStore(dir)
	if err := store.Create(ctx, "a/b", []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := store.Create(ctx, "a/b", []byte("two")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second time: %v, want fs.ErrExist", err)
	}
	if data, err := store.Read(ctx, "a/b"); err != nil || string(data) != "one" {
		t.Errorf("read %q (%v)", data, err)
	}
	if _, err := store.Read(ctx, "a/c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read nothing: %v", err)
	}
	names, err := store.List(ctx, "a/")
	if err != nil || len(names) != 1 || names[0] != "a/b" {
		t.Errorf("list %v (%v)", names, err)
	}
	for _, name := range []string{"../x", "/x", ""} {
		if err := store.Create(ctx, name, nil); err == nil {
			t.Errorf("%q is created", name)
		}
	}
	if names, err := NewFileStore(filepath.Join(dir, "none")).List(ctx, ""); err != nil || len(names) != 0 {
		t.Errorf("a store that is not there: %v, %v", names, err)
	}
}
