package cloud

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/tillit-dev/tillit/internal/clock"
)

// transport makes requests, signs them and repeats them where that helps. It is
// what the SDK's clients send with, their own retries being off.
type transport struct {
	tokens  *tokens
	scope   string // of the token that requests carry
	host    string // the only one, with those under it, that gets the token
	base    http.RoundTripper
	http    *http.Client
	waiting func(reason string, wait time.Duration)

	tries       int           // beyond the first, of what failed without Azure naming a wait
	first, most time.Duration // back-off
	patience    time.Duration // with what is busy with something else
	longest     time.Duration // of all the waits together that Azure names for one request
}

// notable is the shortest wait that is told of.
const notable = 2 * time.Second

func newTransport(base http.RoundTripper, tokens *tokens, scope, host string, l limits, waiting func(string, time.Duration)) *transport {
	return &transport{
		base: base, tokens: tokens, scope: scope, host: host, waiting: waiting,
		http: &http.Client{
			Transport: &attempts{base: base, limits: l},
			// No service of Azure's sends clients elsewhere, and a token stays here.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		// Some sixty seconds in all.
		tries: 8, first: 250 * time.Millisecond, most: 30 * time.Second,
		patience: 5 * time.Minute,
		// ARM counts requests by the hour at most.
		longest: time.Hour,
	}
}

// newBase makes connections, in HTTP/1.1: one that breaks off takes one request
// with it and not all that are under way.
func newBase() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   15 * time.Second,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// Do makes a request. It returns the last answer there was, also one that says
// no; an error means that there was none.
func (t *transport) Do(request *http.Request) (*http.Response, error) {
	if host := request.URL.Host; host != t.host && !strings.HasSuffix(host, "."+t.host) {
		return nil, fmt.Errorf("%s leads to %s, which is not to see a token", t.host, host)
	}
	repeatable, err := buffered(request)
	if err != nil {
		return nil, err
	}
	c := &call{transport: t, method: request.Method, what: subject(request)}
	if err := c.sign(repeatable.Request); err != nil {
		return nil, err
	}
	client := retryablehttp.Client{
		HTTPClient: t.http, RetryMax: math.MaxInt, CheckRetry: c.again, Backoff: c.wait, PrepareRetry: c.sign,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	response, err := client.Do(repeatable)
	switch {
	case err == nil:
		return response, nil
	case request.Context().Err() != nil && c.reason != "":
		return nil, leave(request.Context(), fmt.Errorf("%s, and then: %w", c.reason, context.Cause(request.Context())))
	case c.count > 0:
		return nil, fmt.Errorf("after %d attempts: %w", c.count+1, err)
	}
	return nil, err
}

// buffered is a request that can be made again. An attempt that was given up may
// still be reading its body: each reads its own.
func buffered(request *http.Request) (*retryablehttp.Request, error) {
	repeatable := &retryablehttp.Request{Request: request}
	if request.Body == nil || request.Body == http.NoBody {
		return repeatable, nil
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request's body: %w", err)
	}
	if len(body) == 0 {
		request.Body = nil
		return repeatable, nil
	}
	return repeatable, repeatable.SetBody(body)
}

// call is one request and what has become of it so far.
type call struct {
	*transport
	method, what string
	reason       string        // why the last attempt was not the last
	count        int           // attempts that failed without Azure naming a wait
	turns        int           // of the back-off
	asked        time.Duration // the wait that Azure has named
	obeyed       time.Duration // of all such waits
	busy         bool          // the last attempt found a resource busy with something else
	waited       time.Duration // for such
	renewed      bool          // the token has been renewed
}

// sign puts the token into a request. A wait may have outlived the one before.
func (c *call) sign(request *http.Request) error {
	token, err := c.tokens.token(request.Context(), c.scope, c.renewed && c.reason == expired)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return nil
}

const expired = "the token was refused"

// again judges an attempt. What it knows of waiting it leaves for wait.
func (c *call) again(ctx context.Context, response *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, nil
	}
	c.asked, c.busy = 0, false
	if err != nil {
		c.reason = fmt.Sprintf("%s: %s", c.what, line(err.Error()))
		return c.worthwhile(err) && c.counted(), nil
	}
	c.reason = fmt.Sprintf("%s: Azure answers %d", c.what, response.StatusCode)
	switch status := response.StatusCode; status {
	case http.StatusUnauthorized:
		if c.renewed || strings.Contains(response.Header.Get("WWW-Authenticate"), "claims=") {
			return false, nil // the SDK answers a challenge
		}
		c.renewed, c.reason = true, expired
		return true, nil
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if status == http.StatusTooManyRequests {
			c.reason = c.what + ": Azure throttles (429)"
		}
		if asked, ok := retryAfter(response); ok && asked >= time.Second {
			c.asked = asked
			c.obeyed += asked
			return c.obeyed <= c.longest, nil
		}
		return c.counted(), nil
	case http.StatusConflict:
		if code := errorCode(response); slices.Contains(busyCodes, code) && c.waited < c.patience {
			c.busy, c.reason = true, c.what+": Azure is busy with it ("+code+")"
			return true, nil
		}
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return idempotent(c.method) && c.counted(), nil
	}
	return false, nil
}

// busyCodes are what ARM calls a conflict that passes by itself.
var busyCodes = []string{"AnotherOperationInProgress", "RetryableError", "RetryableErrorDueToAnotherOperation", "ServerIsBusy"}

// counted reports that there is another attempt, and counts it.
func (c *call) counted() bool {
	if c.count >= c.tries {
		return false
	}
	c.count++
	return true
}

// worthwhile reports that a request without an answer may be made again. Where
// Azure may have acted on it, only one that says what shall be, not what to do.
func (c *call) worthwhile(err error) bool {
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(err, &certificate), errors.As(err, &authority):
		return false
	case errors.Is(err, syscall.ECONNREFUSED):
		return true
	}
	return idempotent(c.method)
}

