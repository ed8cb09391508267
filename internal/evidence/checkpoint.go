package evidence

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const maxCheckpoint = 1 << 16

// Checkpoint is a signed head of a log: how many records, and the root of their
// Merkle tree.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
	// Cosignatures by witnesses whose keys are pinned, each with its time.
	Cosignatures []Cosignature
	// Unknown names the keys of signatures that nobody could check.
	Unknown []string
	signed  bool // by a pinned key of the log
}

// Cosignature is a witness's word that at a time this was the largest head it
// had seen of the log, consistent with all it had seen before.
type Cosignature struct {
	Witness string
	Time    time.Time
}

// body is the text that is signed: C2SP tlog-checkpoint without extensions.
func (c Checkpoint) body() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

func parseBody(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return Checkpoint{}, errors.New("checkpoint: want three lines: origin, size, root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Checkpoint{}, fmt.Errorf("checkpoint: %q is no number of records", clip(lines[1], 40))
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %q is no root hash", clip(lines[2], 80))
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root}
	if c.body() != text {
		return Checkpoint{}, errors.New("checkpoint: not in the one form that is written")
	}
	return c, nil
}

// parseCheckpoint reads a checkpoint without checking a signature.
func parseCheckpoint(data []byte) (Checkpoint, error) {
	_, err := note.Open(data, nil)
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	return parseBody(unverified.Note.Text)
}

// openCheckpoint reads a checkpoint and checks its signatures. A signature that
// is by a pinned key and wrong is an error, and so is the lack of any by the
// log's keys. Only the very bytes that are written are accepted.
func openCheckpoint(data []byte, keys Keys) (Checkpoint, error) {
	c, err := parseCheckpoint(data)
	if err != nil {
		return Checkpoint{}, err
	}
	times := map[string]time.Time{}
	var list []note.Verifier
	for _, key := range keys.Log {
		list = append(list, noteVerifier{c.Origin, key.noteHash(c.Origin), key.Verify})
	}
	for _, key := range keys.Witnesses {
		list = append(list, noteVerifier{key.name, key.hash, func(message, signature []byte) bool {
			at, ok := key.verify(message, signature)
			times[key.name] = at
			return ok
		}})
	}
	n, err := note.Open(data, note.VerifierList(list...))
	if err != nil {
		var unverified *note.UnverifiedNoteError
		if errors.As(err, &unverified) {
			return Checkpoint{}, fmt.Errorf("checkpoint: %w", errUnknownKey)
		}
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	// The library skips a signature that is there twice; we do not write any.
	signatures := append(n.Sigs[:len(n.Sigs):len(n.Sigs)], n.UnverifiedSigs...)
	if strings.Count(string(data[len(n.Text)+1:]), "\n") != len(signatures) {
		return Checkpoint{}, errors.New("checkpoint: a signature is there twice")
	}
	for _, s := range signatures {
		if !isBase64(s.Base64) {
			return Checkpoint{}, errors.New("checkpoint: a signature is not plain base64")
		}
	}
	for _, s := range n.Sigs {
		if at, ok := times[s.Name]; ok {
			c.Cosignatures = append(c.Cosignatures, Cosignature{Witness: s.Name, Time: at})
		} else {
			c.signed = true
		}
	}
	for _, s := range n.UnverifiedSigs {
		c.Unknown = append(c.Unknown, fmt.Sprintf("%s+%08x", s.Name, s.Hash))
	}
	if !c.signed {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", errUnknownKey)
	}
	return c, nil
}

// noteSigner is a Signer in the role of a signed note's signer.
type noteSigner struct {
	ctx    context.Context
	name   string
	signer Signer
}

func (s noteSigner) Name() string    { return s.name }
func (s noteSigner) KeyHash() uint32 { return s.signer.Public().noteHash(s.name) }

func (s noteSigner) Sign(message []byte) ([]byte, error) {
	return s.signer.Sign(s.ctx, message)
}

// signCheckpoint signs a head with the log's key.
func signCheckpoint(ctx context.Context, c Checkpoint, signer Signer) ([]byte, error) {
	data, err := note.Sign(&note.Note{Text: c.body()}, noteSigner{ctx, c.Origin, signer})
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return data, nil
}
