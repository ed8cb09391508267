package arm_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// cloud is a server and a client of it.
type cloud struct {
	t      testing.TB
	server *arm.Server
	client *http.Client
}

func start(t testing.TB, options arm.Options) *cloud {
	t.Helper()
	if options.Duration == 0 {
		options.Duration = time.Millisecond
	}
	server, err := arm.Start(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(server.CA()) {
		t.Fatal("the CA is no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return &cloud{t, server, &http.Client{Transport: transport}}
}

type reply struct {
	status int
	header http.Header
	body   map[string]any
}

func (r reply) code() string {
	fault, _ := r.body["error"].(map[string]any)
	code, _ := fault["code"].(string)
	return code
}

// do sends a request. The path gets the type's API version unless it has one.
func (c *cloud) do(method, path, body string, header ...string) reply {
	c.t.Helper()
	if !strings.Contains(path, "api-version") && !strings.HasPrefix(path, "https:") {
		version := "2022-09-01"
		if typ, _, ok := azure.Parse(path); ok {
			version = typ.APIVersion
		}
		path += "?api-version=" + version
	}
	if !strings.HasPrefix(path, "https:") {
		path = c.server.URL() + path
	}
	req, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.server.Token())
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if !strings.HasPrefix(resp.Header.Get(arm.Header), arm.Marking) {
		c.t.Errorf("%s %s: the answer is not marked as a rehearsal", method, path)
	}
	out := reply{status: resp.StatusCode, header: resp.Header}
	if len(bytes.TrimSpace(b)) > 0 {
		if err := json.Unmarshal(b, &out.body); err != nil {
			c.t.Fatalf("%s %s: %v: %s", method, path, err, b)
		}
	}
	return out
}

// finish sends a request and waits for the operation that it may start.
func (c *cloud) finish(method, path, body string) reply {
	c.t.Helper()
	r := c.do(method, path, body)
	for range 2000 {
		next := r.header.Get("Location")
		if next == "" || r.status >= 400 {
			return r
		}
		if r = c.do("GET", next, ""); r.status != http.StatusAccepted {
			return r
		}
	}
	c.t.Fatalf("%s %s does not end", method, path)
	return r
}

// make puts resources that must succeed.
func (c *cloud) make(pairs ...string) {
	c.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if r := c.finish("PUT", pairs[i], pairs[i+1]); r.status >= 300 {
			c.t.Fatalf("PUT %s: %d %v", pairs[i], r.status, r.body)
		}
	}
}

func (c *cloud) want(r reply, status int, code string) {
	c.t.Helper()
	if r.status != status || r.code() != code {
		c.t.Errorf("got %d %q (%v), want %d %q", r.status, r.code(), r.body, status, code)
	}
}
