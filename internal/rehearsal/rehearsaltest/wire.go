package rehearsaltest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	protection "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3/fake"
	postgresql "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources/fake"
	sql "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql/fake"
	storage "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage/fake"
)

// Wire sends each request of the SDK's typed clients to the SDK's own fake servers
// first, which take only what the service would, and then on. It knows every
// operation of every client that tillit has.
type Wire struct {
	On http.RoundTripper

	mu   sync.Mutex
	seen map[string]bool
}

// RoundTrip sends a request.
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	// Only the first request of an operation is made by a typed client's method.
	operation, _ := r.Context().Value(runtime.CtxAPINameKey{}).(string)
	if operation == "" || strings.HasPrefix(r.URL.Path, "/operations/") {
		return w.On.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	twin := r.Clone(r.Context())
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body, twin.Body = io.NopCloser(bytes.NewReader(body)), nil
		if len(body) > 0 {
			twin.Body = io.NopCloser(bytes.NewReader(body))
		}
	}
	if err := w.judge(operation, twin); err != nil {
		return nil, err
	}
	return w.On.RoundTrip(r)
}

// judge has the fake servers judge a request, one at a time: they keep what they
// are at.
func (w *Wire) judge(operation string, r *http.Request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	provider, servers := fakesOf(operation, r.URL.Path)
	answer, err := servers.Do(r)
	if err != nil {
		return fmt.Errorf("the fake server of the SDK for %s: %w", operation, err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("the fake server of the SDK answers %s to %s %s", answer.Status, r.Method, r.URL.Path)
	}
	if w.seen == nil {
		w.seen = map[string]bool{}
	}
	w.seen[provider+" "+operation] = true
	return nil
}

// Seen are the operations that have been asked for, such as
// "Microsoft.Sql ServersClient.Get".
func (w *Wire) Seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for name := range w.seen {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

var providers = sync.OnceValue(func() map[string]policy.Transporter {
	return map[string]policy.Transporter{
		"Microsoft.DataProtection":  protection.NewServerFactoryTransport(filled[protection.ServerFactory]()),
		"Microsoft.DBforPostgreSQL": postgresql.NewServerFactoryTransport(filled[postgresql.ServerFactory]()),
		"Microsoft.Resources":       fake.NewServerFactoryTransport(filled[fake.ServerFactory]()),
		"Microsoft.Sql":             sql.NewServerFactoryTransport(filled[sql.ServerFactory]()),
		"Microsoft.Storage":         storage.NewServerFactoryTransport(filled[storage.ServerFactory]()),
	}
})

// fakesOf are the servers of an operation: those of the provider that its path
// names, but for the clients that take any path.
func fakesOf(operation, path string) (string, policy.Transporter) {
	const own = "Microsoft.Resources"
	for _, any := range []string{"Client.", "ResourceGroupsClient."} {
		if strings.HasPrefix(operation, any) {
			return own, providers()[own]
		}
	}
	for name, servers := range providers() {
		if strings.Contains(strings.ToLower(path), "/providers/"+strings.ToLower(name)+"/") {
			return name, servers
		}
	}
	return own, providers()[own]
}

// filled are fake servers whose every operation succeeds and answers nothing.
func filled[F any]() *F {
	factory := new(F)
	servers := reflect.ValueOf(factory).Elem()
	for i := range servers.NumField() {
		for j := range servers.Field(i).NumField() {
			operation := servers.Field(i).Field(j)
			operation.Set(reflect.MakeFunc(operation.Type(), func([]reflect.Value) []reflect.Value { return succeed(operation.Type()) }))
		}
	}
	return factory
}

// succeed is what such an operation returns: a responder, a poller or a pager,
// each with one answer, and no error.
func succeed(operation reflect.Type) []reflect.Value {
	out := make([]reflect.Value, operation.NumOut())
	for i := range out {
		out[i] = reflect.New(operation.Out(i)).Elem()
	}
	for _, name := range []string{"SetResponse", "SetTerminalResponse", "AddPage"} {
		if set := out[0].Addr().MethodByName(name); set.IsValid() {
			set.Call([]reflect.Value{reflect.ValueOf(http.StatusOK), reflect.Zero(set.Type().In(1)), reflect.Zero(set.Type().In(2))})
		}
	}
	return out
}
