package arm

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
)

// Header marks every answer. Its value is Marking.
const (
	Header  = "X-Tillit-Rehearsal"
	Marking = "rehearsal: this is not Azure"
	// NoData follows Marking where an answer is about Microsoft.Sql: there is a
	// control plane and nothing behind it.
	NoData = "; no data behind it"
)

// Options configure a Server. The zero value is usable.
type Options struct {
	Subscription string               // azure.Subscription when empty
	Tenant       string               // azure.Tenant when empty
	Duration     time.Duration        // of a long-running operation; 20 ms when zero
	PageSize     int                  // resources in one page of a list; 100 when zero
	Now          func() time.Time     // clock.Now when nil
	Planes       map[string]Plane     // by ARM type; one that is a Lister or a Reader does more
	Actions      map[string]Action    // by ARM type and name, such as Microsoft.Storage/storageAccounts/restoreBlobRanges
	Authority    *authority.Authority // a new one when nil
	Faults       *Faults              // shared with others that answer; its own when nil
	// Passwords are what the identity endpoint gives for a resource, such as
	// https://ossrdbms-aad.database.windows.net, in place of a token.
	Passwords map[string]string
	// TokenLife is how long a minted token counts; an hour when zero.
	TokenLife time.Duration
	// Roles lets identities do what their role assignments allow and no more. Without
	// it whoever is let in may do all.
	Roles bool
}

// Server is a running Azure Resource Manager. Its methods may be called from
// several goroutines.
type Server struct {
	options Options
	token   string // the static one
	secret  string // of the identity endpoint
	signing []byte // signs minted tokens
	url     string
	http    *http.Server
	ctx     context.Context
	stop    context.CancelFunc
	work    sync.WaitGroup // operations under way

	mu         sync.Mutex
	resources  map[string]*resource // by id in lower case
	operations map[string]*operation
	trusted    map[string]bool // object ids of those who may do all
	journal    []Request
	sequence   int
}

// Request is one request that the server answered.
type Request struct {
	Method, Path string
	Status       int
}

// Start serves on a loopback port that the kernel chooses. Close ends it, and
// so does the context.
func Start(ctx context.Context, options Options) (*Server, error) {
	if options.Subscription == "" {
		options.Subscription = azure.Subscription
	}
	if options.Tenant == "" {
		options.Tenant = azure.Tenant
	}
	if options.Duration == 0 {
		options.Duration = 20 * time.Millisecond
	}
	if options.PageSize == 0 {
		options.PageSize = 100
	}
	if options.Now == nil {
		options.Now = clock.Now
	}
	if options.Authority == nil {
		var err error
		if options.Authority, err = authority.New(options.Now()); err != nil {
			return nil, fmt.Errorf("make the rehearsal's certificate: %w", err)
		}
	}
	if options.Faults == nil {
		options.Faults = &Faults{}
	}
	if options.TokenLife == 0 {
		options.TokenLife = time.Hour
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	s := &Server{
		options:    options,
		token:      "rehearsal-" + rand.Text(),
		secret:     rand.Text(),
		signing:    []byte(rand.Text() + rand.Text()),
		url:        "https://" + listener.Addr().String(),
		resources:  map[string]*resource{},
		operations: map[string]*operation{}, trusted: map[string]bool{},
	}
	s.ctx, s.stop = context.WithCancel(ctx)
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{options.Authority.Certificate}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // a client that gives up is no news
	}
	go func() {
		if err := s.http.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			s.stop()
		}
	}()
	context.AfterFunc(s.ctx, s.shut)
	return s, nil
}

// Close stops the server and waits for the operations under way.
func (s *Server) Close() {
	s.stop()
	s.shut()
	s.work.Wait()
}

// shut breaks off every connection. What it reports is only that one was gone.
func (s *Server) shut() { _ = s.http.Close() }

// URL is the endpoint, such as https://127.0.0.1:40123.
func (s *Server) URL() string { return s.url }

// Token is the bearer token that requests must carry.
func (s *Server) Token() string { return s.token }

// About is whose resources the server keeps.
type About struct{ Subscription, Tenant string }

// About tells the ids that the server answers for.
func (s *Server) About() About { return About{s.options.Subscription, s.options.Tenant} }

// CA is the certificate of the server's authority, in PEM.
func (s *Server) CA() []byte { return s.options.Authority.CA }

// Resources lists the ids of all resources that exist, in order.
func (s *Server) Resources() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, r := range s.inOrder(func(*resource) bool { return true }) {
		ids = append(ids, r.id)
	}
	return ids
}

// Body is a resource as it was written and completed; nil when there is none. It
// must not be changed.
func (s *Server) Body(id string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.resources[strings.ToLower(id)]; r != nil {
		return r.body
	}
	return nil
}

// Children are the bodies of the resources directly under an id, such as an
// account's /objectReplicationPolicies.
func (s *Server) Children(id string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	var bodies []map[string]any
	prefix := strings.ToLower(id) + "/"
	for _, r := range s.inOrder(func(r *resource) bool {
		name, under := strings.CutPrefix(r.key(), prefix)
		return under && !strings.Contains(name, "/")
	}) {
		bodies = append(bodies, r.body)
	}
	return bodies
}

// Journal lists the requests answered so far, reads of operations left out.
func (s *Server) Journal() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.journal...)
}
