package evidence

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// LocalWitness is a witness with a key file and a folder on this machine. Keep
// both where those who can write the evidence folder cannot write.
type LocalWitness struct {
	key     WitnessKey
	private ed25519.PrivateKey
	dir     string
	logs    []PublicKey
	now     func() time.Time
	files   fileSystem
}

var _ Witness = (*LocalWitness)(nil)

// NewLocalWitness makes a witness that keeps the newest head of each log in dir
// and cosigns only heads signed by one of the logs' keys.
func NewLocalWitness(name string, key *FileKey, dir string, logs []PublicKey, now func() time.Time) (*LocalWitness, error) {
	k, err := NewWitnessKey(name, key.public)
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	return &LocalWitness{key: k, private: key.private, dir: dir, logs: logs, now: now, files: osFiles{}}, nil
}

// Key is the witness's public key.
func (w *LocalWitness) Key() WitnessKey { return w.key }

// Newest is the newest checkpoint of a log that the witness has cosigned, or
// nil. Show it to Verify, and a log that was rolled back is found out.
func (w *LocalWitness) Newest(origin string) ([]byte, error) {
	data, err := readFile(w.files, w.path(origin), maxCheckpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("witness %s: %w", w.key.name, err)
	}
	return data, nil
}

func (w *LocalWitness) path(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return filepath.Join(w.dir, hex.EncodeToString(sum[:]))
}

// Cosign checks, remembers, and only then signs.
func (w *LocalWitness) Cosign(ctx context.Context, old int64, proof tlog.TreeProof, checkpoint []byte) ([]byte, error) {
	c, err := openCheckpoint(checkpoint, Keys{Log: w.logs})
	if errors.Is(err, errUnknownKey) {
		err = fmt.Errorf("%w: %w", ErrWrongKey, err)
	}
	if err != nil {
		return nil, fmt.Errorf("witness %s: %w", w.key.name, err)
	}
	if err := w.files.MkdirAll(w.dir); err != nil {
		return nil, fmt.Errorf("witness %s: %w", w.key.name, err)
	}
	unlock, err := w.files.Lock(ctx, w.dir, false)
	if err != nil {
		return nil, fmt.Errorf("witness %s: %w", w.key.name, err)
	}
	answer, err := w.cosign(c, old, proof, checkpoint)
	return answer, errors.Join(err, unlock())
}

func (w *LocalWitness) cosign(c Checkpoint, old int64, proof tlog.TreeProof, checkpoint []byte) ([]byte, error) {
	var last Checkpoint
	data, err := w.Newest(c.Origin)
	if err != nil {
		return nil, err
	}
	if data != nil {
		if last, err = openCheckpoint(data, Keys{Log: w.logs}); err != nil {
			return nil, fmt.Errorf("witness %s: its own state %s: %w", w.key.name, w.path(c.Origin), err)
		}
	}
	if old != last.Size {
		return nil, &SizeError{Witness: w.key.name, Size: last.Size}
	}
	if err := checkConsistency(last, c, proof); err != nil {
		return nil, fmt.Errorf("witness %s: %w", w.key.name, err)
	}
	if data == nil || c.Size > last.Size {
		if err := writeFile(w.files, w.path(c.Origin)+".tmp", w.path(c.Origin), checkpoint); err != nil {
			return nil, fmt.Errorf("witness %s: %w", w.key.name, err)
		}
	}
	at := w.now().Unix()
	signature := binary.BigEndian.AppendUint32(nil, w.key.hash)
	signature = binary.BigEndian.AppendUint64(signature, uint64(at))
	signature = append(signature, ed25519.Sign(w.private, cosigned(at, []byte(c.body())))...)
	return fmt.Appendf(nil, "— %s %s\n", w.key.name, base64.StdEncoding.EncodeToString(signature)), nil
}

// checkConsistency accepts a head that contains all of the last one.
func checkConsistency(last, next Checkpoint, proof tlog.TreeProof) error {
	switch {
	case next.Size < last.Size:
		return fmt.Errorf("%w: it has %d records, %d were seen before", ErrRolledBack, next.Size, last.Size)
	case last.Size == 0:
		if len(proof) != 0 {
			return errors.New("a proof from size 0 must be empty")
		}
		return nil
	}
	if err := tlog.CheckTree(proof, next.Size, next.Root, last.Size, last.Root); err != nil {
		return fmt.Errorf("%w: the head at %d records does not continue the one at %d: %w", ErrForked, next.Size, last.Size, err)
	}
	return nil
}
