package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tillit-dev/tillit/internal/azure"
)

func main() {
	if err := run("properties.json"); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes the table to a file beside types.tsv, the working folder of go
// generate. What could be read is written even when some types could not.
func run(file string) error {
	table, faults := build(azure.Tokens())
	if table == nil {
		return faults
	}
	b, err := encode(table)
	if err != nil {
		return err
	}
	return errors.Join(faults, os.WriteFile(filepath.Clean(file), b, 0o644))
}

// encode gives the table one line a property, so that changes can be read.
func encode(t *azure.Table) ([]byte, error) {
	b, err := json.MarshalIndent(t, "", " ")
	return append(b, '\n'), err
}
