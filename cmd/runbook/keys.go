package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/spf13/pflag"

	"github.com/tillit-dev/tillit/internal/evidence"
)

// pinnedFlag names the file of pinned keys, for commands that only read.
func (p *program) pinnedFlag(f *pflag.FlagSet, file *string) {
	f.StringVar(file, "key", p.getenv("TILLIT_PINNED"), "`FILE` of the pinned keys: the log's as PEM, and a line for each witness (default keys in --dir)")
}

// pinned reads a file of pinned keys.
func pinned(file string) (evidence.Keys, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return evidence.Keys{}, fmt.Errorf("the pinned keys: %w", err)
	}
	keys, err := evidence.ParseKeys(data)
	if err != nil {
		return keys, fmt.Errorf("the pinned %w (in %s)", err, file)
	}
	return keys, nil
}

// pinFile writes keys as a verifier pins them.
func pinFile(identity evidence.Identity, keys evidence.Keys) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# the keys of the evidence of %s: the log's, and those of its witnesses\n", identity)
	for _, k := range keys.Log {
		b.Write(k.PEM())
	}
	for _, w := range keys.Witnesses {
		fmt.Fprintln(&b, w)
	}
	return b.Bytes()
}

// A local witness is a folder with its key, the line by which it is pinned (which
// has its name), and the newest head of each log that it has seen.
const (
	witnessKeyFile  = "key.pem"
	witnessLineFile = "verifier"
	witnessHeads    = "heads"
)

// createWitness makes a witness in a folder.
func createWitness(dir, name string) (evidence.WitnessKey, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return evidence.WitnessKey{}, err
	}
	key, err := loadOrCreate(filepath.Join(dir, witnessKeyFile))
	if err != nil {
		return evidence.WitnessKey{}, err
	}
	line, err := evidence.NewWitnessKey(name, key.Public())
	if err != nil {
		return line, fmt.Errorf("the witness's name: %w", err)
	}
	return line, createFile(filepath.Join(dir, witnessLineFile), []byte(line.String()+"\n"))
}

// loadOrCreate takes the key that an interrupted call has made, or makes one.
func loadOrCreate(path string) (*evidence.FileKey, error) {
	key, err := evidence.LoadKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		return evidence.CreateKey(path)
	}
	return key, err
}

// openWitness opens a witness that createWitness made. It trusts the logs of the
// given keys.
func openWitness(dir string, logs []evidence.PublicKey, now func() time.Time) (*evidence.LocalWitness, error) {
	text, err := os.ReadFile(filepath.Join(dir, witnessLineFile))
	if err != nil {
		return nil, fmt.Errorf("the witness in %s: %w", dir, err)
	}
	line, err := evidence.ParseWitnessKey(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("the witness in %s: %w", dir, err)
	}
	key, err := evidence.LoadKey(filepath.Join(dir, witnessKeyFile))
	if err != nil {
		return nil, fmt.Errorf("the witness in %s: %w", dir, err)
	}
	w, err := evidence.NewLocalWitness(line.Name(), key, filepath.Join(dir, witnessHeads), logs, now)
	if err != nil {
		return nil, err
	}
	if w.Key().String() != line.String() {
		return nil, fmt.Errorf("the witness in %s: %s is not of its key", dir, witnessLineFile)
	}
	return w, nil
}

// remoteWitness reads KEY@URL: a verifier key and where its witness answers.
func remoteWitness(text string) (evidence.Witness, bool, error) {
	i := strings.LastIndex(text, "@http")
	if i < 0 {
		return nil, false, nil
	}
	key, err := evidence.ParseWitnessKey(text[:i])
	if err != nil {
		return nil, true, fmt.Errorf("--witness: %w", err)
	}
	client := retryablehttp.NewClient()
	client.Logger = nil
	client.RetryMax, client.RetryWaitMin, client.RetryWaitMax = 4, 200*time.Millisecond, 5*time.Second
	client.HTTPClient.Timeout = 30 * time.Second
	client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	// A witness's "no" is an answer; only its silence is worth another try.
	client.CheckRetry = func(ctx context.Context, r *http.Response, err error) (bool, error) {
		if r != nil && r.StatusCode < http.StatusInternalServerError && r.StatusCode != http.StatusTooManyRequests {
			return false, nil
		}
		return retryablehttp.DefaultRetryPolicy(ctx, r, err)
	}
	return evidence.NewHTTPWitness(key, text[i+1:], client.StandardClient()), true, nil
}

// createFile writes a new file and flushes it. It replaces none.
func createFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// createKeys makes the log's key, a witness on this machine and the file that
// pins both. It replaces nothing; what an interrupted call has made it goes on
// with. Of several processes one makes them, and the others wait for it.
func (s state) createKeys(ctx context.Context, identity evidence.Identity, witness string) error {
	if err := os.MkdirAll(string(s), 0o700); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, recordLimit)
	defer cancel()
	unlock, err := evidence.LockFolder(ctx, string(s))
	if err != nil {
		return err
	}
	if !exists(s.pinned()) {
		err = s.createMissing(identity, witness)
	}
	return errors.Join(err, unlock())
}

func (s state) createMissing(identity evidence.Identity, witness string) error {
	key, err := loadOrCreate(s.key())
	if err != nil {
		return err
	}
	var line evidence.WitnessKey
	text, err := os.ReadFile(filepath.Join(s.witness(), witnessLineFile))
	switch {
	case err == nil:
		line, err = evidence.ParseWitnessKey(strings.TrimSpace(string(text)))
	case errors.Is(err, fs.ErrNotExist):
		line, err = createWitness(s.witness(), cmp.Or(witness, defaultWitness(identity)))
	}
	if err != nil {
		return err
	}
	return createFile(s.pinned(), pinFile(identity, evidence.Keys{Log: []evidence.PublicKey{key.Public()}, Witnesses: []evidence.WitnessKey{line}}))
}

// defaultWitness is the name of a witness that stands beside the log it watches.
func defaultWitness(identity evidence.Identity) string { return "local/" + identity.Origin() }

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
