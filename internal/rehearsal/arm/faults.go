package arm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Fault is what goes wrong with the requests that it matches. The zero value
// breaks their connection.
type Fault struct {
	// Which requests. Those about the rehearsal itself meet none.
	Service string // empty for the Resource Manager, BlobService for blobs
	Method  string // empty matches every method
	Path    string // part of the path, whatever its case; empty matches all but the identity endpoint's
	Times   int    // how often; zero means always

	// An answer given instead of the real one.
	Status     int // zero lets the real answer be given, if there is another fault
	Code       string
	Message    string
	RetryAfter time.Duration

	Slow         time.Duration // the body dribbles out for so long
	Truncate     bool          // the body ends in the middle, its announced length kept
	ExpireTokens bool          // every token minted until now has expired
	Operation    string        // what becomes of the long-running operation that a request begins: OperationFail, with Code and Message, or OperationNever
}

// The fates of an operation. One that never ends leaves its resource as it was
// begun; that can be written and deleted again.
const (
	OperationFail  = "fail"
	OperationNever = "never"
)

// BlobService is the Service of faults that blobs meet.
const BlobService = "blobs"

// breaks reports a fault that breaks the connection.
func (f *Fault) breaks() bool {
	return f.Status == 0 && f.Slow == 0 && !f.Truncate && !f.ExpireTokens && f.Operation == ""
}

// Words are what an answer says of a fault.
func (f *Fault) Words() string {
	if f.Message != "" {
		return f.Message
	}
	return "The rehearsal was told to answer so."
}

func (f *Fault) matches(r *http.Request, service string) bool {
	path := strings.ToLower(r.URL.Path)
	if f.Path == "" && path == IdentityPath {
		return false
	}
	return f.Service == service && (f.Method == "" || f.Method == r.Method) && strings.Contains(path, strings.ToLower(f.Path))
}

// Faults are those that have been injected. The zero value has none. Its methods
// may be called from several goroutines.
type Faults struct {
	mu         sync.Mutex
	list       []*Fault
	generation int // of tokens; older ones have expired
}

// Inject adds a fault.
func (s *Faults) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, &f)
}

// Clear takes them all away.
func (s *Faults) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = nil
}

// List gives those that are left, with how often.
func (s *Faults) List() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Fault{}
	for _, f := range s.list {
		out = append(out, *f)
	}
	return out
}

// tokens is the generation of tokens that counts.
func (s *Faults) tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.generation
}

// Meets finds the fault that a request to a service meets, and uses it up; nil
// when there is none.
func (s *Faults) Meets(r *http.Request, service string) *Fault {
	return s.meets(r, service, func(f *Fault) bool { return f.Operation == "" })
}

func (s *Faults) meets(r *http.Request, service string, pick func(*Fault) bool) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.list {
		if !pick(f) || !f.matches(r, service) {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.list = append(s.list[:i:i], s.list[i+1:]...)
			}
		}
		if f.ExpireTokens {
			s.generation++
		}
		met := *f
		return &met
	}
	return nil
}

// Spoil makes what is written slow or short, as the fault has it. A fault that
// breaks the connection does so here, by the panic that net/http provides.
func (f *Fault) Spoil(ctx context.Context, w http.ResponseWriter) http.ResponseWriter {
	if f.breaks() {
		panic(http.ErrAbortHandler)
	}
	if f.Slow == 0 && !f.Truncate {
		return w
	}
	return &spoiled{ResponseWriter: w, ctx: ctx, fault: f}
}

// spoiled writes a body slowly, or half of it.
type spoiled struct {
	http.ResponseWriter
	ctx   context.Context
	fault *Fault
}

// pieces is how many a slow body comes in.
const pieces = 20

func (s *spoiled) Write(b []byte) (int, error) {
	whole := len(b)
	if s.fault.Truncate {
		b = b[:whole/2]
	}
	if s.fault.Slow == 0 {
		pass(s.ResponseWriter, b)
		panic(http.ErrAbortHandler)
	}
	for i := range pieces {
		pass(s.ResponseWriter, b[len(b)*i/pieces:len(b)*(i+1)/pieces])
		select {
		case <-time.After(s.fault.Slow / pieces):
		case <-s.ctx.Done():
			return 0, s.ctx.Err()
		}
	}
	if s.fault.Truncate {
		panic(http.ErrAbortHandler)
	}
	s.fault.Slow = 0 // the rest of the body comes as it is
	return whole, nil
}

