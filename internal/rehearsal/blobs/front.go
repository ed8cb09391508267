package blobs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
	"github.com/tillit-dev/tillit/internal/rehearsal/azurite"
)

// Options say what a Front stands before and whom it lets in.
type Options struct {
	Store     *azurite.Server
	Authority *authority.Authority
	Admit     Admission                        // judges requests
	Faults    *arm.Faults                      // those for arm.BlobService are met here
	Mark      http.Header                      // headers of every answer
	Resource  func(id string) map[string]any   // a resource's body in the Resource Manager; nil when there is none
	Children  func(id string) []map[string]any // the bodies of what is directly under an id
	Now       func() time.Time
}

// Admission judges a request's Authorization header. What it returns tells whether
// whose it is may do something with a resource or, with data, with the data in it.
type Admission func(authorization string) (may func(action, id string, data bool) bool, err error)

// Front serves the blob protocol on loopback for many accounts, by path:
// https://127.0.0.1:port/account/container/blob.
type Front struct {
	options  Options
	url      string
	listener net.Listener
	http     *http.Server
	store    *http.Client // to the emulator
	proxy    *httputil.ReverseProxy
	work     sync.WaitGroup // copies under way
	ctx      context.Context
	stop     context.CancelFunc

	mu       sync.Mutex
	accounts map[string]*account // by name
	past     azurite.Account     // holds old versions; nobody is led to it
	released bool                // policies protect nothing any more
}

// account is one storage account.
type account struct {
	name, id string
	behind   azurite.Account

	// held for reading by every request, and for writing by a restore, which keeps
	// everybody else out.
	busy sync.RWMutex

	mu      sync.Mutex
	events  []event // in order of time
	writes  map[string]*sync.Mutex
	restore map[string]any // how the last restore went, as ARM shows it
}

// Start serves. Close ends it.
func Start(ctx context.Context, o Options) (*Front, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(o.Authority.CA) {
		return nil, errors.New("the rehearsal's authority has no certificate")
	}
	past, err := o.Store.Take()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 32,
	}
	f := &Front{
		options: o, listener: listener, url: "https://" + listener.Addr().String(),
		store: &http.Client{Transport: transport}, accounts: map[string]*account{}, past: past,
	}
	f.ctx, f.stop = context.WithCancel(ctx)
	quiet := log.New(io.Discard, "", 0) // a client that gives up is no news
	f.proxy = &httputil.ReverseProxy{
		Transport: transport, ErrorLog: quiet,
		Rewrite:      func(*httputil.ProxyRequest) {}, // forward has done it
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) { f.refuse(w, unavailable(err)) },
	}
	f.http = &http.Server{
		Handler: http.HandlerFunc(f.serve), ErrorLog: quiet, ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{o.Authority.Certificate}, MinVersion: tls.VersionTLS12},
	}
	go func() {
		if err := f.http.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			f.stop()
		}
	}()
	return f, f.makeContainer(past, history)
}

// Close breaks off every connection and waits for the copies under way.
func (f *Front) Close() error {
	f.stop()
	err := f.http.Close()
	f.work.Wait()
	f.store.CloseIdleConnections()
	return err
}

// Release lets everything be deleted from now on, so that a rehearsal can be
// taken down. Azure has nothing like it.
func (f *Front) Release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.released = true
}

// Endpoint is where an account's blobs are, with a slash at its end.
func (f *Front) Endpoint(account string) string { return f.url + "/" + account + "/" }

// place is what a request is about.
type place struct{ account, container, blob string }

func placeOf(path string) place {
	parts := strings.SplitN(strings.TrimPrefix(path, "/"), "/", 3)
	parts = append(parts, "", "")
	return place{parts[0], parts[1], parts[2]}
}

// refusal is an error as the blob service answers it.
type refusal struct {
	status        int
	code, message string
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

func unavailable(err error) *refusal {
	return &refusal{http.StatusServiceUnavailable, "ServerBusy", fmt.Sprintf("The rehearsal's store does not answer: %v", err)}
}

func (f *Front) refuse(w http.ResponseWriter, r *refusal) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("X-Ms-Error-Code", r.code)
	if r.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://login.rehearsal.invalid/" resource_id="https://storage.azure.com"`)
	}
	w.WriteHeader(r.status)
	// A client that has gone cannot be told anything.
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: r.code, Message: r.message})
}

func (f *Front) serve(w http.ResponseWriter, r *http.Request) {
	for name, values := range f.options.Mark {
		w.Header()[name] = values
	}
	fault := f.options.Faults.Meets(r, arm.BlobService)
	if fault != nil {
		w = fault.Spoil(r.Context(), w)
	}
	if fault != nil && fault.Status != 0 {
		if fault.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(fault.RetryAfter.Seconds()))))
		}
		f.refuse(w, &refusal{fault.Status, fault.Code, fault.Words()})
		return
	}
	p := placeOf(r.URL.Path)
	a, denied := f.admit(r, p)
	if denied != nil {
		f.refuse(w, denied)
		return
	}
	a.busy.RLock()
	defer a.busy.RUnlock()
	if !changes(r) || p.blob == "" {
		if denied := f.guardContainer(r, a, p); denied != nil {
			f.refuse(w, denied)
			return
		}
		f.forward(w, r, a, p)
		return
	}
	// Writes to one blob go one after the other, so that its history is in order.
	unlock := a.hold(p)
	defer unlock()
	if denied := f.guard(r, a, p); denied != nil {
		f.refuse(w, denied)
		return
	}
	answer := &watched{ResponseWriter: w}
	f.forward(answer, r, a, p)
	if answer.status/100 == 2 && settles(r) {
		if err := f.remember(a, p); err != nil {
			// The write has been done and answered, so that the past lacks it can only be
			// told of by refusing to restore.
			a.lose(err)
		}
		f.replicate(a, p)
	}
}

