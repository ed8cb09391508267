package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestInRepository(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{".git", "infra/stacks", "alone"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "infra", "Pulumi.yaml"), []byte("name: tillit\nruntime: go\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "Pulumi.e.yaml")
	t.Chdir(filepath.Join(root, "infra"))
	for _, test := range []struct{ dir, stackFile, folder, file string }{
		{"stacks", "stacks/Pulumi.e.yaml", "infra", "infra/stacks/Pulumi.e.yaml"},
		{filepath.Join(root, "infra", "stacks"), filepath.Join(root, "infra", "stacks", "Pulumi.e.yaml"), "infra", "infra/stacks/Pulumi.e.yaml"},
		{"stacks", outside, "infra", ""},
		{"stacks", "", "infra", ""},
		{"../alone", "../alone/Pulumi.e.yaml", "infra", "alone/Pulumi.e.yaml"}, // no project there: that of the working folder
	} {
		folder, file := inRepository(test.dir, test.stackFile)
		if folder != test.folder || file != test.file {
			t.Errorf("%s, %s: folder %q, file %q; want %q, %q", test.dir, test.stackFile, folder, file, test.folder, test.file)
		}
	}
	if err := os.Remove(filepath.Join(root, ".git")); err != nil {
		t.Fatal(err)
	}
	if folder, file := inRepository("stacks", "stacks/Pulumi.e.yaml"); folder != "" || file != "stacks/Pulumi.e.yaml" {
		t.Errorf("without a repository: folder %q, file %q", folder, file)
	}
}
