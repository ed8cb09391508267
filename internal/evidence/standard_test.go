package evidence

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// merkle is the root as RFC 6962, section 2.1, defines it.
func merkle(leaves [][]byte) []byte {
	var h [32]byte
	switch n := len(leaves); n {
	case 0:
		h = sha256.Sum256(nil)
	case 1:
		h = sha256.Sum256(append([]byte{0}, leaves[0]...))
	default:
		k := 1
		for k*2 < n {
			k *= 2
		}
		h = sha256.Sum256(append(append([]byte{1}, merkle(leaves[:k])...), merkle(leaves[k:])...))
	}
	return h[:]
}

// TestFormatIsWhatItSays reads a folder with nothing but what the package
// comment says of it.
func TestFormatIsWhatItSays(t *testing.T) {
	w, dir := onDisk(t)
	public, ok := w.key.Public().key.(ed25519.PublicKey)
	if !ok {
		t.Fatal("no Ed25519 key")
	}
	var leaves [][]byte
	for i := 0; ; i++ {
		checkpoint, err := os.ReadFile(filepath.Join(dir, "checkpoints", fmt.Sprintf("%08d", i)))
		if err != nil {
			t.Fatal(err)
		}
		text, signatures, _ := strings.Cut(string(checkpoint), "\n\n")
		want := fmt.Sprintf("github.com/tillit-dev/tillit/evidence/ledger-no\n%d\n%s", i, base64.StdEncoding.EncodeToString(merkle(leaves)))
		if text != want {
			t.Errorf("checkpoint %d is %q, want %q", i, text, want)
		}
		lines := strings.Split(signatures, "\n")
		fields := strings.Fields(lines[0])
		signature, err := base64.StdEncoding.DecodeString(fields[2])
		if err != nil || fields[1] != "github.com/tillit-dev/tillit/evidence/ledger-no" || !ed25519.Verify(public, []byte(text+"\n"), signature[4:]) {
			t.Errorf("the signature of checkpoint %d does not verify: %s (%v)", i, lines[0], err)
		}
		leaf, err := os.ReadFile(filepath.Join(dir, "records", fmt.Sprintf("%08d.json", i)))
		if os.IsNotExist(err) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var envelope struct {
			PayloadType string
			Payload     []byte
			Signatures  []struct {
				KeyID string
				Sig   []byte
			}
		}
		if err := json.Unmarshal(leaf, &envelope); err != nil {
			t.Fatal(err)
		}
		message := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(envelope.PayloadType), envelope.PayloadType, len(envelope.Payload), envelope.Payload)
		if !ed25519.Verify(public, message, envelope.Signatures[0].Sig) {
			t.Errorf("the signature of record %d does not verify", i)
		}
		var statement struct {
			Subject []struct{ Digest map[string]string }
		}
		if err := json.Unmarshal(envelope.Payload, &statement); err != nil {
			t.Fatal(err)
		}
		if statement.Subject[0].Digest["rfc6962Sha256"] != hex.EncodeToString(merkle(leaves)) {
			t.Errorf("record %d does not commit to the records before it", i)
		}
		for _, s := range statement.Subject[1:] {
			data, err := os.ReadFile(filepath.Join(dir, "artefacts", s.Digest["sha256"]))
			if sum := sha256.Sum256(data); err != nil || hex.EncodeToString(sum[:]) != s.Digest["sha256"] {
				t.Errorf("an artefact of record %d is not what its digest says (%v)", i, err)
			}
		}
		leaves = append(leaves, leaf)
	}
	if len(leaves) != 8 {
		t.Errorf("%d records, want 8", len(leaves))
	}
}

// TestOpensslVerifiesARecord follows the package comment's recipe where openssl
// is installed; TestFormatIsWhatItSays covers the same without it.
func TestOpensslVerifiesARecord(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Log("openssl is not installed")
		return
	}
	w, dir := onDisk(t)
	data, err := os.ReadFile(filepath.Join(dir, "records", "00000007.json"))
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct {
		Payload    []byte
		Signatures []struct{ Sig []byte }
	}
	if err := json.Unmarshal(data, &envelope); err != nil {
		t.Fatal(err)
	}
	message := fmt.Appendf(nil, "DSSEv1 28 application/vnd.in-toto+json %d %s", len(envelope.Payload), envelope.Payload)
	for _, tampered := range []bool{false, true} {
		tmp := t.TempDir()
		if tampered {
			message[len(message)/2] ^= 1
		}
		for name, data := range map[string][]byte{"log.pub": w.key.Public().PEM(), "message": message, "signature": envelope.Signatures[0].Sig} {
			if err := os.WriteFile(filepath.Join(tmp, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		command := exec.CommandContext(context.Background(), openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "log.pub", "-rawin", "-in", "message", "-sigfile", "signature")
		command.Dir = tmp
		output, err := command.CombinedOutput()
		if (err != nil) != tampered || bytes.Contains(output, []byte("Successfully")) == tampered {
			t.Errorf("tampered %v: openssl says %s (%v)", tampered, output, err)
		}
	}
}
