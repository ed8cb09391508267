package vault

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"

	"github.com/tillit-dev/tillit/internal/evidence"
)

// scalar is the size of each half of an ES256 signature, and of a coordinate.
const scalar = 32

// Signer signs with one version of one key of a vault.
type Signer struct {
	client  *azkeys.Client
	name    string
	version string
	public  evidence.PublicKey
}

var _ evidence.Signer = (*Signer)(nil)

// New reads the public half of a key, which must be EC on P-256 and allowed to
// sign. An empty version means the newest; the signer stays with what that is
// now. It needs the actions keys/read and keys/sign: the role Key Vault Crypto
// User.
func New(ctx context.Context, client *azkeys.Client, name, version string) (*Signer, error) {
	response, err := client.GetKey(ctx, name, version, nil)
	if err != nil {
		return nil, fmt.Errorf("read key %s of the vault: %w", name, err)
	}
	key := response.Key
	if key == nil || key.KID == nil || key.Crv == nil || *key.Crv != azkeys.CurveNameP256 || len(key.X) == 0 || len(key.X) > scalar || len(key.Y) == 0 || len(key.Y) > scalar {
		return nil, fmt.Errorf("key %s of the vault is not EC on P-256: make one with az keyvault key create --kty EC --curve P-256", name)
	}
	version = key.KID.Version()
	if version == "" {
		return nil, fmt.Errorf("key %s of the vault: its id %s names no version", name, *key.KID)
	}
	point := make([]byte, 1+2*scalar)
	point[0] = 4 // uncompressed
	copy(point[1+scalar-len(key.X):], key.X)
	copy(point[1+2*scalar-len(key.Y):], key.Y)
	parsed, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("key %s of the vault: %w", name, err)
	}
	public, err := evidence.NewPublicKey(parsed)
	if err != nil {
		return nil, fmt.Errorf("key %s of the vault: %w", name, err)
	}
	return &Signer{client: client, name: name, version: version, public: public}, nil
}

// Public is the key's public half, to be pinned.
func (s *Signer) Public() evidence.PublicKey { return s.public }

// Sign has the vault sign the message's SHA-256 and checks what comes back.
func (s *Signer) Sign(ctx context.Context, message []byte) ([]byte, error) {
	algorithm := azkeys.SignatureAlgorithmES256
	sum := sha256.Sum256(message)
	response, err := s.client.Sign(ctx, s.name, s.version, azkeys.SignParameters{Algorithm: &algorithm, Value: sum[:]}, nil)
	if err != nil {
		return nil, fmt.Errorf("sign with key %s of the vault: %w", s.name, err)
	}
	if len(response.Result) != 2*scalar {
		return nil, fmt.Errorf("sign with key %s of the vault: its signature has %d bytes, want %d", s.name, len(response.Result), 2*scalar)
	}
	signature, err := asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(response.Result[:scalar]), new(big.Int).SetBytes(response.Result[scalar:]),
	})
	if err != nil {
		return nil, fmt.Errorf("sign with key %s of the vault: %w", s.name, err)
	}
	if !s.public.Verify(message, signature) {
		return nil, errors.New("sign with key " + s.name + " of the vault: its signature does not verify with its own public key")
	}
	return signature, nil
}