func idempotent(method string) bool { return method != http.MethodPost && method != http.MethodPatch }

// wait is the time until the next attempt: what Azure has named, or else a
// back-off that doubles. Some chance is added, lest all come back at once.
func (c *call) wait(_, _ time.Duration, _ int, _ *http.Response) time.Duration {
	var wait time.Duration
	switch {
	case c.reason == expired:
		return 0
	case c.asked > 0:
		wait = c.asked + rand.N(min(c.asked/10, 5*time.Second)+1)
	default:
		wait = min(c.first<<min(c.turns, 16), c.most)
		wait = wait/2 + rand.N(wait/2+1)
		if c.turns++; c.busy {
			c.waited += wait
		}
	}
	if wait >= notable && c.waiting != nil {
		c.waiting(c.reason, wait)
	}
	return wait
}

// retryAfter is the wait that an answer names: in milliseconds, in seconds, or as
// an instant. False when it names none.
func retryAfter(response *http.Response) (time.Duration, bool) {
	if response == nil {
		return 0, false
	}
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if n, err := strconv.ParseInt(response.Header.Get(name), 10, 64); err == nil && n >= 0 && n < math.MaxInt64/int64(time.Millisecond) {
			return time.Duration(n) * time.Millisecond, true
		}
	}
	text := response.Header.Get("Retry-After")
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 && n < math.MaxInt64/int64(time.Second) {
		return time.Duration(n) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(clock.Now()), 0), true
	}
	return 0, false
}

// errorCode is the code of an answer that says no. The body can be read again.
func errorCode(response *http.Response) string {
	if code := response.Header.Get("X-Ms-Error-Code"); code != "" {
		return code
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return ""
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	code, _ := fault(body)
	return code
}

// fault is the code and the message in the body of an answer that says no, or of
// an operation that has failed.
func fault(body []byte) (code, message string) {
	var answer struct {
		Error         struct{ Code, Message string }
		Code, Message string
	}
	if json.Unmarshal(body, &answer) != nil {
		return "", ""
	}
	if answer.Error.Code != "" {
		return answer.Error.Code, answer.Error.Message
	}
	return answer.Code, answer.Message
}