// pass sends a piece on its way. A client that has gone gets nothing.
func pass(w http.ResponseWriter, b []byte) {
	_, _ = w.Write(b)
	_ = http.NewResponseController(w).Flush()
}

// Unwrap lets a response controller reach the writer beneath.
func (s *spoiled) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// fault as it comes over the wire: durations in words, such as 1m30s.
type wireFault struct {
	Service      string `json:"service,omitempty"`
	Method       string `json:"method,omitempty"`
	Path         string `json:"path,omitempty"`
	Times        int    `json:"times,omitempty"`
	Status       int    `json:"status,omitempty"`
	Code         string `json:"code,omitempty"`
	Message      string `json:"message,omitempty"`
	RetryAfter   string `json:"retryAfter,omitempty"`
	Slow         string `json:"slow,omitempty"`
	Truncate     bool   `json:"truncate,omitempty"`
	ExpireTokens bool   `json:"expireTokens,omitempty"`
	Operation    string `json:"operation,omitempty"`
}

// MarshalJSON writes a fault as FaultsPath takes it.
func (f Fault) MarshalJSON() ([]byte, error) {
	words := func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return d.String()
	}
	return json.Marshal(wireFault{
		f.Service, f.Method, f.Path, f.Times, f.Status, f.Code, f.Message, words(f.RetryAfter), words(f.Slow), f.Truncate, f.ExpireTokens, f.Operation,
	})
}

// UnmarshalJSON reads a fault and refuses what is none.
func (f *Fault) UnmarshalJSON(b []byte) error {
	var w wireFault
	decoder := json.NewDecoder(strings.NewReader(string(b)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&w); err != nil {
		return err
	}
	*f = Fault{
		Service: w.Service, Method: w.Method, Path: w.Path, Times: w.Times, Status: w.Status, Code: w.Code, Message: w.Message,
		Truncate: w.Truncate, ExpireTokens: w.ExpireTokens, Operation: w.Operation,
	}
	for _, d := range []struct {
		name, text string
		to         *time.Duration
	}{{"retryAfter", w.RetryAfter, &f.RetryAfter}, {"slow", w.Slow, &f.Slow}} {
		if d.text == "" {
			continue
		}
		var err error
		if *d.to, err = time.ParseDuration(d.text); err != nil || *d.to < 0 {
			return fmt.Errorf("%s: %q is no duration, such as 1m30s", d.name, d.text)
		}
	}
	switch {
	case f.Operation != "" && f.Operation != OperationFail && f.Operation != OperationNever:
		return fmt.Errorf("operation: %q is neither %s nor %s", f.Operation, OperationFail, OperationNever)
	case f.Service != "" && f.Service != BlobService:
		return fmt.Errorf("service: %q is neither empty nor %s", f.Service, BlobService)
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status: %d is none that ends a request", f.Status)
	case f.Times < 0:
		return fmt.Errorf("times: %d is negative", f.Times)
	}
	return nil
}

// FaultsPath is where another process injects faults, with the static token: a
// POST takes one, a GET lists them, a DELETE takes them all away.
const FaultsPath = rehearsalPath + "/faults"

func (s *Server) faultsAnswer(r *http.Request) (answer, error) {
	if r.Header.Get("Authorization") != "Bearer "+s.token {
		return answer{}, failf(http.StatusForbidden, "AuthorizationFailed", "Faults are injected with the rehearsal's own token only.")
	}
	switch r.Method {
	case http.MethodGet:
		return answer{status: http.StatusOK, body: map[string]any{"value": s.options.Faults.List()}}, nil
	case http.MethodDelete:
		s.options.Faults.Clear()
		return answer{status: http.StatusNoContent}, nil
	case http.MethodPost:
		var f Fault
		if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<16)).Decode(&f); err != nil {
			return answer{}, failf(http.StatusBadRequest, "InvalidRequestContent", "This is no fault: %v.", err)
		}
		s.options.Faults.Inject(f)
		return answer{status: http.StatusCreated, body: f}, nil
	}
	return answer{}, failf(http.StatusMethodNotAllowed, "MethodNotAllowed", "The request method %s is not allowed on '%s'.", r.Method, r.URL.Path)
}

// Inject makes the server answer with a fault.
func (s *Server) Inject(f Fault) { s.options.Faults.Inject(f) }

// ClearFaults takes every fault away.
func (s *Server) ClearFaults() { s.options.Faults.Clear() }
