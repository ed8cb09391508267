package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/tillit-dev/tillit/internal/analyzer"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-analyzer-policy-tillit: "+err.Error())
		os.Exit(2)
	}
}

const usage = "usage: pulumi-analyzer-policy-tillit [-logtostderr] [-v N] [-tracing ADDRESS] ENGINE-ADDRESS PACK-DIRECTORY; pulumi preview --policy-pack DIRECTORY starts it so"

// run loads the pack and serves until the engine is done or gone. The pack is
// loaded before the port is told, so that the engine cannot start without it.
func run(ctx context.Context, args []string, stdin *os.File, stdout io.Writer) error {
	flags := flag.NewFlagSet("pulumi-analyzer-policy-tillit", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	// The engine passes its own logging flags on; there is nothing here to log.
	flags.Bool("logtostderr", false, "")
	flags.Int("v", 0, "")
	flags.String("tracing", "", "")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w; %s", err, usage)
	}
	if flags.NArg() != 2 {
		return errors.New(usage)
	}
	pack, err := filepath.Abs(flags.Arg(1))
	if err != nil {
		return err
	}
	version, err := packVersion(pack)
	if err != nil {
		return err
	}
	g, err := gate.Load(ctx, os.DirFS(pack), pack)
	if err != nil {
		return fmt.Errorf("the policy pack cannot be loaded, so nothing may be deployed:\n%w", err)
	}
	fingerprint, err := analyzer.Fingerprint(os.DirFS(pack))
	if err != nil {
		return fmt.Errorf("the policy pack cannot be read: %w", err)
	}
	ctx, gone := context.WithCancel(ctx)
	defer gone()
	watch(ctx, stdin, gone)
	return analyzer.New(ctx, g, analyzer.Options{
		Version: version, Fingerprint: fingerprint, Receipts: receipts(), Now: clock.Now,
	}).Serve(ctx, stdout)
}

// receipts is the folder in Pulumi's own home where a preview leaves word of what
// it passed, for the update after it. Empty when there is no home.
func receipts() string {
	home := os.Getenv("PULUMI_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		home = filepath.Join(user, ".pulumi")
	}
	return filepath.Join(home, "tillit")
}

// packVersion reads the pack's version from its PulumiPolicy.yaml.
func packVersion(pack string) (string, error) {
	file := filepath.Join(pack, "PulumiPolicy.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("not a policy pack: %w", err)
	}
	var policy struct {
		Version string `yaml:"version"`
	}
	if err := yaml.Unmarshal(text, &policy); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return policy.Version, nil
}

// watch calls gone when the engine has gone away: it holds the other end of
// standard input, and is the parent process.
func watch(ctx context.Context, stdin *os.File, gone func()) {
	if info, err := stdin.Stat(); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			gone()
		}()
	}
	parent := os.Getppid()
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if os.Getppid() != parent {
					gone()
					return
				}
			}
		}
	}()
}
