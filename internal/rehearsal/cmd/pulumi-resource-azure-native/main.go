// Command pulumi-resource-azure-native stands in for Azure's provider plugin in
// a rehearsal. It does not start outside one.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"github.com/tillit-dev/tillit/internal/rehearsal/provider"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-azure-native:", err)
		os.Exit(2)
	}
}

// serve answers the engine until it is gone. Its first line on standard output
// is the port, as the engine expects.
func serve() error {
	// The engine ends its plugins with an interrupt; the rehearsal runs it in a
	// process group of its own, so a terminal's does not come here.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p, err := provider.Connect(ctx, os.Getenv)
	if err != nil {
		return err
	}
	// The engine's address is the last argument; when it no longer answers there
	// is nobody left to serve.
	if len(os.Args) > 1 {
		if err := rpcutil.Healthcheck(ctx, os.Args[len(os.Args)-1], time.Second, stop); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	const largest = 400 << 20 // the engine's own limit on a message
	server := grpc.NewServer(grpc.MaxRecvMsgSize(largest))
	pulumirpc.RegisterResourceProviderServer(server, p)
	context.AfterFunc(ctx, server.Stop)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return server.Serve(listener)
}
