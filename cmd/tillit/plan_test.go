package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The command as a whole is tested by tests/foreign, with the built binary.

func TestParseAnswers(t *testing.T) {
	got, err := parseAnswers([]string{`a:b:c={"id": "x=y"}`, "d:e:f=unknown", "g:h:i=null"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]any{"a:b:c": {"id": "x=y"}, "d:e:f": nil, "g:h:i": nil}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, flag := range []string{"", "a:b:c", "={}", "a:b:c=", "a:b:c=7", `a:b:c={"id"`} {
		if _, err := parseAnswers([]string{flag}); err == nil || !strings.Contains(err.Error(), "--answer") {
			t.Errorf("%q: err = %v, want one that names the flag", flag, err)
		}
	}
}

// A write that fails leaves neither a part of the file nor a temporary one.
func TestWriteOutputLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "out.json")
	if err := os.Mkdir(file, 0o755); err != nil { // nothing can be renamed over it
		t.Fatal(err)
	}
	if err := replaceFile(file, []byte("x")); err == nil {
		t.Fatal("a folder was replaced")
	}
	if err := writeOutput(nil, file, []byte("x")); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("err = %v, want one that names the file", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("the folder holds %v", entries)
	}
}

func TestWriteOutputReplacesAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.json")
	for _, text := range []string{"a longer first", "second"} {
		if err := writeOutput(nil, file, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
	}
}
