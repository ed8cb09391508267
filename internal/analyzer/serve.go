package analyzer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// maxMessage bounds a gRPC message, in bytes; it is the engine's own limit.
const maxMessage = 400 << 20

// Serve answers on a loopback port that the kernel chooses, and writes its
// number to announce, which is how the engine learns it. It returns nil when
// the engine has cancelled the server or ctx ends, an error when it cannot
// serve.
func (s *Server) Serve(ctx context.Context, announce io.Writer) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage))
	pulumirpc.RegisterAnalyzerServer(server, s)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if _, err := fmt.Fprintln(announce, listener.Addr().(*net.TCPAddr).Port); err != nil {
		server.Stop()
		return errors.Join(fmt.Errorf("tell the port: %w", err), <-served)
	}
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		s.stop()
		server.Stop()
	case <-s.stopped.Done():
		server.GracefulStop() // the answer to Cancel is still on its way
	}
	if err := <-served; !errors.Is(err, grpc.ErrServerStopped) { // it may have been stopped before it began
		return err
	}
	return nil
}
