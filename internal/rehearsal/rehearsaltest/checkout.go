package rehearsaltest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const module = "github.com/tillit-dev/tillit/"

// Main runs a package's tests with a folder that has the shape of a built
// checkout: the stand-in provider in bin/rehearsal, the Pulumi CLI of the real
// checkout in bin/tools, and further programs, by package path within the
// module, in bin. It stores the folder in root and removes it afterwards. The
// result is the process's exit status.
func Main(m *testing.M, root *string, programs ...string) int {
	dir, err := os.MkdirTemp("", "tillit-checkout-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := build(dir, programs); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	*root = dir
	return m.Run()
}

func build(dir string, programs []string) error {
	bin := filepath.Join(dir, "bin")
	if err := compile(filepath.Join(bin, "rehearsal"), "internal/rehearsal/cmd/pulumi-resource-azure-native"); err != nil {
		return err
	}
	for _, program := range programs {
		if err := compile(bin, program); err != nil {
			return err
		}
	}
	root, err := checkout()
	if err != nil {
		return err
	}
	return os.Symlink(filepath.Join(root, "bin", "tools"), filepath.Join(bin, "tools"))
}

// compile builds one program into a folder.
func compile(out, program string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-o", out+string(filepath.Separator), module+program)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", program, err, text)
	}
	return nil
}
