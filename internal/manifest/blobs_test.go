package manifest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

func put(t testing.TB, c *container.Client, name, content string) {
	t.Helper()
	_, err := c.NewBlockBlobClient(name).UploadBuffer(context.Background(), []byte(content), nil)
	must(t, err)
}

func remove(t testing.TB, c *container.Client, name string) {
	t.Helper()
	_, err := c.NewBlobClient(name).Delete(context.Background(), nil)
	must(t, err)
}

func compareBlobs(t *testing.T, m *Blobs, c *container.Client) []string {
	t.Helper()
	differences, err := m.Compare(context.Background(), c)
	must(t, err)
	var lines []string
	for _, d := range differences {
		lines = append(lines, d.What+": "+d.Want+" -> "+d.Seen)
	}
	return lines
}

func TestBlobs(t *testing.T) {
	ctx := context.Background()
	c := rehearsaltest.Container(t, azure, account, "documents")
	for i := range 12 {
		put(t, c, fmt.Sprintf("2026/document %d.pdf", i), strings.Repeat("x", i))
	}
	put(t, c, "æøå & <tag>", "unicode")
	before := clock.Now()
	m, err := TakeBlobs(ctx, c, 100)
	must(t, err)
	if m.At.Nanosecond() != 0 || m.At.Before(before) || m.At.After(clock.Now()) {
		t.Errorf("the instant is %v", m.At)
	}
	if m.Count != 13 || len(m.Blobs) != 13 || m.Bytes != 66+7 || m.Loose != nil {
		t.Fatalf("taken down: %+v", m)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte("xx"))); m.Blobs[4].Name != "2026/document 2.pdf" || m.Blobs[4].SHA256 != want {
		t.Errorf("a blob is %+v", m.Blobs[4])
	}
	few, err := TakeBlobs(ctx, c, 3)
	must(t, err)
	if few.Count != 13 || few.Names != m.Names || len(few.Blobs) != 3 {
		t.Fatalf("a sample: %+v", few)
	}
	b, err := json.Marshal(m)
	must(t, err)
	var kept Blobs
	must(t, json.Unmarshal(b, &kept))
	if !reflect.DeepEqual(&kept, m) {
		t.Errorf("in JSON: %s", b)
	}

	t.Run("the same", func(t *testing.T) {
		_, err := heartbeat.WriteBlob(ctx, c)
		must(t, err)
		for _, m := range []*Blobs{m, few, &kept} {
			if d := compareBlobs(t, m, c); d != nil {
				t.Error(d)
			}
		}
	})
	t.Run("one too many", func(t *testing.T) {
		put(t, c, "late", "xyz")
		defer remove(t, c, "late")
		starts(t, compareBlobs(t, m, c), "blob late: none -> 3 bytes")
		starts(t, compareBlobs(t, few, c), "all blobs: 13 blobs of 73 bytes, checksum of names and sizes "+m.Names+" -> 14 blobs of 76 bytes")
	})
	t.Run("one missing", func(t *testing.T) {
		remove(t, c, "2026/document 5.pdf")
		starts(t, compareBlobs(t, m, c), "blob 2026/document 5.pdf: 5 bytes, SHA-256 ")
		starts(t, compareBlobs(t, few, c)[max(0, len(compareBlobs(t, few, c))-1):], "all blobs: 13 blobs")
		put(t, c, "2026/document 5.pdf", "xxxxx")
	})
	t.Run("one altered", func(t *testing.T) {
		name := few.Blobs[1].Name
		put(t, c, name, strings.Repeat("y", int(few.Blobs[1].Size)))
		starts(t, compareBlobs(t, m, c), "blob "+name)
		starts(t, compareBlobs(t, few, c), "blob "+name)
		put(t, c, name, strings.Repeat("y", int(few.Blobs[1].Size)+1))
		starts(t, compareBlobs(t, m, c), "blob "+name)
		starts(t, compareBlobs(t, few, c), "blob "+name, "all blobs")
	})
}

// Blobs that come while a container is taken down are loose; one that goes or is
// changed has it taken down again.
func TestBlobsUnderTheHand(t *testing.T) {
	ctx := context.Background()
	c := rehearsaltest.Container(t, azure, account, "busy")
	for i := range 5 {
		put(t, c, fmt.Sprintf("old %d", i), "x")
	}
	// The blobs change when the first of them is read.
	var reads atomic.Int32
	key, err := container.NewSharedKeyCredential(account.Name, account.Key)
	must(t, err)
	watched, err := container.NewClientWithSharedKeyCredential(c.URL(), key, &container.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: rehearsaltest.Meddled(azure, func(r *http.Request) *http.Response {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/old") && reads.Add(1) == 1 {
				put(t, c, "new", "x")
				put(t, c, "old 0", "z")
				remove(t, c, "old 4")
			}
			return nil
		}),
	}})
	must(t, err)
	m, err := TakeBlobs(ctx, watched, 10)
	must(t, err)
	var names []string
	for _, b := range m.Blobs {
		names = append(names, b.Name)
	}
	if want := []string{"new", "old 0", "old 1", "old 2", "old 3"}; !slices.Equal(names, want) {
		t.Errorf("the blobs are %v, want %v", names, want)
	}
	if d := compareBlobs(t, m, c); d != nil {
		t.Error(d)
	}

	reads.Store(0)
	remove(t, c, "new")
	put(t, c, "old 4", "x")
	more, err := attemptBlobs(ctx, watched, 10)
	if more != nil || err == nil {
		t.Errorf("a blob went under the hand: %+v, %v", more, err)
	}
}

