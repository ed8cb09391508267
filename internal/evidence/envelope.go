package evidence

import (
	"bytes"
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// dsseSigner and dsseVerifier are our keys as DSSE's library wants them.
type dsseSigner struct{ signer Signer }

func (s dsseSigner) KeyID() (string, error) { return s.signer.Public().ID(), nil }

func (s dsseSigner) Sign(ctx context.Context, message []byte) ([]byte, error) {
	return s.signer.Sign(ctx, message)
}

type dsseVerifier struct{ key PublicKey }

func (v dsseVerifier) KeyID() (string, error)   { return v.key.ID(), nil }
func (v dsseVerifier) Public() crypto.PublicKey { return v.key.key }

func (v dsseVerifier) Verify(_ context.Context, message, signature []byte) error {
	if !v.key.Verify(message, signature) {
		return errors.New("the signature does not verify")
	}
	return nil
}

// errUnknownKey is the fault of a signature by a key that is not pinned.
var errUnknownKey = errors.New("signed by a key that is not pinned")

// signEnvelope signs a payload: an envelope on one line, newline included.
func signEnvelope(ctx context.Context, signer Signer, payload []byte) ([]byte, error) {
	s, err := dsse.NewEnvelopeSigner(dsseSigner{signer})
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	envelope, err := s.SignPayload(ctx, PayloadType, payload)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return marshalEnvelope(envelope)
}

func marshalEnvelope(envelope *dsse.Envelope) ([]byte, error) {
	data, err := json.Marshal(envelope)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	return append(data, '\n'), nil
}

// parseEnvelope reads an envelope with exactly one signature. It accepts only
// the very bytes that marshalEnvelope would write.
func parseEnvelope(data []byte) (*dsse.Envelope, error) {
	var envelope dsse.Envelope
	if err := json.Unmarshal(data, &envelope); err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	again, err := marshalEnvelope(&envelope)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, data) {
		return nil, errors.New("envelope: not in the one form that is written")
	}
	if envelope.PayloadType != PayloadType {
		return nil, fmt.Errorf("envelope: payload of type %q, want %s", envelope.PayloadType, PayloadType)
	}
	if n := len(envelope.Signatures); n != 1 {
		return nil, fmt.Errorf("envelope: %d signatures, want 1", n)
	}
	for what, text := range map[string]string{"payload": envelope.Payload, "signature": envelope.Signatures[0].Sig} {
		if !isBase64(text) {
			return nil, fmt.Errorf("envelope: its %s is not plain base64", what)
		}
	}
	return &envelope, nil
}

// openEnvelope checks an envelope's signature with the keys and returns its
// payload and the id of the key.
func openEnvelope(data []byte, keys []PublicKey) (payload []byte, keyID string, err error) {
	envelope, err := parseEnvelope(data)
	if err != nil {
		return nil, "", err
	}
	id := envelope.Signatures[0].KeyID
	for _, key := range keys {
		if key.ID() != id {
			continue
		}
		verifier, err := dsse.NewEnvelopeVerifier(dsseVerifier{key})
		if err != nil {
			return nil, "", fmt.Errorf("envelope: %w", err)
		}
		_, payload, err := verifier.VerifyAndDecode(context.Background(), envelope)
		if err != nil {
			return nil, "", fmt.Errorf("envelope: the signature does not verify: %w", err)
		}
		return payload, id, nil
	}
	return nil, "", fmt.Errorf("envelope: %w: %q", errUnknownKey, clip(id, 64))
}

// isBase64 accepts standard base64 in its one form: padded, no line breaks, no
// bits left over.
func isBase64(text string) bool {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	return err == nil && base64.StdEncoding.EncodeToString(data) == text
}
