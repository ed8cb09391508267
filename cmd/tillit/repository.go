package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tillit-dev/tillit/internal/monitor"
)

// inRepository tells where in its repository the Pulumi project around dir lies,
// to which positions of resources are relative, and where the stack file lies:
// paths with forward slashes from the repository's root. Folder is empty when
// the project is the root or in no repository, file when it lies outside.
func inRepository(dir, stackFile string) (folder, file string) {
	project := "."
	if found, ok, err := monitor.FindProject(dir); ok && err == nil {
		project = found.Dir
	}
	project, err := filepath.Abs(project)
	if err != nil {
		return "", ""
	}
	root := repository(project)
	if stackFile != "" {
		file = below(root, stackFile)
	}
	if folder = below(root, project); folder == "." {
		folder = ""
	}
	return folder, file
}

// repository is the root of the Git repository around a folder; the folder
// itself when there is none.
func repository(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); !errors.Is(err, fs.ErrNotExist) {
			return at
		}
		if filepath.Dir(at) == at {
			return dir
		}
	}
}

// below is a path relative to a root; empty when it is not below.
func below(root, path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}