func TestBlobsThatCome(t *testing.T) {
	ctx := context.Background()
	c := rehearsaltest.Container(t, azure, account, "arrivals")
	put(t, c, "old", "x")
	var reads atomic.Int32
	key, err := container.NewSharedKeyCredential(account.Name, account.Key)
	must(t, err)
	watched, err := container.NewClientWithSharedKeyCredential(c.URL(), key, &container.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: rehearsaltest.Meddled(azure, func(r *http.Request) *http.Response {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/old") && reads.Add(1) == 1 {
				put(t, c, "new", "x")
			}
			return nil
		}),
	}})
	must(t, err)
	m, err := TakeBlobs(ctx, watched, 10)
	must(t, err)
	if m.Count != 1 || !slices.Equal(m.Loose, []string{"new"}) {
		t.Fatalf("taken down: %+v", m)
	}
	for range 2 { // with the new blob, and without
		if d := compareBlobs(t, m, c); d != nil {
			t.Error(d)
		}
		_, _ = c.NewBlobClient("new").Delete(ctx, nil)
	}
	put(t, c, "another", "x")
	starts(t, compareBlobs(t, m, c), "blob another: none -> 1 bytes")
}

// A service that fails is an error that says at what; content that breaks off is
// read on from there.
func TestFaultsOfTheService(t *testing.T) {
	ctx := context.Background()
	c := rehearsaltest.Container(t, azure, account, "faulty")
	put(t, c, "document", strings.Repeat("0123456789", 100_000))
	m, err := TakeBlobs(ctx, c, 10)
	must(t, err)
	key, err := container.NewSharedKeyCredential(account.Name, account.Key)
	must(t, err)
	behind := func(change func(*http.Request) *http.Response) *container.Client {
		c, err := container.NewClientWithSharedKeyCredential(c.URL(), key, &container.ClientOptions{ClientOptions: policy.ClientOptions{
			Transport: rehearsaltest.Meddled(azure, change), Retry: policy.RetryOptions{MaxRetries: -1},
		}})
		must(t, err)
		return c
	}
	lists := func(r *http.Request) bool { return r.URL.Query().Get("comp") == "list" }
	reads := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/document") }
	answer := func(status int, body string, header http.Header) func(*http.Request) *http.Response {
		return func(r *http.Request) *http.Response {
			return &http.Response{StatusCode: status, Request: r, Body: io.NopCloser(strings.NewReader(body)), Header: header, ContentLength: -1}
		}
	}
	on := func(which func(*http.Request) bool, then func(*http.Request) *http.Response) func(*http.Request) *http.Response {
		return func(r *http.Request) *http.Response {
			if which(r) {
				return then(r)
			}
			return nil
		}
	}
	for name, f := range map[string]struct {
		change func(*http.Request) *http.Response
		want   string
	}{
		"no list":     {on(lists, answer(503, "", http.Header{"X-Ms-Error-Code": {"ServerBusy"}})), "list the blobs: "},
		"a list cut":  {on(lists, answer(200, `<?xml version="1.0"?><EnumerationResults><Blobs><Blob><Name>a`, http.Header{"Content-Type": {"application/xml"}})), "list the blobs: "},
		"no time":     {on(lists, answer(200, `<?xml version="1.0"?><EnumerationResults><Blobs></Blobs></EnumerationResults>`, http.Header{"Content-Type": {"application/xml"}})), "what time it is"},
		"no right":    {on(reads, answer(403, "", http.Header{"X-Ms-Error-Code": {"AuthorizationPermissionMismatch"}})), "read the blob document: "},
		"never whole": {on(reads, answer(200, "0123", http.Header{"Content-Length": {"1000000"}})), ""},
	} {
		t.Run(name, func(t *testing.T) {
			differences, err := m.Compare(ctx, behind(f.change))
			if err == nil && len(differences) == 0 || f.want != "" && (err == nil || !strings.Contains(err.Error(), f.want)) {
				t.Errorf("%v, %v", differences, err)
			}
		})
	}
	t.Run("cut once", func(t *testing.T) {
		var cut atomic.Bool
		flaky := behind(on(reads, func(r *http.Request) *http.Response {
			whole, err := rehearsaltest.Client(azure).Transport.RoundTrip(r.Clone(ctx))
			if err == nil && cut.CompareAndSwap(false, true) {
				whole.Body = struct {
					io.Reader
					io.Closer
				}{io.MultiReader(io.LimitReader(whole.Body, 123_456), brokenBody(0)), whole.Body}
			}
			return whole
		}))
		if d := compareBlobs(t, m, flaky); d != nil || !cut.Load() {
			t.Error(d)
		}
	})
	t.Run("given up", func(t *testing.T) {
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		if _, err := TakeBlobs(short, c, 10); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// brokenBody is a connection that has been reset.
type brokenBody int

func (brokenBody) Read([]byte) (int, error) {
	return 0, &net.OpError{Op: "read", Err: syscall.ECONNRESET}
}

// The sample and the sums do not depend on the order, and the sample is of the
// size wanted.
func TestChoice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringN(1, 10, -1), 0, 30, rapid.ID[string]).Draw(t, "names")
		most := rapid.IntRange(0, 10).Draw(t, "most")
		draw := func(names []string) ([]Blob, sum) {
			c, s := choice{most: most}, sum{}
			for _, name := range names {
				c.add(name, 1)
				s.add(name)
			}
			return c.sorted(), s
		}
		a, sa := draw(names)
		b, sb := draw(rapid.Permutation(names).Draw(t, "shuffled"))
		if !reflect.DeepEqual(a, b) || sa != sb || len(a) != min(most, len(names)) {
			t.Fatalf("%v, %v", a, b)
		}
		if len(names) > 0 {
			if _, s := draw(names[1:]); s == sa {
				t.Fatal("one less has the same sum")
			}
		}
	})
}
