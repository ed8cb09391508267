package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/evidence"
)

// served is a witness behind HTTP that watches the log of a key.
func served(t *testing.T, watched ...evidence.PublicKey) (*httptest.Server, evidence.WitnessKey) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "witness")
	key, err := createWitness(dir, "witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	w, err := openWitness(dir, watched, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(witnessHandler(w, io.Discard))
	t.Cleanup(server.Close)
	return server, key
}

func newKey(t *testing.T) *evidence.FileKey {
	t.Helper()
	key, err := evidence.CreateKey(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// logAt writes evidence that the witness behind an address cosigns.
func logAt(t *testing.T, key *evidence.FileKey, address string) (dir string, write func(run string) error) {
	t.Helper()
	w, remote, err := remoteWitness(address)
	if err != nil || !remote {
		t.Fatal(remote, err)
	}
	dir = filepath.Join(t.TempDir(), "evidence")
	config := evidence.Config{Identity: evidence.Identity{Estate: "ledger-no"}, Signer: key, Witnesses: []evidence.Witness{w}, Now: clock.Now}
	return dir, func(run string) error {
		l, err := evidence.Open(context.Background(), dir, config)
		if err != nil {
			return err
		}
		_, err = l.Append(context.Background(), start(run))
		return errors.Join(err, l.Close())
	}
}

func TestWitnessOverHTTP(t *testing.T) {
	key := newKey(t)
	server, line := served(t, key.Public())
	dir, write := logAt(t, key, line.String()+"@"+server.URL)
	for _, run := range []string{"pitr-1", "pitr-2", "pitr-3"} {
		if err := write(run); err != nil {
			t.Fatal(err)
		}
	}
	keys := evidence.Keys{Log: []evidence.PublicKey{key.Public()}, Witnesses: []evidence.WitnessKey{line}}
	report, err := evidence.Verify(context.Background(), dir, evidence.Options{Identity: evidence.Identity{Estate: "ledger-no"}, Keys: keys})
	if err != nil || !report.Intact() || report.Size != 3 {
		t.Errorf("%+v, %v", report, err)
	}
	// A log that begins anew has another history than the one that was seen.
	_, again := logAt(t, key, line.String()+"@"+server.URL)
	if err := again("pitr-9"); !errors.Is(err, evidence.ErrForked) && !errors.Is(err, evidence.ErrRolledBack) {
		t.Errorf("a second history: %v", err)
	}
	// A log whose key is not watched.
	_, stranger := logAt(t, newKey(t), line.String()+"@"+server.URL)
	if err := stranger("pitr-1"); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("a stranger: %v", err)
	}
}

func TestWitnessRefuses(t *testing.T) {
	server, _ := served(t, newKey(t).Public())
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"nothing", "", 400},
		{"no empty line", "old 0\nx", 400},
		{"no old size", "new 0\n\nx\n", 400},
		{"an old size below zero", "old -1\n\nx\n", 400},
		{"an old size written oddly", "old 00\n\nx\n", 400},
		{"a proof that is no hash", "old 1\nx\n\nx\n", 400},
		{"a proof that is too long", "old 1\n" + strings.Repeat(tlog.Hash{}.String()+"\n", 64) + "\nx\n", 400},
		{"no checkpoint", "old 0\n\nx\n", 400},
		{"too large", "old 0\n\n" + strings.Repeat("x", mostBody), 400},
	} {
		answer, err := http.Post(server.URL+"/add-checkpoint", "text/plain", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != c.status {
			t.Errorf("%s: %s, want %d", c.name, answer.Status, c.status)
		}
	}
	answer, err := http.Get(server.URL + "/add-checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %s", answer.Status)
	}
}

// What a submission says is read back as it was written, and nothing else is.
func TestSubmissions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := rapid.Int64Range(0, 1<<40).Draw(t, "old")
		var proof tlog.TreeProof
		for range rapid.IntRange(0, 63).Draw(t, "hashes") {
			proof = append(proof, tlog.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash")))
		}
		note := rapid.String().Draw(t, "note")
		var body bytes.Buffer
		if err := submit(&body, old, proof, note); err != nil {
			t.Fatal(err)
		}
		gotOld, gotProof, gotNote, err := parseSubmission(body.Bytes())
		if err != nil || gotOld != old || len(gotProof) != len(proof) || string(gotNote) != note {
			t.Fatalf("%d %v %q, %v", gotOld, gotProof, gotNote, err)
		}
		_, _, _, _ = parseSubmission(rapid.SliceOf(rapid.Byte()).Draw(t, "any")) // does not panic
	})
}

// submit writes a submission by the client's own code.
func submit(into *bytes.Buffer, old int64, proof tlog.TreeProof, note string) error {
	client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(into, r.Body)
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, err
	})}
	_, err := evidence.NewHTTPWitness(evidence.WitnessKey{}, "http://witness", client).Cosign(context.Background(), old, proof, []byte(note))
	return err
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The command prints where it answers, and ends well when it is stopped.
func TestWitnessServes(t *testing.T) {
	b := newBench(t, false).keys()
	dir := filepath.Join(t.TempDir(), "w")
	p := b.program()
	read, write := io.Pipe()
	p.stdout = write
	status := make(chan int, 1)
	go func() {
		status <- p.run([]string{"witness", "--dir", dir, "--name", "witness.example/w1", "--log", state(b.dir).pinned()})
	}()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	b2 := newBench(t, false)
	b2.dir = b.dir
	pins := filepath.Join(t.TempDir(), "keys")
	b2.want(exitPassed, "key", "show", "--key", state(b.dir).key(), "--witness", strings.TrimSpace(line))
	if err := os.WriteFile(pins, b2.stdout.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	b2.want(exitPassed, "run", "pitr", "--confirm", "ledger-no", "--witness", strings.TrimSpace(line))
	b2.want(exitPassed, "verify", "--key", pins)
	b.signals <- os.Interrupt
	if got := <-status; got != exitPassed {
		t.Errorf("exit status %d: %s", got, &b.stderr)
	}
}
