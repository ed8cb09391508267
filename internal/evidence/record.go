package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	intoto "github.com/in-toto/attestation/go/v1"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/protobuf/encoding/protojson"
)

const (
	// PayloadType is the envelope's type for an in-toto Statement.
	PayloadType = "application/vnd.in-toto+json"
	// PredicateBase and a kind and "/v1" are a record's predicate type.
	PredicateBase = "https://github.com/tillit-dev/tillit/evidence/"

	predicateVersion = "/v1"
	rootDigest       = "rfc6962Sha256"
	fileDigest       = "sha256"
	maxRecord        = 1 << 20
)

// Record is one entry of a log, as it was signed.
type Record struct {
	Event
	Identity  Identity
	Index     int64
	Time      time.Time // UTC; never before the previous record's
	Before    tlog.Hash // the root of the tree of all records before this one
	Artefacts []Artefact
	Body      json.RawMessage // a JSON object, or nil
	KeyID     string          // of the key that signed it
}

// Artefact is a file that a record speaks of, by its content.
type Artefact struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // 64 hex digits
}

// statement is an in-toto Statement v1 with our predicate, in the one order of
// members that we write and accept.
type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     predicate `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

type predicate struct {
	Estate    string          `json:"estate"`
	Rehearsal bool            `json:"rehearsal"`
	Index     int64           `json:"index"`
	Time      time.Time       `json:"time"`
	Run       string          `json:"run,omitempty"`
	Drill     string          `json:"drill,omitempty"`
	Step      string          `json:"step,omitempty"`
	Outcome   Outcome         `json:"outcome,omitempty"`
	Promise   string          `json:"promise,omitempty"`
	Owner     string          `json:"owner,omitempty"`
	Expires   time.Time       `json:"expires,omitzero"`
	Body      json.RawMessage `json:"body,omitempty"`
}

// statement writes a record as the payload of its envelope.
func (r Record) statement() ([]byte, error) {
	if err := r.validate(); err != nil {
		return nil, err
	}
	s := statement{
		Type:          intoto.StatementTypeUri,
		Subject:       []subject{{Name: r.Identity.Origin(), Digest: map[string]string{rootDigest: hex.EncodeToString(r.Before[:])}}},
		PredicateType: PredicateBase + string(r.Kind) + predicateVersion,
		Predicate: predicate{
			Estate: r.Identity.Estate, Rehearsal: r.Identity.Rehearsal,
			Index: r.Index, Time: r.Time,
			Run: r.Run, Drill: r.Drill, Step: r.Step, Outcome: r.Outcome,
			Promise: r.Promise, Owner: r.Owner, Expires: r.Expires, Body: r.Body,
		},
	}
	for _, a := range r.Artefacts {
		s.Subject = append(s.Subject, subject{Name: a.Name, Digest: map[string]string{fileDigest: a.SHA256}})
	}
	return json.Marshal(s)
}

func (r Record) validate() error {
	if err := r.Event.validate(); err != nil {
		return err
	}
	if err := r.Identity.validate(); err != nil {
		return err
	}
	if r.Index < 0 {
		return fmt.Errorf("index %d is negative", r.Index)
	}
	if err := errors.Join(checkTime("time", r.Time), checkTime("expiry", r.Expires)); err != nil {
		return err
	}
	if r.Time.IsZero() {
		return errors.New("it has no time")
	}
	if len(r.Artefacts) >= maxSubjects {
		return fmt.Errorf("it speaks of more than %d artefacts", maxSubjects-1)
	}
	seen := map[string]bool{}
	for _, a := range r.Artefacts {
		if err := checkName(a.Name); err != nil {
			return fmt.Errorf("name of an artefact: %w", err)
		}
		if seen[a.Name] {
			return fmt.Errorf("two artefacts are named %q", a.Name)
		}
		seen[a.Name] = true
		if !isDigest(a.SHA256) {
			return fmt.Errorf("artefact %q: %q is not the hex SHA-256 of a file", a.Name, a.SHA256)
		}
	}
	if r.Body != nil && (len(r.Body) == 0 || r.Body[0] != '{') {
		return errors.New("its body is not a JSON object")
	}
	return nil
}

func checkTime(what string, t time.Time) error {
	if t.Location() != time.UTC {
		return fmt.Errorf("its %s is not in UTC", what)
	}
	if y := t.Year(); y < 1 || y > 9999 {
		return fmt.Errorf("its %s is in the year %d", what, y)
	}
	return nil
}

func isDigest(s string) bool {
	sum, err := hex.DecodeString(s)
	return err == nil && len(sum) == sha256.Size && strings.ToLower(s) == s
}

// parseStatement reads a payload. It accepts only the very bytes that statement
// would write, so that no two readers can take them for different things.
func parseStatement(payload []byte) (Record, error) {
	var s statement
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return Record{}, fmt.Errorf("statement: %w", err)
	}
	kind, ok := strings.CutPrefix(s.PredicateType, PredicateBase)
	if ok {
		kind, ok = strings.CutSuffix(kind, predicateVersion)
	}
	if !ok {
		return Record{}, fmt.Errorf("statement: unknown predicate type %q", s.PredicateType)
	}
	if len(s.Subject) == 0 {
		return Record{}, errors.New("statement: no subject")
	}
	p := s.Predicate
	r := Record{
		Event: Event{
			Kind: Kind(kind), Run: p.Run, Drill: p.Drill, Step: p.Step, Outcome: p.Outcome,
			Promise: p.Promise, Owner: p.Owner, Expires: p.Expires,
		},
		Identity: Identity{Estate: p.Estate, Rehearsal: p.Rehearsal},
		Index:    p.Index,
		Time:     p.Time,
		Body:     p.Body,
	}
	if n, err := hex.Decode(r.Before[:], []byte(clip(s.Subject[0].Digest[rootDigest], 2*tlog.HashSize))); err != nil || n != tlog.HashSize {
		return Record{}, fmt.Errorf("statement: the first subject has no digest %s", rootDigest)
	}
	for _, a := range s.Subject[1:] {
		r.Artefacts = append(r.Artefacts, Artefact{Name: a.Name, SHA256: a.Digest[fileDigest]})
	}
	again, err := r.statement()
	if err != nil {
		return Record{}, fmt.Errorf("statement: %w", err)
	}
	if !bytes.Equal(again, payload) {
		return Record{}, errors.New("statement: not in the one form that is written")
	}
	var standard intoto.Statement
	if err := protojson.Unmarshal(payload, &standard); err != nil {
		return Record{}, fmt.Errorf("statement: %w", err)
	}
	if err := standard.Validate(); err != nil {
		return Record{}, fmt.Errorf("statement: %w", err)
	}
	return r, nil
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// canonicalBody marshals an entry's body as it is signed.
func canonicalBody(body any) (json.RawMessage, error) {
	if body == nil {
		return nil, nil
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	if bytes.Equal(data, []byte("null")) {
		return nil, nil
	}
	if len(data) == 0 || data[0] != '{' {
		return nil, errors.New("body: want something that is an object in JSON")
	}
	return data, nil
}

// seal signs a record: the bytes of its file and its leaf.
func (r Record) seal(ctx context.Context, signer Signer) ([]byte, error) {
	payload, err := r.statement()
	if err != nil {
		return nil, err
	}
	data, err := signEnvelope(ctx, signer, payload)
	if err != nil {
		return nil, err
	}
	if len(data) > maxRecord {
		return nil, fmt.Errorf("it has %d bytes, at most %d are allowed: keep what is large as an artefact", len(data), maxRecord)
	}
	return data, nil
}

// openRecord reads a record's file and checks its signature with the keys.
func openRecord(data []byte, keys []PublicKey) (Record, error) {
	payload, id, err := openEnvelope(data, keys)
	if err != nil {
		return Record{}, err
	}
	r, err := parseStatement(payload)
	if err != nil {
		return Record{}, err
	}
	r.KeyID = id
	return r, nil
}

// peekRecord reads a record's file without checking its signature.
func peekRecord(data []byte) (Record, error) {
	envelope, err := parseEnvelope(data)
	if err != nil {
		return Record{}, err
	}
	payload, err := envelope.DecodeB64Payload()
	if err != nil {
		return Record{}, err
	}
	r, err := parseStatement(payload)
	r.KeyID = envelope.Signatures[0].KeyID
	return r, err
}

// hashOf reads r to its end and returns the hex SHA-256 of it.
func hashOf(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