// admit judges the token and finds the account.
func (f *Front) admit(r *http.Request, p place) (*account, *refusal) {
	if header := r.Header.Get("Authorization"); !strings.HasPrefix(header, "Bearer ") {
		return nil, &refusal{http.StatusUnauthorized, "NoAuthenticationInformation", "The request carries no bearer token. Account keys are not taken."}
	}
	may, err := f.options.Admit(r.Header.Get("Authorization"))
	if err != nil {
		return nil, &refusal{http.StatusUnauthorized, "InvalidAuthenticationInfo", err.Error()}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.accounts[p.account]
	if a == nil {
		return nil, &refusal{http.StatusNotFound, "ResourceNotFound", "There is no account " + p.account + "."}
	}
	if !permitted(r, a, p, may) {
		return nil, &refusal{http.StatusForbidden, "AuthorizationPermissionMismatch", "This request is not authorized to perform this operation using this permission."}
	}
	return a, nil
}

// permitted judges a request by what its caller may do. Who may add blobs only may
// not write over one, which a request has to say.
// Source: Blob Storage REST API, Authorize with Microsoft Entra ID, permissions for blob service operations.
func permitted(r *http.Request, a *account, p place, may func(action, id string, data bool) bool) bool {
	const containers = "Microsoft.Storage/storageAccounts/blobServices/containers"
	id := a.id + "/blobServices/default/containers/" + p.container
	blob := func(verb string) bool { return may(containers+"/blobs/"+verb, id, true) }
	lists := r.URL.Query().Get("comp") == "list"
	switch {
	case p.container == "":
		return may(containers+"/read", a.id, false)
	case p.blob == "" && lists && !changes(r):
		return blob("read")
	case p.blob == "":
		verb := "read"
		if r.Method == http.MethodDelete {
			verb = "delete"
		} else if changes(r) {
			verb = "write"
		}
		return may(containers+"/"+verb, id, false)
	case !changes(r):
		return blob("read")
	case r.Method == http.MethodDelete && r.URL.Query().Has("versionid"):
		return blob("deleteBlobVersion/action")
	case r.Method == http.MethodDelete:
		return blob("delete")
	}
	return blob("write") || r.Header.Get("If-None-Match") == "*" && blob("add/action")
}

// forward sends a request on to the emulator.
func (f *Front) forward(w http.ResponseWriter, r *http.Request, a *account, p place) {
	out := r.Clone(r.Context())
	out.URL = f.behind(a.behind, p.container, p.blob)
	out.URL.RawQuery = r.URL.RawQuery
	out.Host = out.URL.Host
	f.sign(out)
	f.proxy.ServeHTTP(w, out)
}

// behind is a place's address in the emulator.
func (f *Front) behind(a azurite.Account, container, blob string) *url.URL {
	path := "/" + a.Name
	for _, part := range []string{container, blob} {
		if part != "" {
			path += "/" + part
		}
	}
	return &url.URL{Scheme: "https", Host: net.JoinHostPort("localhost", f.options.Store.Port()), Path: path}
}

// sign gives a request the token that the emulator takes: it looks at a token's
// claims and not at its signature, by its own clock.
func (f *Front) sign(r *http.Request) {
	now := clock.Now().Unix()
	claims, _ := json.Marshal(map[string]any{ // texts and numbers cannot fail
		"aud": "https://storage.azure.com", "iss": "https://sts.windows.net/rehearsal/",
		"iat": now, "nbf": now - 60, "exp": now + 3600,
	})
	encode := base64.RawURLEncoding.EncodeToString
	r.Header.Set("Authorization", "Bearer "+encode([]byte(`{"alg":"none","typ":"JWT"}`))+"."+encode(claims)+".rehearsal")
}

// changes reports a request that changes something.
func changes(r *http.Request) bool {
	return r.Method == http.MethodPut || r.Method == http.MethodDelete || r.Method == http.MethodPost
}

// settles reports a request that gives a blob new content or takes it away. Blocks
// that are not committed yet, leases and tags do neither.
func settles(r *http.Request) bool {
	switch r.URL.Query().Get("comp") {
	case "", "blocklist", "appendblock", "metadata", "properties":
		return true
	}
	return false
}

// watched remembers an answer's status.
type watched struct {
	http.ResponseWriter
	status int
}

func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the proxy flush what is beneath.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// hold waits for a blob to be free of other writers and returns what frees it.
func (a *account) hold(p place) func() {
	key := p.container + "/" + p.blob
	a.mu.Lock()
	lock := a.writes[key]
	if lock == nil {
		lock = &sync.Mutex{}
		a.writes[key] = lock
	}
	a.mu.Unlock()
	lock.Lock()
	return lock.Unlock
}
