package evidence

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// noteCosignature is C2SP's signature type of a timestamped Ed25519
// cosignature.
const noteCosignature = 4

// Witness remembers the largest head it has seen of a log and cosigns a new one
// only if that is consistent with it. It is worth most on another machine, in
// other hands.
type Witness interface {
	Key() WitnessKey
	// Cosign asks for a cosignature of checkpoint, a signed note. Old is the size
	// that the witness is believed to have cosigned last, or 0, and proof the
	// RFC 6962 consistency proof from there, empty if old is 0. If the witness is
	// at another size, the error is a *SizeError. The answer is signature lines.
	Cosign(ctx context.Context, old int64, proof tlog.TreeProof, checkpoint []byte) ([]byte, error)
}

// SizeError says at which size a witness really is.
type SizeError struct {
	Witness string
	Size    int64
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("witness %s has cosigned %d records last", e.Witness, e.Size)
}

// WitnessKey is a witness's name and Ed25519 key.
type WitnessKey struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

var witnessName = regexp.MustCompile(`^[!-*,-~]{1,200}$`) // printable ASCII without plus

// NewWitnessKey gives a key a name. C2SP advises one like a URL without scheme.
func NewWitnessKey(name string, key PublicKey) (WitnessKey, error) {
	public, ok := key.key.(ed25519.PublicKey)
	if !ok {
		return WitnessKey{}, errors.New("a witness's key must be Ed25519")
	}
	if !witnessName.MatchString(name) {
		return WitnessKey{}, fmt.Errorf("%q is no name of a witness: use printable ASCII without spaces and plus", name)
	}
	return WitnessKey{name: name, hash: noteKeyHash(name, noteCosignature, public), key: public}, nil
}

// ParseWitnessKey reads a C2SP verifier key of type 4: name+hash+base64.
func ParseWitnessKey(text string) (WitnessKey, error) {
	name, rest, _ := strings.Cut(text, "+")
	hash, encoded, ok := strings.Cut(rest, "+")
	data, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(data) != 1+ed25519.PublicKeySize || data[0] != noteCosignature {
		return WitnessKey{}, fmt.Errorf("%q is not a witness's key: want name+hash+base64 with type 4", clip(text, 80))
	}
	public, err := NewPublicKey(ed25519.PublicKey(data[1:]))
	if err != nil {
		return WitnessKey{}, err
	}
	k, err := NewWitnessKey(name, public)
	if err != nil {
		return WitnessKey{}, err
	}
	if k.String() != text {
		return WitnessKey{}, fmt.Errorf("%q is not a witness's key: its hash %s does not fit, want %s", clip(text, 80), clip(hash, 8), fmt.Sprintf("%08x", k.hash))
	}
	return k, nil
}

// Name is the name on the witness's signature lines.
func (k WitnessKey) Name() string { return k.name }

// String is the key in C2SP's form.
func (k WitnessKey) String() string {
	return fmt.Sprintf("%s+%s+%s", k.name, hex.EncodeToString(binary.BigEndian.AppendUint32(nil, k.hash)),
		base64.StdEncoding.EncodeToString(append([]byte{noteCosignature}, k.key...)))
}

// cosigned is the message of a cosignature, C2SP cosignature/v1.
func cosigned(at int64, body []byte) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, body)
}

func (k WitnessKey) verify(body, signature []byte) (time.Time, bool) {
	const stamp = 8
	if len(signature) != stamp+ed25519.SignatureSize {
		return time.Time{}, false
	}
	at := binary.BigEndian.Uint64(signature)
	if at > 1<<40 { // some 35,000 years
		return time.Time{}, false
	}
	return time.Unix(int64(at), 0).UTC(), ed25519.Verify(k.key, cosigned(int64(at), body), signature[stamp:])
}

// addCosignature finds the witness's line in its answer, checks it, and adds it
// to the checkpoint.
func addCosignature(checkpoint []byte, key WitnessKey, lines []byte) ([]byte, time.Time, error) {
	c, err := parseCheckpoint(checkpoint)
	if err != nil {
		return nil, time.Time{}, err
	}
	for line := range strings.Lines(string(lines)) {
		name, encoded, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(line, "— "), "\n"), " ")
		data, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || name != key.name || len(data) < 4 || binary.BigEndian.Uint32(data) != key.hash {
			continue
		}
		at, ok := key.verify([]byte(c.body()), data[4:])
		if !ok {
			return nil, time.Time{}, fmt.Errorf("witness %s: its signature does not verify", key.name)
		}
		return fmt.Appendf(nil, "%s— %s %s\n", checkpoint, name, base64.StdEncoding.EncodeToString(data)), at, nil
	}
	return nil, time.Time{}, fmt.Errorf("witness %s: its answer has no signature by its key", key.name)
}
