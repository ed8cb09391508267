// Command gen writes the pages of docs/rules anew from the rules and their
// examples, into the folder it is given. Pages of rules that are gone are
// removed.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tillit-dev/tillit/internal/explain"
	"github.com/tillit-dev/tillit/policies"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen FOLDER")
		os.Exit(2)
	}
	if err := write(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen: "+err.Error())
		os.Exit(1)
	}
}

func write(ctx context.Context, dir string) error {
	book, err := explain.Open(ctx, policies.Files, "policies")
	if err != nil {
		return err
	}
	pages, err := book.Pages(ctx)
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "*", "*.md"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	for name, text := range pages {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
