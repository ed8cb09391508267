package arm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// raw reads an answer to its end, whatever becomes of it.
func (c *cloud) raw(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", c.server.URL()+path+"?api-version=2022-09-01", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.server.Token())
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return io.ReadAll(resp.Body)
}

func TestBodiesThatComeSlowlyOrNotWhole(t *testing.T) {
	c := start(t, arm.Options{})
	c.make(group, here)
	whole, err := c.raw(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	c.server.Inject(arm.Fault{Path: group, Truncate: true, Times: 1})
	if got, err := c.raw(t.Context(), group); err == nil || len(got) == 0 || !bytes.HasPrefix(whole, got) || len(got) == len(whole) {
		t.Errorf("half of %d bytes: %d, %v", len(whole), len(got), err)
	}
	c.server.Inject(arm.Fault{Path: group, Slow: 100 * time.Millisecond, Times: 1})
	since := clock.Now()
	if got, err := c.raw(t.Context(), group); err != nil || !bytes.Equal(got, whole) || clock.Now().Sub(since) < 90*time.Millisecond {
		t.Errorf("slowly, in %v: %s, %v", clock.Now().Sub(since), got, err)
	}
	c.server.Inject(arm.Fault{Path: group, Slow: time.Hour, Times: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.raw(ctx, group); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("for an hour: %v", err)
	}
	if got, err := c.raw(t.Context(), group); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("afterwards: %s, %v", got, err)
	}
}

func TestOperationsThatFailOrNeverEnd(t *testing.T) {
	p := &plane{live: map[string]bool{}}
	c := start(t, arm.Options{Planes: map[string]arm.Plane{"Microsoft.KeyVault/vaults": p}})
	c.make(group, here)
	state := func() any { return c.do("GET", vault, "").body["properties"].(map[string]any)["provisioningState"] }
	fate := func(method, fate string) {
		c.server.Inject(arm.Fault{Method: method, Path: "vaults/keys", Operation: fate, Code: "ServerIsBusy", Message: "Try again.", Times: 1})
	}

	fate("PUT", arm.OperationFail)
	first := c.do("PUT", vault, here)
	if first.status != 201 {
		t.Fatalf("it begins with %d %v", first.status, first.body)
	}
	var status reply
	for status = c.do("GET", first.header.Get("Azure-AsyncOperation"), ""); status.body["status"] == "InProgress"; {
		status = c.do("GET", first.header.Get("Azure-AsyncOperation"), "")
	}
	if status.body["status"] != "Failed" || status.code() != "ServerIsBusy" || state() != "Failed" || len(p.live) != 0 {
		t.Errorf("it ends as %v, the resource as %v, behind it %v", status.body, state(), p.live)
	}
	c.make(vault, here)
	fate("DELETE", arm.OperationFail)
	c.want(c.finish("DELETE", vault, ""), 409, "ServerIsBusy")
	if state() != "Failed" || !p.live[vault] {
		t.Errorf("a delete that failed leaves %v, %v", state(), p.live)
	}

	fate("DELETE", arm.OperationNever)
	never := c.do("DELETE", vault, "")
	for range 20 {
		if r := c.do("GET", never.header.Get("Location"), ""); r.status != 202 {
			t.Fatalf("it ends with %d", r.status)
		}
		<-time.After(time.Millisecond)
	}
	if state() != "Deleting" {
		t.Errorf("it is %v", state())
	}
	if r := c.finish("DELETE", vault, ""); r.status != 204 || len(p.live) != 0 {
		t.Errorf("the next delete ends with %d %v", r.status, r.body)
	}
	fate("PUT", arm.OperationNever)
	c.do("PUT", vault, here)
	if state() != "Creating" {
		t.Errorf("it is %v", state())
	}
	if r := c.finish("DELETE", vault, ""); r.status != 204 {
		t.Errorf("what never comes to be is deleted with %d %v", r.status, r.body)
	}

	// A type whose answers know no operations does not keep a client waiting.
	container := store + "/blobServices/default/containers/a"
	c2 := start(t, arm.Options{Planes: map[string]arm.Plane{"Microsoft.Storage/storageAccounts/blobServices/containers": p}})
	c2.make(group, here, store, here)
	c2.server.Inject(arm.Fault{Path: "/containers/", Operation: arm.OperationNever, Times: 1})
	c2.want(c2.do("PUT", container, `{}`), 504, "GatewayTimeout")
	c2.make(container, `{}`)
}

func TestFaultsFromAnotherProcess(t *testing.T) {
	c := start(t, arm.Options{})
	id := c.identity()
	token := c.token("resource=https://management.azure.com&client_id=" + id).body["access_token"].(string)
	c.want(c.do("POST", arm.FaultsPath, `{"status":500}`, "Authorization", "Bearer "+token), 403, "AuthorizationFailed")
	c.want(c.do("POST", arm.FaultsPath, `{"status":500}`, "Authorization", "Bearer guess"), 401, "InvalidAuthenticationToken")
	for _, bad := range []string{``, `[]`, `{"stauts":500}`, `{"status":99}`, `{"slow":"long"}`, `{"slow":"-1s"}`, `{"operation":"maybe"}`, `{"service":"queues"}`, `{"times":-1}`} {
		c.want(c.do("POST", arm.FaultsPath, bad), 400, "InvalidRequestContent")
	}
	if r := c.do("POST", arm.FaultsPath, `{"method":"GET","path":"/RESOURCEGROUPS/","status":429,"code":"TooManyRequests","retryAfter":"1m30s","times":2}`); r.status != 201 {
		t.Fatalf("%d %v", r.status, r.body)
	}
	if r := c.do("GET", group, ""); r.status != 429 || r.header.Get("Retry-After") != "90" || r.code() != "TooManyRequests" {
		t.Errorf("%d %v", r.status, r.header)
	}
	left := c.do("GET", arm.FaultsPath, "").body["value"].([]any)
	if len(left) != 1 || left[0].(map[string]any)["times"] != 1.0 {
		t.Errorf("left: %v", left)
	}
	c.do("POST", arm.FaultsPath, `{}`) // breaks every connection but those about itself and for tokens
	if r := c.token("resource=https://management.azure.com&client_id=" + id); r.status != 200 {
		t.Errorf("a token: %d %v", r.status, r.body)
	}
	c.do("POST", arm.FaultsPath, `{"path":"/identity/","status":500,"times":1}`)
	if r := c.token("resource=https://management.azure.com&client_id=" + id); r.status != 500 {
		t.Errorf("a token by a fault: %d %v", r.status, r.body)
	}
	if r := c.do("DELETE", arm.FaultsPath, ""); r.status != 204 {
		t.Errorf("%d %v", r.status, r.body)
	}
	if r := c.do("GET", group, ""); r.status != 200 {
		t.Errorf("afterwards: %d %v", r.status, r.body)
	}
	c.want(c.do("PUT", arm.FaultsPath, `{}`), 405, "MethodNotAllowed")
}

// What is written of a fault reads back as the same one.
func TestFaultsSurviveTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[A-Za-z/]{0,8}`)
		seconds := rapid.Map(rapid.IntRange(0, 1e6), func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond })
		f := arm.Fault{
			Service: rapid.SampledFrom([]string{"", arm.BlobService}).Draw(t, "service"), Method: word.Draw(t, "method"), Path: word.Draw(t, "path"),
			Times: rapid.IntRange(0, 9).Draw(t, "times"), Status: rapid.SampledFrom([]int{0, 200, 429, 599}).Draw(t, "status"), Code: word.Draw(t, "code"), Message: word.Draw(t, "message"),
			RetryAfter: seconds.Draw(t, "retryAfter"), Slow: seconds.Draw(t, "slow"), Truncate: rapid.Bool().Draw(t, "truncate"), ExpireTokens: rapid.Bool().Draw(t, "expireTokens"),
			Operation: rapid.SampledFrom([]string{"", arm.OperationFail, arm.OperationNever}).Draw(t, "operation"),
		}
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var back arm.Fault
		if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(f, back) {
			t.Fatalf("%+v, as %s, reads as %+v, %v", f, b, back, err)
		}
		if strings.Contains(string(b), "null") {
			t.Fatalf("%s", b)
		}
	})
}
