package cloud

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/clock"
)

// deed is what a server does with one attempt.
type deed func(w http.ResponseWriter, r *http.Request)

func status(code int, header ...string) deed {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		answer(w, code, says("Code"+strconv.Itoa(code), "It is so."))
	}
}

func conflict(code string) deed {
	return func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusConflict, says(code, "Busy.")) }
}

func good(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	answer(w, http.StatusOK, map[string]any{"got": string(body)})
}

func reset(w http.ResponseWriter, _ *http.Request) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := connection.(interface{ NetConn() net.Conn }); ok {
		if c, ok := tcp.NetConn().(*net.TCPConn); ok {
			_ = c.SetLinger(0) // without it the reset is a mere end
		}
	}
	_ = connection.Close()
}

// cut ends the connection in the middle of what it has announced.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"got":"`)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// half ends well in the middle of its JSON.
func half(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"got":"`)
}

// stall answers and never ends, until the client goes.
func stall(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // else the server does not see that the client goes
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"got":"`)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// silent never answers.
func silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// script is a server that does one deed after the other, and the last for ever.
type script struct {
	deeds  []deed
	mu     sync.Mutex
	asked  int
	tokens []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := min(s.asked, len(s.deeds)-1)
	s.asked++
	s.tokens = append(s.tokens, r.Header.Get("Authorization"))
	s.mu.Unlock()
	s.deeds[n](w, r)
}

func (s *script) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

var brief = limits{answer: 3 * time.Second, stall: 300 * time.Millisecond, whole: 30 * time.Second, json: true}

func TestWhatIsRepeated(t *testing.T) {
	t.Parallel()
	const get, put, del, post, patch = "GET", "PUT", "DELETE", "POST", "PATCH"
	idempotents, all := []string{get, put, del}, []string{get, put, del, post, patch}
	for _, test := range []struct {
		name    string
		deeds   []deed
		methods []string
		asked   int
		status  int // of the last answer; zero where there is none
		reason  string
	}{
		{"nothing wrong", []deed{good}, all, 1, 200, ""},
		{"429 without a wait", []deed{status(429), status(429, "Retry-After", "0"), good}, all, 3, 200, ""},
		{"429 with milliseconds", []deed{status(429, "Retry-After-Ms", "2"), good}, all, 2, 200, ""},
		{"429 with a second", []deed{status(429, "Retry-After", "1"), good}, []string{get, post}, 2, 200, ""},
		{"429 with a second for ever", []deed{status(429, "Retry-After", "1")}, []string{get, post}, 3, 429, ""},
		{"429 with more than we wait", []deed{status(429, "Retry-After", "3601"), good}, []string{get}, 1, 429, ""},
		{"429 for ever", []deed{status(429, "Retry-After", "0")}, all, 9, 429, ""},
		{"503", []deed{status(503), good}, all, 2, 200, ""},
		{"503 for ever", []deed{status(503)}, all, 9, 503, ""},
		{"408", []deed{status(408), good}, idempotents, 2, 200, ""},
		{"500", []deed{status(500), status(502), status(504), good}, idempotents, 4, 200, ""},
		{"500 for ever", []deed{status(500)}, idempotents, 9, 500, ""},
		{"500 of an act", []deed{status(500), good}, []string{post, patch}, 1, 500, ""},
		{"501", []deed{status(501), good}, all, 1, 501, ""},
		{"400", []deed{status(400), good}, all, 1, 400, ""},
		{"403", []deed{status(403), good}, all, 1, 403, ""},
		{"404", []deed{status(404), good}, all, 1, 404, ""},
		{"409", []deed{conflict("AccountIsLocked"), good}, all, 1, 409, ""},
		{"409 that passes", []deed{conflict("AnotherOperationInProgress"), conflict("ServerIsBusy"), good}, all, 3, 200, ""},
		{"429 of another operation", []deed{func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 429, says("RetryableErrorDueToAnotherOperation", "Busy."))
		}, good}, all, 2, 200, ""},
		{"reset", []deed{reset, reset, good}, idempotents, 3, 200, ""},
		{"reset of an act", []deed{reset, good}, []string{post, patch}, 1, 0, ""},
		{"reset for ever", []deed{reset}, idempotents, 9, 0, "after 9 attempts"},
		{"cut off", []deed{cut, good}, idempotents, 2, 200, ""},
		{"cut off for ever", []deed{cut}, []string{get}, 9, 0, "cut off"},
		{"cut off act", []deed{cut, good}, []string{post}, 1, 0, "cut off"},
		{"half of the JSON", []deed{half, half, good}, idempotents, 3, 200, ""},
		{"half of an act's JSON", []deed{half, good}, []string{post}, 1, 0, "cut off after 8 bytes"},
		{"a body that never ends", []deed{stall, good}, []string{get}, 2, 200, ""},
		{"an act's body that never ends", []deed{stall, good}, []string{post}, 1, 0, "nothing more of the answer came for 300ms"},
		{"no answer", []deed{silent, good}, []string{put}, 2, 200, ""},
		{"no answer to an act", []deed{silent, good}, []string{post}, 1, 0, "there was no answer after 3s"},
		{"401", []deed{status(401), good}, all, 2, 200, ""},
		{"401 for ever", []deed{status(401)}, all, 2, 401, ""},
		{"a challenge", []deed{status(401, "WWW-Authenticate", `Bearer error="insufficient_claims", claims="e30="`), good}, all, 1, 401, ""},
		{"elsewhere", []deed{status(307, "Location", "https://localhost/stolen"), good}, all, 1, 307, ""},
	} {
		for _, method := range test.methods {
			t.Run(test.name+" "+method, func(t *testing.T) {
				t.Parallel()
				s := &script{deeds: test.deeds}
				server := serve(t, s.ServeHTTP)
				request, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/x", nil)
				if err != nil {
					t.Fatal(err)
				}
				l := managerLimits
				if strings.Contains(test.name, "never ends") || strings.Contains(test.name, "no answer") {
					l = brief
				}
				if method != get && method != del {
					request.Body, request.ContentLength = io.NopCloser(strings.NewReader("hello")), 5
				}
				transport := direct(t, server, &signs{}, l)
				transport.longest = 2 * time.Second
				response, err := transport.Do(request)
				if got := s.count(); got != test.asked {
					t.Errorf("asked %d times, want %d", got, test.asked)
				}
				if test.status == 0 {
					if err == nil || !strings.Contains(err.Error(), test.reason) {
						t.Fatalf("the error is %v, want %q", err, test.reason)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(response.Body)
				if err != nil || response.StatusCode != test.status {
					t.Fatalf("got %d (%v), want %d: %s", response.StatusCode, err, test.status, body)
				}
				if test.status == 200 && request.ContentLength == 5 && string(body) != `{"got":"hello"}`+"\n" {
					t.Errorf("the last attempt did not carry the body: %s", body)
				}
			})
		}
	}
}

func TestEveryWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]deed{
		"throttled for an hour": status(429, "Retry-After", "3600"),
		"throttled for ever":    status(429, "Retry-After", "1"),
		"busy for ever":         conflict("ServerIsBusy"),
		"silent":                silent,
		"stalled":               stall,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{deeds: []deed{d}}
			server := serve(t, s.ServeHTTP)
			cause := errors.New("the time cap was reached")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, cause)
			defer cancel()
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/x", nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = direct(t, server, &signs{}, managerLimits).Do(request)
			if !errors.Is(err, cause) && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the error is %v", err)
			}
			if s.count() > 120 {
				t.Errorf("%d requests in 200 ms", s.count())
			}
		})
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	now := clock.Now()
	for _, test := range []struct {
		name     string
		header   []string
		from, to time.Duration
	}{
		{"seconds", []string{"Retry-After", "120"}, 2 * time.Minute, 125 * time.Second},
		{"an hour", []string{"Retry-After", "3600"}, time.Hour, time.Hour + 5*time.Second},
		{"an instant", []string{"Retry-After", now.Add(time.Hour).UTC().Format(http.TimeFormat)}, 59 * time.Minute, time.Hour + 5*time.Second},
		{"an instant that has passed", []string{"Retry-After", now.Add(-time.Hour).UTC().Format(http.TimeFormat)}, time.Millisecond / 2, time.Millisecond},
		{"milliseconds first", []string{"Retry-After-Ms", "1500", "Retry-After", "9"}, 1500 * time.Millisecond, 1650 * time.Millisecond},
		{"rubbish", []string{"Retry-After", "soon"}, time.Millisecond / 2, time.Millisecond},
		{"below zero", []string{"Retry-After", "-5"}, time.Millisecond / 2, time.Millisecond},
		{"more than there is", []string{"Retry-After", "9223372036854775807"}, time.Millisecond / 2, time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			var told []time.Duration
			c := &call{what: "GET x", method: "GET", transport: &transport{
				tries: 8, first: time.Millisecond, most: time.Second, longest: time.Hour,
				waiting: func(reason string, wait time.Duration) {
					if reason != "GET x: Azure throttles (429)" {
						t.Errorf("told of %q", reason)
					}
					told = append(told, wait)
				},
			}}
			response := &http.Response{StatusCode: 429, Header: http.Header{}}
			for i := 0; i+1 < len(test.header); i += 2 {
				response.Header.Set(test.header[i], test.header[i+1])
			}
			if again, err := c.again(t.Context(), response, nil); !again || err != nil {
				t.Fatal("it is not made again")
			}
			got := c.wait(0, 0, 0, nil)
			if got < test.from || got > test.to {
				t.Errorf("waits %s, want %s to %s", got, test.from, test.to)
			}
			if want := got >= notable; want != (len(told) == 1) {
				t.Errorf("told of %v", told)
			}
		})
	}
}

