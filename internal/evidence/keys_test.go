package evidence

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeyFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	key, err := CreateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want 0600", info.Mode(), err)
	}
	if _, err := CreateKey(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second key in its place: %v, want fs.ErrExist", err)
	}
	again, err := LoadKey(path)
	if err != nil || again.Public().ID() != key.Public().ID() {
		t.Fatalf("%v", err)
	}
	signature, err := again.Sign(context.Background(), []byte("hello"))
	if err != nil || !key.Public().Verify([]byte("hello"), signature) || key.Public().Verify([]byte("hullo"), signature) {
		t.Errorf("the signature does not fit (%v)", err)
	}
	public, err := os.ReadFile(path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseKeys(public)
	if err != nil || len(keys.Log) != 1 || keys.Log[0].ID() != key.Public().ID() {
		t.Errorf("the public half: %+v, %v", keys, err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o602, 0o644, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %04o: %v, want it refused", mode, err)
		}
	}
}

func TestBadKeyFiles(t *testing.T) {
	dir := t.TempDir()
	if _, err := LoadKey(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := LoadKey(dir); err == nil {
		t.Error("a folder is loaded")
	}
	key := newKey(t)
	for name, text := range map[string]string{
		"empty":  "",
		"public": string(key.Public().PEM()),
		"der":    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"large":  strings.Repeat("x", 1<<17),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKey(path); err == nil {
			t.Errorf("%s is loaded", name)
		}
	}
}

func TestPinnedKeys(t *testing.T) {
	key, other := newKey(t), newKey(t)
	witness, err := NewWitnessKey("witness.example/w1", newKey(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	text := "# the log\n" + string(key.Public().PEM()) + "\n\n# its witness\n" + witness.String() + "\r\n" +
		string(other.Public().PEM()) + string(key.Public().PEM()) + witness.String()
	keys, err := ParseKeys([]byte(text))
	if err != nil || len(keys.Log) != 2 || len(keys.Witnesses) != 1 {
		t.Errorf("%+v, %v", keys, err)
	}
	private, err := rsa.GenerateKey(rand.Reader, 1024)
	if err == nil {
		if _, err := NewPublicKey(&private.PublicKey); err == nil {
			t.Error("an RSA key is accepted")
		}
	}
	for name, c := range map[string]struct{ text, want string }{
		"nothing":       {"", "no public key"},
		"only witness":  {witness.String(), "no public key"},
		"no end":        {"-----BEGIN PUBLIC KEY-----\nAAAA\n", "no end"},
		"garbage":       {"\nhello\n", "line 2"},
		"a private key": {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "private"},
		"a certificate": {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "CERTIFICATE"},
		"bad base64":    {"-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n", "line 3"},
		"bad key":       {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "line 3"},
	} {
		if _, err := ParseKeys([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// ecKey signs as a Key Vault's key does.
type ecKey struct{ private *ecdsa.PrivateKey }

func (k ecKey) Public() PublicKey {
	public, err := NewPublicKey(&k.private.PublicKey)
	if err != nil {
		panic(err)
	}
	return public
}

func (k ecKey) Sign(_ context.Context, message []byte) ([]byte, error) {
	sum := sha256.Sum256(message)
	return ecdsa.SignASN1(rand.Reader, k.private, sum[:])
}

func TestLogWithAnEllipticKey(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.config.Signer = ecKey{private}
	w.witness.logs = []PublicKey{ecKey{private}.Public()}
	l := w.mustOpen(t)
	fill(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	keys, err := ParseKeys([]byte(string(ecKey{private}.Public().PEM()) + w.witness.Key().String()))
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify(context.Background(), folder{w.files, "/evidence"}, Options{Identity: production, Keys: keys})
	if err != nil || !report.OK() || report.Size != 8 {
		t.Errorf("%+v, %v", report, err)
	}
	l = w.mustOpen(t)
	must(t, l, started("r3"))

	large, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewPublicKey(&large.PublicKey); err == nil {
		t.Error("a key on P-384 is accepted")
	}
}

func TestOrigins(t *testing.T) {
	for _, i := range []Identity{{"ledger-no", false}, {"ledger-no", true}, {"x", false}} {
		again, err := ParseOrigin(i.Origin())
		if err != nil || again != i {
			t.Errorf("%s became %+v (%v)", i.Origin(), again, err)
		}
	}
	if (Identity{"a", false}).Origin() == (Identity{"a", true}).Origin() {
		t.Error("a rehearsal's log has production's name")
	}
	for _, bad := range []string{"", "ledger-no", productionPrefix, productionPrefix + "A", rehearsalPrefix + "a/b", productionPrefix + strings.Repeat("a", 64)} {
		if _, err := ParseOrigin(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
