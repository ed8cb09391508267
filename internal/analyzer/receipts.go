package analyzer

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const keySize = 32 // bytes

// receipts is the folder where the receipts of this machine's user lie, one for
// each stack, and the key of their digests. Only the owner may read it. A receipt
// carries a digest of itself, so that no accident makes one; it is no defence
// against the owner, who could as well deploy without the gate.
type receipts string

// file is where the receipt of a stack lies.
func (dir receipts) file(stack string) string {
	sum := sha256.Sum256([]byte(stack))
	return filepath.Join(string(dir), hex.EncodeToString(sum[:16])+".json")
}

// signed is a receipt on disk.
type signed struct {
	Digest  string          `json:"digest"`
	Receipt json.RawMessage `json:"receipt"`
}

// write replaces the receipt of a stack.
func (dir receipts) write(stack string, r *receipt, key []byte) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	whole, err := json.Marshal(signed{digest(key, stack, text), text})
	if err != nil {
		return err
	}
	return dir.place(dir.file(stack), whole, os.Rename)
}

// read returns the receipt of a stack. The error is fs.ErrNotExist when there is
// none.
func (dir receipts) read(stack string, key []byte) (*receipt, error) {
	file := dir.file(stack)
	whole, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var s signed
	if err := json.Unmarshal(whole, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if !hmac.Equal([]byte(s.Digest), []byte(digest(key, stack, s.Receipt))) {
		return nil, fmt.Errorf("%s: it was not written by this analyzer, or with another key", file)
	}
	r := &receipt{}
	if err := json.Unmarshal(s.Receipt, r); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

// withdraw removes the receipt of a stack, if there is one.
func (dir receipts) withdraw(stack string) error {
	if dir == "" {
		return nil
	}
	if err := os.Remove(dir.file(stack)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// key returns the key of the folder's digests, and makes it the first time.
func (dir receipts) key() ([]byte, error) {
	if dir == "" {
		return nil, errors.New("neither PULUMI_HOME nor a home folder is known to keep it in")
	}
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return nil, err
	}
	file := filepath.Join(string(dir), "key")
	key, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		made := make([]byte, keySize)
		_, _ = rand.Read(made) // never fails
		// Of two that make it at once the first one's stays.
		if err := dir.place(file, made, os.Link); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		key, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, err
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("%s: it is no key; remove the file", file)
	}
	return key, nil
}

// place writes a file whole or not at all, for its owner only.
func (dir receipts) place(file string, text []byte, by func(from, to string) error) error {
	temporary, err := os.CreateTemp(string(dir), ".new-") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(text)
	if err := errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return by(temporary.Name(), file)
}
