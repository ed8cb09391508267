package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// asAnalyzer makes the test binary the analyzer itself.
const asAnalyzer = "TILLIT_TEST_AS_ANALYZER"

func TestMain(m *testing.M) {
	if os.Getenv(asAnalyzer) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), asAnalyzer+"=1")
	return cmd
}

// The engine holds the other end of standard input. When it dies, however
// suddenly, the analyzer ends.
func TestEndsWithTheEngine(t *testing.T) {
	for name, flags := range map[string][]string{
		"plain":            nil,
		"with the logging": {"--logtostderr", "-v=9", "--tracing", "127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, append(flags, "127.0.0.1:1", "../../policies")...)
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stderr = os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(stdout).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if port, err := strconv.Atoi(strings.TrimSpace(line)); err != nil || port <= 0 {
				t.Errorf("the first line is %q, not a port", line)
			}
			if err := stdin.Close(); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(stdout); err != nil || len(rest) > 0 {
				t.Errorf("more on standard output: %q, %v", rest, err)
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Whatever keeps the pack from being loaded is said, and no port is.
func TestRefusesToStart(t *testing.T) {
	empty, broken := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(empty, "PulumiPolicy.yaml"), []byte("runtime: tillit\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "PulumiPolicy.yaml"), []byte("version: [1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no arguments":   {nil, "usage: "},
		"no pack":        {[]string{"127.0.0.1:1"}, "usage: "},
		"an extra flag":  {[]string{"-x", "127.0.0.1:1", "../../policies"}, "flag provided but not defined: -x"},
		"no such folder": {[]string{"127.0.0.1:1", filepath.Join(empty, "none")}, "not a policy pack"},
		"an empty pack":  {[]string{"127.0.0.1:1", empty}, "it has no folder lib"},
		"a broken pack":  {[]string{"127.0.0.1:1", broken}, "PulumiPolicy.yaml: yaml:"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, test.args...)
			var stdout, stderr strings.Builder
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			if cmd.ProcessState.ExitCode() != 2 || stdout.Len() > 0 || !strings.Contains(stderr.String(), test.want) {
				t.Errorf("error %v, stdout %q, stderr %q; want %q", err, stdout.String(), stderr.String(), test.want)
			}
		})
	}
}
