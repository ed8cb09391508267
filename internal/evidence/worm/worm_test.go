package worm

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/evidence"
)

// blobs is a container that only lets blobs be created, and can be moody.
type blobs struct {
	mu        sync.Mutex
	stored    map[string][]byte
	puts      int
	unguarded int // writes that were not create-only
	// mood is asked before each request: it answers itself, or breaks the
	// connection, and says whether that was all.
	mood func(w http.ResponseWriter, r *http.Request, apply func()) bool
}

func newBlobs(t *testing.T) (*blobs, *httptest.Server) {
	t.Helper()
	b := &blobs{stored: map[string][]byte{}}
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	return b, s
}

func (b *blobs) store(t *testing.T, s *httptest.Server, retries int) *Store {
	t.Helper()
	client, err := container.NewClientWithNoCredential(s.URL+"/evidence", Options(retries, time.Millisecond, 5*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	return New(client, "/ledger-no/")
}

func (b *blobs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := strings.TrimPrefix(r.URL.Path, "/evidence/")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "IncompleteBody")
		return
	}
	put := func() { b.stored[name] = body }
	if b.mood != nil && b.mood(w, r, put) {
		return
	}
	switch {
	case r.Method == http.MethodGet && r.URL.Query().Get("comp") == "list":
		b.list(w, r.URL.Query().Get("prefix"), r.URL.Query().Get("marker"))
	case r.Method == http.MethodGet && b.stored[name] == nil:
		refuse(w, http.StatusNotFound, "BlobNotFound")
	case r.Method == http.MethodGet:
		w.Header().Set("ETag", `"1"`)
		_, _ = w.Write(b.stored[name])
	case r.Method == http.MethodPut:
		b.puts++
		if r.Header.Get("If-None-Match") != "*" || r.Header.Get("Content-MD5") == "" {
			b.unguarded++
		}
		if b.stored[name] != nil {
			refuse(w, http.StatusConflict, "BlobAlreadyExists")
			return
		}
		put()
		w.WriteHeader(http.StatusCreated)
	default:
		refuse(w, http.StatusConflict, "BlobImmutableDueToPolicy")
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("x-ms-error-code", code)
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="utf-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, code)
}

// list answers in pages of two.
func (b *blobs) list(w http.ResponseWriter, prefix, marker string) {
	type item struct{ Name string }
	var answer struct {
		XMLName    xml.Name `xml:"EnumerationResults"`
		Blobs      []item   `xml:"Blobs>Blob"`
		NextMarker string
	}
	for _, name := range slices.Sorted(maps.Keys(b.stored)) {
		if !strings.HasPrefix(name, prefix) || name < marker {
			continue
		}
		if len(answer.Blobs) == 2 {
			answer.NextMarker = name
			break
		}
		answer.Blobs = append(answer.Blobs, item{name})
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(answer)
}

func reset(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

// newEvidence writes a run and returns the folder and what verifies it.
func newEvidence(t *testing.T) (dir string, options evidence.Options) {
	t.Helper()
	ctx, tmp := context.Background(), t.TempDir()
	key, err := evidence.CreateKey(filepath.Join(tmp, "key"))
	if err != nil {
		t.Fatal(err)
	}
	witness, err := evidence.NewLocalWitness("witness.example/w1", key, filepath.Join(tmp, "witness"), []evidence.PublicKey{key.Public()}, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	identity := evidence.Identity{Estate: "ledger-no"}
	dir = filepath.Join(tmp, "evidence")
	log, err := evidence.Open(ctx, dir, evidence.Config{Identity: identity, Signer: key, Witnesses: []evidence.Witness{witness}, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []evidence.Entry{
		{Event: evidence.Event{Kind: evidence.RunStarted, Run: "r1", Drill: "pitr"}, Files: []evidence.File{{Name: "plan", Data: []byte("p")}}},
		{Event: evidence.Event{Kind: evidence.RunFinished, Run: "r1", Outcome: evidence.Passed}, Files: []evidence.File{{Name: "nothing", Data: []byte{}}}},
	} {
		if _, err := log.Append(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, evidence.Options{Identity: identity, Keys: evidence.Keys{Log: []evidence.PublicKey{key.Public()}, Witnesses: []evidence.WitnessKey{witness.Key()}}}
}

const files = 2 + 3 + 2 // records, checkpoints, artefacts

func TestCopiesArePushedAndComeBack(t *testing.T) {
	ctx := context.Background()
	dir, options := newEvidence(t)
	b, s := newBlobs(t)
	store := b.store(t, s, 0)
	for i, want := range []int{files, 0} {
		if created, err := evidence.Push(ctx, dir, store); err != nil || created != want {
			t.Fatalf("push %d: created %d (%v), want %d", i+1, created, err, want)
		}
	}
	if b.unguarded != 0 || b.stored["ledger-no/records/00000001.json"] == nil {
		t.Errorf("%d writes could overwrite; the container holds %v", b.unguarded, slices.Sorted(maps.Keys(b.stored)))
	}
	back := filepath.Join(t.TempDir(), "back")
	if err := evidence.Pull(ctx, store, back); err != nil {
		t.Fatal(err)
	}
	newest, err := evidence.Newest(ctx, store)
	if err != nil {
		t.Fatal(err)
	}
	options.Pinned = []evidence.Pin{{From: "container", Data: newest}}
	report, err := evidence.Verify(ctx, back, options)
	if err != nil || !report.OK() || report.Size != 2 || report.Pinned != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestPushThroughFaults meets each request with a fault once, then lets it pass.
func TestPushThroughFaults(t *testing.T) {
	for name, mood := range map[string]func(w http.ResponseWriter, apply func()){
		"throttled": func(w http.ResponseWriter, _ func()) {
			w.Header().Set("Retry-After", "0")
			refuse(w, http.StatusTooManyRequests, "ServerBusy")
		},
		"internal error":          func(w http.ResponseWriter, _ func()) { refuse(w, http.StatusInternalServerError, "InternalError") },
		"unavailable":             func(w http.ResponseWriter, _ func()) { refuse(w, http.StatusServiceUnavailable, "ServerBusy") },
		"reset":                   func(w http.ResponseWriter, _ func()) { reset(w) },
		"reset after it was done": func(w http.ResponseWriter, apply func()) { apply(); reset(w) },
		"error after it was done": func(w http.ResponseWriter, apply func()) {
			apply()
			refuse(w, http.StatusInternalServerError, "InternalError")
		},
		"condition not met, was done": func(w http.ResponseWriter, apply func()) {
			apply()
			refuse(w, http.StatusPreconditionFailed, "ConditionNotMet")
		},
		"immutable, was done": func(w http.ResponseWriter, apply func()) {
			apply()
			refuse(w, http.StatusConflict, "BlobImmutableDueToPolicy")
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			dir, options := newEvidence(t)
			b, s := newBlobs(t)
			met := map[string]bool{}
			b.mood = func(w http.ResponseWriter, r *http.Request, apply func()) bool {
				if r.Method != http.MethodPut && strings.Contains(name, "was done") || met[r.Method+r.URL.Path] {
					return false
				}
				met[r.Method+r.URL.Path] = true
				mood(w, apply)
				return true
			}
			store := b.store(t, s, 3)
			if _, err := evidence.Push(ctx, dir, store); err != nil {
				t.Fatal(err)
			}
			if len(b.stored) != files {
				t.Errorf("%d copies, want %d", len(b.stored), files)
			}
			back := filepath.Join(t.TempDir(), "back")
			if err := evidence.Pull(ctx, store, back); err != nil {
				t.Fatal(err)
			}
			if report, err := evidence.Verify(ctx, back, options); err != nil || !report.OK() {
				t.Errorf("%+v, %v", report, err)
			}
		})
	}
}

func TestPushGivesUpAndIsResumed(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		code   string
	}{
		"no permission":    {http.StatusForbidden, "AuthorizationPermissionMismatch"},
		"another conflict": {http.StatusConflict, "ContainerBeingDeleted"},
		"always throttled": {http.StatusTooManyRequests, "ServerBusy"},
		"always broken":    {http.StatusInternalServerError, "InternalError"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			dir, _ := newEvidence(t)
			b, s := newBlobs(t)
			b.mood = func(w http.ResponseWriter, r *http.Request, _ func()) bool {
				if r.Method != http.MethodPut || len(b.stored) < 4 {
					return false
				}
				refuse(w, c.status, c.code)
				return true
			}
			store := b.store(t, s, 2)
			created, err := evidence.Push(ctx, dir, store)
			if err == nil || !strings.Contains(err.Error(), c.code) || created != 4 {
				t.Fatalf("created %d, %v; want 4 and %s", created, err, c.code)
			}
			b.mood = nil
			if created, err = evidence.Push(ctx, dir, store); err != nil || created != files-4 {
				t.Errorf("resumed: created %d (%v), want %d", created, err, files-4)
			}
		})
	}
}

func TestOtherBytesAreALoudError(t *testing.T) {
	dir, _ := newEvidence(t)
	b, s := newBlobs(t)
	b.stored["ledger-no/records/00000001.json"] = []byte("another")
	_, err := evidence.Push(context.Background(), dir, b.store(t, s, 0))
	var conflict *evidence.ConflictError
	if !errors.As(err, &conflict) || conflict.Name != "records/00000001.json" {
		t.Errorf("%v, want a conflict", err)
	}
	if string(b.stored["ledger-no/records/00000001.json"]) != "another" {
		t.Error("it was overwritten")
	}
}

func TestReadNothing(t *testing.T) {
	b, s := newBlobs(t)
	if _, err := b.store(t, s, 0).Read(context.Background(), "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want fs.ErrNotExist", err)
	}
}