// However an outage goes, the waits grow, stay below the limit, and attempts end.
func TestBackOff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := &call{method: "GET", transport: &transport{tries: 8, first: 250 * time.Millisecond, most: 30 * time.Second}}
		total, attempts := time.Duration(0), 1
		for {
			var response *http.Response
			var failure error = syscall.ECONNRESET
			if code := rapid.SampledFrom([]int{0, 408, 429, 500, 502, 503, 504}).Draw(t, "status"); code != 0 {
				response, failure = &http.Response{StatusCode: code, Header: http.Header{}}, nil
			}
			again, err := c.again(context.Background(), response, failure)
			if err != nil {
				t.Fatal(err)
			}
			if !again {
				break
			}
			wait := c.wait(0, 0, 0, nil)
			most := min(250*time.Millisecond<<(attempts-1), 30*time.Second)
			if wait < most/2 || wait > most {
				t.Fatalf("wait %d is %s, want %s to %s", attempts, wait, most/2, most)
			}
			total += wait
			attempts++
		}
		if attempts != 9 || total > 2*time.Minute {
			t.Fatalf("%d attempts in %s", attempts, total)
		}
	})
}

func TestRefusedTokenIsRenewed(t *testing.T) {
	t.Parallel()
	s := &script{deeds: []deed{status(401), good, good}}
	server := serve(t, s.ServeHTTP)
	credential := &signs{}
	transport := direct(t, server, credential, managerLimits)
	for range 2 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := transport.Do(request); err != nil || response.StatusCode != 200 {
			t.Fatal(response, err)
		}
	}
	if credential.given.Load() != 2 || s.tokens[0] == s.tokens[1] || s.tokens[1] != s.tokens[2] {
		t.Errorf("%d tokens were given, and carried: %q", credential.given.Load(), s.tokens)
	}
}

func TestTokenStaysWithItsHost(t *testing.T) {
	t.Parallel()
	var seen atomic.Int64
	other := serve(t, func(http.ResponseWriter, *http.Request) { seen.Add(1) })
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, other.URL+"/operations/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := quick(newTransport(newBase(), newTokens(&signs{}), "s", "management.azure.com", managerLimits, nil))
	if _, err := transport.Do(request); err == nil || seen.Load() != 0 {
		t.Errorf("%v, and the other host saw %d requests", err, seen.Load())
	}
}

func TestLongBodiesAreStreamed(t *testing.T) {
	t.Parallel()
	const size = smallBody + 5<<20
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json") // a file of the customer's
		_, _ = w.Write(make([]byte, size))
	})
	for name, l := range map[string]limits{"whole": blobLimits, "no time": {answer: time.Minute, stall: time.Minute, whole: time.Nanosecond}} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		transport := direct(t, server, &signs{}, l)
		transport.tries = 0
		response, err := transport.Do(request)
		if name == "no time" {
			if err == nil {
				t.Error("an attempt outlives its limit")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil || n != size {
			t.Errorf("got %d bytes, %v", n, err)
		}
	}
}
