package cloud

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
)

// operation is an ARM whose only resource is a server, made by an operation
// with the given states, the last for ever.
func operation(t *testing.T, header map[string]string, states ...map[string]any) (*Cloud, *atomic.Int64) {
	var polls atomic.Int64
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(RehearsalHeader, "a test")
		switch {
		case r.Method == http.MethodPut:
			w.Header().Set("Azure-AsyncOperation", "https://"+r.Host+"/operations/1")
			answer(w, http.StatusCreated, map[string]any{"properties": map[string]any{"provisioningState": "Creating"}})
		case strings.HasPrefix(r.URL.Path, "/operations/"):
			for name, value := range header {
				w.Header().Set(name, value)
			}
			n := min(int(polls.Add(1)), len(states))
			answer(w, http.StatusOK, states[n-1])
		case strings.Contains(r.URL.Path, "flexibleServers"):
			answer(w, http.StatusOK, map[string]any{"name": "made", "properties": map[string]any{"provisioningState": "Succeeded"}})
		default:
			answer(w, http.StatusOK, map[string]any{"subscriptionId": subscription})
		}
	})
	c := connected(t, server.URL, &signs{})
	if !c.Rehearsal {
		t.Error("the endpoint's word that it is a rehearsal went unheard")
	}
	return c, &polls
}

func create(ctx context.Context, c *Cloud) (string, error) {
	poller, err := c.Postgres.NewServersClient().BeginCreate(ctx, bench, "made", pg.Server{Location: to.Ptr("westeurope")}, nil)
	made, err := Done(ctx, poller, err)
	if err != nil {
		return "", err
	}
	return *made.Name, nil
}

func TestDone(t *testing.T) {
	t.Parallel()
	running := map[string]any{"status": "InProgress"}
	c, polls := operation(t, map[string]string{"Retry-After-Ms": "0"}, running, running, map[string]any{"status": "Succeeded"})
	if name, err := create(t.Context(), c); err != nil || name != "made" || polls.Load() != 3 {
		t.Errorf("got %q, %v after %d polls", name, err, polls.Load())
	}
}

func TestDoneFails(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"Failed", "Canceled"} {
		c, _ := operation(t, nil, map[string]any{"status": state, "error": map[string]any{"code": "RegionIsFull", "message": "No capacity in West Europe."}})
		_, err := create(t.Context(), c)
		if err == nil || err.Error() != "the operation failed: Azure says RegionIsFull: No capacity in West Europe" {
			t.Errorf("%s: %v", state, err)
		}
	}
}

func TestDoneEndsWithItsContext(t *testing.T) {
	t.Parallel()
	c, polls := operation(t, map[string]string{"Retry-After": "0"}, map[string]any{"status": "InProgress"})
	cause := errors.New("the time cap was reached")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, cause)
	defer cancel()
	_, err := create(ctx, c)
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), "had not ended") {
		t.Errorf("the error is %v", err)
	}
	if polls.Load() > 31 {
		t.Errorf("%d polls in 300 ms", polls.Load())
	}
}

func TestPollWait(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		asked  time.Duration
		said   bool
		passed time.Duration
		want   time.Duration
	}{
		{0, true, 0, 10 * time.Millisecond},
		{time.Millisecond, true, 100 * time.Millisecond, 10 * time.Millisecond},
		{0, true, 5 * time.Second, 100 * time.Millisecond},
		{0, true, time.Hour, time.Second},
		{10 * time.Second, true, time.Second, 10 * time.Second},
		{10 * time.Minute, true, time.Second, 30 * time.Second},
		{0, false, 0, 5 * time.Second},
	} {
		if got := pollWait(test.asked, test.said, test.passed); got != test.want {
			t.Errorf("asked %s (%t) after %s: waits %s, want %s", test.asked, test.said, test.passed, got, test.want)
		}
	}
}
