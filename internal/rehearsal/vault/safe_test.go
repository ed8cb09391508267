package vault

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"pgregory.net/rapid"
)

// shelf is a blob store that does as little as a safe needs.
type shelf struct {
	mu     sync.Mutex
	blocks map[string][]byte
	blobs  map[string][]byte
}

var latest = regexp.MustCompile(`<(?:Latest|Uncommitted|Committed)>([^<]*)<`)

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	query := r.URL.Query()
	switch kept, there := s.blobs[r.URL.Path]; {
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	case r.Method == http.MethodPut && query.Get("comp") == "block":
		s.blocks[r.URL.Path+" "+query.Get("blockid")] = body
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPut && query.Get("comp") == "blocklist":
		var whole []byte
		for _, id := range latest.FindAllSubmatch(body, -1) {
			whole = append(whole, s.blocks[r.URL.Path+" "+string(id[1])]...)
		}
		s.blobs[r.URL.Path] = whole
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPut:
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodGet && there:
		_, _ = w.Write(kept) // the client notices
	case r.Method == http.MethodDelete && there:
		delete(s.blobs, r.URL.Path)
		w.WriteHeader(http.StatusAccepted)
	default:
		w.Header().Set("X-Ms-Error-Code", "BlobNotFound")
		w.WriteHeader(http.StatusNotFound)
	}
}

func opened(t *testing.T) (*safe, *shelf) {
	t.Helper()
	store := &shelf{blocks: map[string][]byte{}, blobs: map[string][]byte{}}
	server := httptest.NewServer(store)
	t.Cleanup(server.Close)
	c, err := container.NewClientWithNoCredential(server.URL+"/copies", nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSafe(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s, store
}

// What is put into a safe comes out of it, whatever its size, and lies there as
// nothing that could be read.
func TestSafe(t *testing.T) {
	s, store := opened(t)
	for _, size := range []int{0, 1, 1000, piece - 1, piece, piece + 1, 2*piece + 7} {
		content := bytes.Repeat([]byte("secret "), size/7+1)[:size]
		n, err := s.put(t.Context(), "file", bytes.NewReader(content))
		if err != nil || n != int64(size) {
			t.Fatalf("put %d bytes: %d, %v", size, n, err)
		}
		if kept := store.blobs["/copies/file"]; bytes.Contains(kept, []byte("secret ")) {
			t.Errorf("%d bytes lie there in the clear", size)
		}
		var got bytes.Buffer
		if err := s.get(t.Context(), "file", &got); err != nil || !bytes.Equal(got.Bytes(), content) {
			t.Errorf("%d bytes came back as %d, %v", size, got.Len(), err)
		}
	}
	for range 2 {
		if err := s.remove(t.Context(), "file"); err != nil {
			t.Error(err)
		}
	}
	if err := s.get(t.Context(), "file", io.Discard); err == nil {
		t.Error("a file was fetched that had been removed")
	}
}

// Any change of what lies in a safe is noticed: a byte, an end cut off, pieces in
// another order, another file's content.
func TestSafeNotices(t *testing.T) {
	s, store := opened(t)
	for _, name := range []string{"one", "other"} {
		if _, err := s.put(t.Context(), name, strings.NewReader(strings.Repeat(name, piece/2))); err != nil {
			t.Fatal(err)
		}
	}
	const path = "/copies/one"
	whole := piece + s.seal.Overhead()
	kept := store.blobs[path]
	changes := map[string][]byte{
		"the last piece is gone": kept[:whole],
		"the pieces are swapped": slices.Concat(kept[whole:], kept[:whole]),
		"another file's content": store.blobs["/copies/other"],
		"something is added":     append(slices.Clone(kept), 0),
		"nothing is left":        {},
	}
	for what, changed := range changes {
		store.blobs[path] = changed
		if err := s.get(t.Context(), "one", io.Discard); err == nil {
			t.Errorf("%s, and it was not noticed", what)
		}
	}
	if _, err := s.put(t.Context(), "one", strings.NewReader("a short one")); err != nil {
		t.Fatal(err)
	}
	kept = store.blobs[path]
	rapid.Check(t, func(t *rapid.T) {
		changed := slices.Clone(kept)
		changed[rapid.IntRange(0, len(kept)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		store.blobs[path] = changed
		if err := s.get(t.Context(), "one", io.Discard); err == nil {
			t.Error("a changed byte was not noticed")
		}
	})
}
