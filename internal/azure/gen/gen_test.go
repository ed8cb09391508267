package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/tillit-dev/tillit/internal/azure"
)

// The embedded table says what the SDK's source says, for every type of
// types.tsv and with its API version.
func TestTableIsCurrent(t *testing.T) {
	table, err := build(azure.Tokens())
	if err != nil {
		t.Fatal(err)
	}
	want, err := encode(table)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../properties.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("internal/azure/properties.json is old: run go generate ./internal/azure")
	}
}
