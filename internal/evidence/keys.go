package evidence

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

const (
	pemPublic  = "PUBLIC KEY"
	pemPrivate = "PRIVATE KEY"

	// Signature types of C2SP signed-note that a log's key may have.
	noteEd25519 = 1
	noteECDSA   = 2
)

// Signer signs for a log with one key.
type Signer interface {
	// Public is the key that verifies what Sign makes.
	Public() PublicKey
	// Sign signs a message: Ed25519 over the message itself, or ASN.1 DER of an
	// ECDSA P-256 signature over its SHA-256.
	Sign(ctx context.Context, message []byte) ([]byte, error)
}

// PublicKey verifies a log's signatures: Ed25519 or ECDSA on P-256. The zero
// PublicKey verifies nothing.
type PublicKey struct {
	key crypto.PublicKey
	der []byte // SubjectPublicKeyInfo
}

// NewPublicKey takes an ed25519.PublicKey or an *ecdsa.PublicKey on P-256.
func NewPublicKey(key crypto.PublicKey) (PublicKey, error) {
	switch k := key.(type) {
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize {
			return PublicKey{}, fmt.Errorf("an Ed25519 key has %d bytes, this has %d", ed25519.PublicKeySize, len(k))
		}
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return PublicKey{}, errors.New("an elliptic key must be on P-256")
		}
	default:
		return PublicKey{}, fmt.Errorf("a key is Ed25519 or EC P-256, not %T", key)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return PublicKey{}, fmt.Errorf("encode public key: %w", err)
	}
	return PublicKey{key: key, der: der}, nil
}

// ID is the hex SHA-256 of the key's SubjectPublicKeyInfo.
func (k PublicKey) ID() string {
	sum := sha256.Sum256(k.der)
	return hex.EncodeToString(sum[:])
}

// PEM is the key as openssl reads it.
func (k PublicKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: k.der})
}

// Verify says whether signature is the key's over message.
func (k PublicKey) Verify(message, signature []byte) bool {
	switch key := k.key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, signature)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(message)
		return ecdsa.VerifyASN1(key, sum[:], signature)
	}
	return false
}

// noteHash is the key's id in a signed note under a name.
func (k PublicKey) noteHash(name string) uint32 {
	if key, ok := k.key.(ed25519.PublicKey); ok {
		return noteKeyHash(name, noteEd25519, key)
	}
	sum := sha256.Sum256(k.der)
	return binary.BigEndian.Uint32(sum[:])
}

func noteKeyHash(name string, kind byte, key []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write([]byte{kind})
	h.Write(key)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// noteVerifier is a public key in the role of a signed note's verifier.
type noteVerifier struct {
	name   string
	hash   uint32
	verify func(message, signature []byte) bool
}

func (v noteVerifier) Name() string                  { return v.name }
func (v noteVerifier) KeyHash() uint32               { return v.hash }
func (v noteVerifier) Verify(message, s []byte) bool { return v.verify(message, s) }

var _ note.Verifier = noteVerifier{}

// FileKey is an Ed25519 key that was read from a file.
type FileKey struct {
	private ed25519.PrivateKey
	public  PublicKey
}

var _ Signer = (*FileKey)(nil)

// Public is the key that verifies what Sign makes.
func (k *FileKey) Public() PublicKey { return k.public }

// Sign signs the message itself.
func (k *FileKey) Sign(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(k.private, message), nil
}

// CreateKey makes a new Ed25519 key and writes it to path (PKCS#8 PEM, mode
// 0600) and its public half to path.pub. It replaces neither.
func CreateKey(path string) (*FileKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("create key: %w", err)
	}
	key, err := newFileKey(private, public)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("create key: %w", err)
	}
	if err := createDurably(path, pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: der}), 0o600); err != nil {
		return nil, fmt.Errorf("create key: %w", err)
	}
	if err := createDurably(path+".pub", key.public.PEM(), 0o644); err != nil {
		return nil, fmt.Errorf("create key: %w", err)
	}
	return key, nil
}

// LoadKey reads a key that CreateKey wrote. It refuses one that others than its
// owner can read or write.
func LoadKey(path string) (*FileKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load key: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("load key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("load key: %s is not a file", path)
	}
	if loose := info.Mode().Perm() & 0o077; loose != 0 {
		return nil, fmt.Errorf("load key: %s has mode %04o, others can reach it: run chmod 600 %s", path, info.Mode().Perm(), path)
	}
	data, err := readLimited(f, 1<<16)
	if err != nil {
		return nil, fmt.Errorf("load key %s: %w", path, err)
	}
	block, rest := pem.Decode(data)
	if block == nil || block.Type != pemPrivate || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("load key: %s is not one PEM block of type %s", path, pemPrivate)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("load key %s: %w", path, err)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("load key: %s holds a %T, want an Ed25519 key", path, parsed)
	}
	public, ok := private.Public().(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("load key: %s has no public half", path)
	}
	return newFileKey(private, public)
}

func newFileKey(private ed25519.PrivateKey, public ed25519.PublicKey) (*FileKey, error) {
	k, err := NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	return &FileKey{private: private, public: k}, nil
}

// createDurably writes a new file and flushes it and its folder. It replaces
// nothing and leaves nothing half written.
func createDurably(path string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return osFiles{}.SyncDir(filepath.Dir(path))
}

// Keys are what a verifier believes: the log's keys, more than one where a key
// was replaced, and the witnesses'.
type Keys struct {
	Log       []PublicKey
	Witnesses []WitnessKey
}

// ParseKeys reads a file of pinned keys: PEM blocks of type PUBLIC KEY are the
// log's keys, lines name+hash+base64 (C2SP verifier keys of type 4) the
// witnesses'. Empty lines and lines that begin with # are for people.
func ParseKeys(data []byte) (Keys, error) {
	var keys Keys
	var block []string
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		var err error
		switch {
		case strings.HasPrefix(line, "-----BEGIN ") && block == nil:
			block = []string{line}
		case strings.HasPrefix(line, "-----END ") && block != nil:
			err = keys.addPEM(strings.Join(append(block, line), "\n") + "\n")
			block = nil
		case block != nil:
			block = append(block, line)
		case line == "" || strings.HasPrefix(line, "#"):
		default:
			err = keys.addWitness(line)
		}
		if err != nil {
			return Keys{}, fmt.Errorf("keys: line %d: %w", i+1, err)
		}
	}
	if block != nil {
		return Keys{}, errors.New("keys: a PEM block has no end")
	}
	if len(keys.Log) == 0 {
		return Keys{}, errors.New("keys: no public key of the log: want a PEM block of type " + pemPublic)
	}
	return keys, nil
}

func (k *Keys) addPEM(text string) error {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return errors.New("the PEM block that ends here is malformed")
	}
	if block.Type == pemPrivate {
		return errors.New("this is a private key: pin its public half, and guard this one")
	}
	if block.Type != pemPublic {
		return fmt.Errorf("a PEM block of type %q, want %s", block.Type, pemPublic)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	key, err := NewPublicKey(parsed)
	if err != nil {
		return err
	}
	for _, other := range k.Log {
		if other.ID() == key.ID() {
			return nil
		}
	}
	k.Log = append(k.Log, key)
	return nil
}

func (k *Keys) addWitness(line string) error {
	key, err := ParseWitnessKey(line)
	if err != nil {
		return err
	}
	for _, other := range k.Witnesses {
		if other.String() == key.String() {
			return nil
		}
	}
	k.Witnesses = append(k.Witnesses, key)
	return nil
}
