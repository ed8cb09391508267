package vault

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys/fake"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/evidence"
)

const (
	vaultURL = "https://evidence.vault.azure.net"
	version  = "0123456789abcdef0123456789abcdef"
)

// challenging asks for a token first, as a Key Vault does.
type challenging struct{ policy.Transporter }

func (c challenging) Do(request *http.Request) (*http.Response, error) {
	if request.Header.Get("Authorization") != "" {
		return c.Transporter.Do(request)
	}
	header := http.Header{}
	header.Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/00000000-0000-4000-8000-000000000002", resource="https://vault.azure.net"`)
	return &http.Response{StatusCode: http.StatusUnauthorized, Header: header, Body: io.NopCloser(strings.NewReader("")), Request: request}, nil
}

// keyVault is a fake vault with one key, behind the SDK's own fake server.
type keyVault struct {
	private *ecdsa.PrivateKey
	curve   azkeys.CurveName
	version string
	broken  func(raw []byte) []byte
	denied  bool
	signed  int
}

func newVault(t *testing.T) *keyVault {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &keyVault{private: private, curve: azkeys.CurveNameP256, version: version}
}

func (v *keyVault) client(t *testing.T) *azkeys.Client {
	t.Helper()
	server := &fake.Server{
		GetKey: func(_ context.Context, name, _ string, _ *azkeys.GetKeyOptions) (response azfake.Responder[azkeys.GetKeyResponse], failure azfake.ErrorResponder) {
			if v.denied {
				failure.SetResponseError(http.StatusForbidden, "Forbidden")
				return
			}
			point, err := v.private.PublicKey.Bytes()
			if err != nil {
				t.Error(err)
			}
			id, kind := azkeys.ID(vaultURL+"/keys/"+strings.Trim(name, "/")+"/"+v.version), azkeys.KeyTypeEC
			// As in JSON Web Keys elsewhere, a leading zero may be left out.
			response.SetResponse(http.StatusOK, azkeys.GetKeyResponse{KeyBundle: azkeys.KeyBundle{Key: &azkeys.JSONWebKey{
				KID: &id, Kty: &kind, Crv: &v.curve, X: trim(point[1:33]), Y: trim(point[33:]),
			}}}, nil)
			return
		},
		Sign: func(_ context.Context, name, asked string, p azkeys.SignParameters, _ *azkeys.SignOptions) (response azfake.Responder[azkeys.SignResponse], failure azfake.ErrorResponder) {
			v.signed++
			// The SDK's fake server takes name and version together for the name.
			if strings.Trim(name+"/"+asked, "/") != "evidence/"+version || *p.Algorithm != azkeys.SignatureAlgorithmES256 || len(p.Value) != 32 {
				failure.SetResponseError(http.StatusBadRequest, "BadParameter")
				return
			}
			r, s, err := ecdsa.Sign(rand.Reader, v.private, p.Value)
			if err != nil {
				t.Error(err)
			}
			raw := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
			if v.broken != nil {
				raw = v.broken(raw)
			}
			response.SetResponse(http.StatusOK, azkeys.SignResponse{KeyOperationResult: azkeys.KeyOperationResult{Result: raw}}, nil)
			return
		},
	}
	client, err := azkeys.NewClient(vaultURL, &azfake.TokenCredential{}, &azkeys.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: challenging{fake.NewServerTransport(server)},
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func trim(b []byte) []byte {
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

func TestLogIsSignedByTheVault(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	signer, err := New(ctx, v.client(t), "evidence", "")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	key, err := evidence.CreateKey(filepath.Join(dir, "witness.key"))
	if err != nil {
		t.Fatal(err)
	}
	witness, err := evidence.NewLocalWitness("witness.example/w1", key, filepath.Join(dir, "witness"), []evidence.PublicKey{signer.Public()}, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	identity := evidence.Identity{Estate: "ledger-no"}
	log, err := evidence.Open(ctx, filepath.Join(dir, "evidence"), evidence.Config{
		Identity: identity, Signer: signer, Witnesses: []evidence.Witness{witness}, Now: clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	// Many signatures, so that some have a half with leading zeros or a high bit.
	for range 40 {
		_, err := log.Append(ctx, evidence.Entry{Event: evidence.Event{
			Kind: evidence.Attestation, Promise: "assurance.training", Owner: "someone", Expires: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if v.signed != 81 {
		t.Errorf("the vault has signed %d times, want 40 records and 41 checkpoints", v.signed)
	}
	keys, err := evidence.ParseKeys([]byte(string(signer.Public().PEM()) + witness.Key().String()))
	if err != nil {
		t.Fatal(err)
	}
	report, err := evidence.Verify(ctx, filepath.Join(dir, "evidence"), evidence.Options{Identity: identity, Keys: keys})
	if err != nil || !report.OK() || report.Size != 40 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestVaultFaults(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		change func(v *keyVault)
		want   string
	}{
		"another curve":   {func(v *keyVault) { v.curve = azkeys.CurveNameP384 }, "not EC on P-256"},
		"no version":      {func(v *keyVault) { v.version = "" }, "names no version"},
		"no permission":   {func(v *keyVault) { v.denied = true }, "Forbidden"},
		"a wrong answer":  {func(v *keyVault) { v.broken = func(raw []byte) []byte { raw[5] ^= 1; return raw } }, "does not verify"},
		"a short answer":  {func(v *keyVault) { v.broken = func(raw []byte) []byte { return raw[:63] } }, "63 bytes"},
		"an empty answer": {func(v *keyVault) { v.broken = func([]byte) []byte { return nil } }, "0 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			c.change(v)
			signer, err := New(ctx, v.client(t), "evidence", "")
			if err == nil {
				_, err = signer.Sign(ctx, []byte("hello"))
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
