package monitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"github.com/tillit-dev/tillit/internal/inventory"
)

// maxMessage bounds a gRPC message, in bytes. It is the limit of Pulumi's own
// engine.
const maxMessage = 400 << 20

// Options say what a program is told about the stack it is run for.
type Options struct {
	Project      string // the project's name, the third part of every URN
	Stack        string // the stack's name; for an estate, the estate's
	Organization string // "organization" when empty

	// Config holds the stack's configuration, by qualified key
	// ("azure-native:location"); a structured value is its JSON.
	Config map[string]string
	// SecretKeys are the keys of Config that hold secrets.
	SecretKeys []string

	// Root is the project's folder. Source positions are told relative to it;
	// the current folder when empty.
	Root string

	// Answers hold the results of functions that only a provider knows, by token
	// ("aws:ec2/getAmi:getAmi"), as JSON objects. A nil answer says that every
	// result is unknown.
	Answers map[string]map[string]any

	// Log receives what the program logs and prints, when it has ended; nil
	// discards it. Values that the program marked secret are left out.
	Log io.Writer
	// Progress is called after each registration with the number so far, from
	// several goroutines at once; nil for none.
	Progress func(registered int)
}

// Session is one run of one program against a monitor of its own.
type Session struct {
	server   *grpc.Server
	address  string
	monitor  *resources
	engine   *engine
	logbook  *logbook
	finished chan struct{} // closed when the server has stopped
}

// Start begins to serve a program on a loopback port that the kernel chooses.
// The caller must Close the session.
func Start(opts Options) (*Session, error) {
	if opts.Project == "" || opts.Stack == "" {
		return nil, errors.New("monitor: a project and a stack must be named")
	}
	if opts.Root == "" {
		opts.Root = "."
	}
	root, err := filepath.Abs(opts.Root)
	if err != nil {
		return nil, fmt.Errorf("monitor: %w", err)
	}
	opts.Root = root
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("monitor: %w", err)
	}
	book := newLogbook(opts.Log)
	served := newResources(opts, book)
	s := &Session{
		server:   grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage)),
		address:  listener.Addr().String(),
		monitor:  served,
		engine:   &engine{logbook: book, monitor: served},
		logbook:  book,
		finished: make(chan struct{}),
	}
	pulumirpc.RegisterResourceMonitorServer(s.server, s.monitor)
	pulumirpc.RegisterEngineServer(s.server, s.engine)
	go func() {
		defer close(s.finished)
		_ = s.server.Serve(listener) // it ends by Close; were it to end before, the program would say so
	}()
	return s, nil
}

// Address is where the program finds both the monitor and the engine,
// "127.0.0.1:port".
func (s *Session) Address() string { return s.address }

// Inventory is what the program registered. programErr is how the program ended;
// a fault that the monitor itself found comes first, since it is the cause.
func (s *Session) Inventory(programErr error) (*inventory.Inventory, error) {
	s.logbook.flush()
	return s.monitor.inventory(programErr)
}

// Close stops serving. The program must have ended.
func (s *Session) Close() {
	s.monitor.changes.close()
	s.server.Stop()
	<-s.finished
}
