package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

func TestBlobs(t *testing.T) {
	ctx := context.Background()
	c := rehearsaltest.Container(t, azure, account, "beats")
	_, err := c.NewBlockBlobClient("a document").UploadBuffer(ctx, []byte("x"), nil)
	must(t, err)
	_, err = c.NewBlockBlobClient(Prefix+"2099-01-01/somebody else's").UploadBuffer(ctx, []byte("x"), nil)
	must(t, err)
	if _, err := NewestBlob(ctx, c); !errors.Is(err, ErrNone) {
		t.Errorf("without a beat: %v", err)
	}
	for i := range 3 {
		b, err := WriteBlob(ctx, c)
		must(t, err)
		near(t, b.At)
		if b.Sequence != int64(i+1) {
			t.Errorf("beat %d has number %d", i+1, b.Sequence)
		}
		if got, err := NewestBlob(ctx, c); err != nil || got != b {
			t.Errorf("the newest is %v, %v; want %v", got, err, b)
		}
	}
	t.Run("damaged content", func(t *testing.T) {
		b, err := WriteBlob(ctx, c)
		must(t, err)
		for _, content := range []string{"", "{", `{"sequence":1}`, strings.Repeat(" ", 5000) + `{"sequence":4}`} {
			_, err = c.NewBlockBlobClient(nameOf(b)).UploadBuffer(ctx, []byte(content), nil)
			must(t, err)
			if _, err := NewestBlob(ctx, c); err == nil || errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("%.20q: %v", content, err)
			}
		}
	})
	t.Run("a service that fails", func(t *testing.T) {
		key, err := container.NewSharedKeyCredential(account.Name, account.Key)
		must(t, err)
		for method, want := range map[string]string{http.MethodGet: "list the heartbeats: ", http.MethodPut: "write the heartbeat " + Prefix} {
			failing, err := container.NewClientWithSharedKeyCredential(c.URL(), key, &container.ClientOptions{ClientOptions: policy.ClientOptions{
				Retry: policy.RetryOptions{MaxRetries: -1},
				Transport: rehearsaltest.Meddled(azure, func(r *http.Request) *http.Response {
					if r.Method != method {
						return nil
					}
					return &http.Response{
						StatusCode: http.StatusForbidden, Request: r, Body: io.NopCloser(strings.NewReader("")),
						Header: http.Header{"X-Ms-Error-Code": {"AuthorizationPermissionMismatch"}},
					}
				}),
			}})
			must(t, err)
			if _, err := WriteBlob(ctx, failing); err == nil || errors.Is(err, ErrNone) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", method, err)
			}
		}
	})
	t.Run("no container", func(t *testing.T) {
		none, err := container.NewClientWithNoCredential(c.URL()+"-not", nil)
		must(t, err)
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		if _, err := NewestBlob(ctx, none); err == nil || errors.Is(err, ErrNone) {
			t.Errorf("got %v", err)
		}
	})
}

// The newest beat is that of the newest day, however many there are.
func TestNewestOfManyDays(t *testing.T) {
	ctx := context.Background()
	c := rehearsaltest.Container(t, azure, account, "days")
	day := time.Date(2026, 11, 20, 23, 59, 58, 0, time.UTC)
	for i, at := range []time.Time{day, day.Add(2 * time.Second), day.AddDate(0, 0, -300), day.Add(time.Second)} {
		must(t, upload(ctx, c, Beat{int64(i + 1), at}))
	}
	if got, err := NewestBlob(ctx, c); err != nil || !got.At.Equal(day.Add(2*time.Second)) {
		t.Errorf("the newest is %v, %v", got, err)
	}
	deleted, err := Prune(ctx, c, 35*24*time.Hour)
	if err != nil || deleted > 4 || deleted == 0 {
		t.Errorf("%d are pruned, %v", deleted, err)
	}
	b, err := WriteBlob(ctx, c)
	must(t, err)
	if deleted, err := Prune(ctx, c, 0); err != nil || deleted > 3 {
		t.Errorf("%d are pruned, %v", deleted, err)
	}
	if got, err := NewestBlob(ctx, c); err != nil || got != b {
		t.Errorf("today's is gone: %v, %v", got, err)
	}
}

// Writers at the same moment overwrite nothing.
func TestWritersAtOnce(t *testing.T) {
	ctx := context.Background()
	c := rehearsaltest.Container(t, azure, account, "race")
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		names = map[string]bool{}
	)
	for range 3 {
		wg.Go(func() {
			b, err := WriteBlob(ctx, c)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			names[nameOf(b)] = true
		})
	}
	wg.Wait()
	if len(names) != 3 {
		t.Errorf("three writers left %v", names)
	}
}

func TestPruneUnderAPolicy(t *testing.T) {
	ctx := context.Background()
	c := rehearsaltest.Container(t, azure, account, "worm")
	for i := range 3 {
		must(t, upload(ctx, c, Beat{int64(i + 1), time.Date(2020, 1, 1, 0, 0, i, 0, time.UTC)}))
	}
	refused := 0
	key, err := container.NewSharedKeyCredential(account.Name, account.Key)
	must(t, err)
	held, err := container.NewClientWithSharedKeyCredential(c.URL(), key, &container.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: rehearsaltest.Meddled(azure, func(r *http.Request) *http.Response {
			if r.Method != http.MethodDelete {
				return nil
			}
			refused++
			return &http.Response{
				StatusCode: http.StatusConflict, Request: r, Body: io.NopCloser(strings.NewReader("")),
				Header: http.Header{"X-Ms-Error-Code": {"BlobImmutableDueToPolicy"}},
			}
		}),
	}})
	must(t, err)
	deleted, err := Prune(ctx, held, time.Hour)
	if deleted != 0 || refused != 1 || err == nil || !strings.Contains(err.Error(), "BlobImmutableDueToPolicy") {
		t.Errorf("%d deleted, %d refused: %v", deleted, refused, err)
	}
}

func TestNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) Beat {
			return Beat{rapid.Int64Range(1, 1e15).Draw(t, name), time.Unix(rapid.Int64Range(0, 4e9).Draw(t, name+" at"), 0).UTC()}
		}
		a, b := draw("a"), draw("b")
		if got, ok := parseName(nameOf(a)); !ok || got != a {
			t.Fatalf("%v is %v", a, got)
		}
		if a.At.Before(b.At) && nameOf(a) >= nameOf(b) {
			t.Fatalf("%v is listed after %v", a, b)
		}
	})
	for _, name := range []string{"", Prefix, Prefix + "2026-11-22/13-05-59Z-1.json", Prefix + "2026-13-22/13-05-59Z-000000000001.json", "x" + nameOf(Beat{1, time.Unix(0, 0)})} {
		if b, ok := parseName(name); ok {
			t.Errorf("%q is %v", name, b)
		}
	}
	if got, want := nameOf(Beat{123, time.Date(2026, 11, 22, 13, 5, 59, 0, time.UTC)}), "tillit-heartbeat/2026-11-22/13-05-59Z-000000000123.json"; got != want {
		t.Error(fmt.Errorf("got %s, want %s", got, want))
	}
}
