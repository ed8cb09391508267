package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// client talks to the rehearsal's Azure Resource Manager.
type client struct {
	endpoint string
	token    string
	http     *retryablehttp.Client
}

// statusError is an answer that is no success.
type statusError struct {
	status        int
	code, message string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s (%d): %s", e.code, e.status, e.message)
}

// get reads a resource; a nil body means that it does not exist.
func (c *client) get(ctx context.Context, id, version string) (map[string]any, error) {
	resp, err := c.send(ctx, http.MethodGet, c.url(id, version), nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusNotFound {
		return nil, nil
	}
	var body map[string]any
	return body, decode(resp, &body)
}

// put creates or changes a resource, waits until that has ended, and reads the
// resource back.
func (c *client) put(ctx context.Context, id, version string, body map[string]any) (map[string]any, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	if err := c.change(ctx, http.MethodPut, c.url(id, version), b); err != nil {
		return nil, err
	}
	out, err := c.get(ctx, id, version)
	if err == nil && out == nil {
		err = fmt.Errorf("%s was written and is not there", id)
	}
	return out, err
}

// delete removes a resource and waits until it is gone. One that does not exist
// is no error.
func (c *client) delete(ctx context.Context, id, version string) error {
	return c.change(ctx, http.MethodDelete, c.url(id, version), nil)
}

func (c *client) url(id, version string) string {
	return c.endpoint + id + "?api-version=" + version
}

// change sends a write and follows the operation that it may start: by
// Azure-AsyncOperation where that is given, else by Location.
func (c *client) change(ctx context.Context, method, url string, body []byte) error {
	resp, err := c.send(ctx, method, url, body)
	if err != nil {
		return err
	}
	for {
		status := resp.Header.Get("Azure-AsyncOperation")
		next, wait := status, pause(resp.Header)
		if status == "" {
			next = resp.Header.Get("Location")
		}
		var state struct {
			Status string
			Error  *struct{ Code, Message string }
		}
		err := decode(resp, &state)
		_ = resp.Body.Close()
		switch {
		case err != nil:
			return err
		case state.Error != nil:
			return &statusError{http.StatusConflict, state.Error.Code, state.Error.Message}
		case state.Status == "Succeeded":
			return nil
		case state.Status == "Failed" || state.Status == "Canceled":
			return &statusError{http.StatusConflict, "Operation" + state.Status, "the operation on " + url + " has ended so"}
		case status == "" && resp.StatusCode != http.StatusAccepted, next == "":
			return nil
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		if resp, err = c.send(ctx, http.MethodGet, next, nil); err != nil {
			return err
		}
	}
}

func (c *client) send(ctx context.Context, method, url string, body []byte) (*http.Response, error) {
	req, err := retryablehttp.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "tillit-rehearsal")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, url, err)
	}
	return resp, nil
}

// decode reads an answer's JSON, or turns an ARM error into a statusError. No
// content leaves the value as it is.
func decode(resp *http.Response, value any) error {
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode < 300 {
		if len(bytes.TrimSpace(b)) == 0 {
			return nil
		}
		return json.Unmarshal(b, value)
	}
	var fault struct {
		Error struct{ Code, Message string }
	}
	if json.Unmarshal(b, &fault) != nil || fault.Error.Code == "" {
		fault.Error.Code, fault.Error.Message = http.StatusText(resp.StatusCode), string(b)
	}
	return &statusError{resp.StatusCode, fault.Error.Code, fault.Error.Message}
}

// pause reads how long to wait before asking again: milliseconds where they are
// given, else whole seconds.
func pause(header http.Header) time.Duration {
	if ms, err := strconv.Atoi(header.Get("Retry-After-Ms")); err == nil && ms >= 0 {
		return time.Duration(ms) * time.Millisecond
	}
	if s, err := strconv.Atoi(header.Get("Retry-After")); err == nil && s >= 0 {
		return time.Duration(s) * time.Second
	}
	return time.Second
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
