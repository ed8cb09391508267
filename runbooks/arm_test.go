package runbooks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// armWriter writes resources as whoever deploys an estate does, and keeps the
// first error.
type armWriter struct{ err error }

// put makes a resource and waits until it is there.
func (w *armWriter) put(ctx context.Context, id, version string, body map[string]any) {
	if w.err != nil {
		return
	}
	if w.err = w.try(ctx, id, version, body); w.err != nil {
		w.err = fmt.Errorf("put %s: %w", id, w.err)
	}
}

func (w *armWriter) try(ctx context.Context, id, version string, body map[string]any) error {
	status, answer, err := w.send(ctx, http.MethodPut, id, version, body)
	if err != nil {
		return err
	}
	if status >= 300 {
		return fmt.Errorf("status %d: %s", status, answer)
	}
	for {
		status, answer, err := w.send(ctx, http.MethodGet, id, version, nil)
		if err != nil {
			return err
		}
		var r struct {
			Properties struct{ ProvisioningState string }
		}
		if err := json.Unmarshal([]byte(answer), &r); err != nil {
			return err
		}
		switch state := r.Properties.ProvisioningState; {
		case status != http.StatusOK || state == "Failed":
			return fmt.Errorf("status %d: %s", status, answer)
		case state == "Succeeded":
			return nil
		}
		if err := wait(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
}

func (w *armWriter) send(ctx context.Context, method, id, version string, body map[string]any) (int, string, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return 0, "", err
	}
	r, err := http.NewRequestWithContext(ctx, method, rehearsed.URL()+id+"?api-version="+version, bytes.NewReader(content))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Authorization", "Bearer "+rehearsed.Token())
	r.Header.Set("Content-Type", "application/json")
	answer, err := rehearsaltest.Client(rehearsed).Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	all, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(all), err
}

// put makes resources for a test.
func put(t testing.TB, id, version string, body map[string]any) {
	t.Helper()
	w := &armWriter{}
	w.put(t.Context(), id, version, body)
	if w.err != nil {
		t.Fatal(w.err)
	}
}
