package evidence

import (
	"bytes"
	"context"
	"testing"
)

// fuzzSeeds are the files of a whole folder.
func fuzzSeeds(f *testing.F, dir string) (Keys, [][]byte) {
	w, options := filled(f)
	var data [][]byte
	for _, name := range w.files.files("/evidence/" + dir) {
		data = append(data, w.files.live[home+dir+"/"+name].data)
	}
	return options.Keys, data
}

func FuzzEnvelope(f *testing.F) {
	keys, data := fuzzSeeds(f, recordsDir)
	for _, d := range data {
		f.Add(d)
	}
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"","signatures":[{"keyid":"","sig":""}]}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		envelope, err := parseEnvelope(data)
		if err != nil {
			return
		}
		again, err := marshalEnvelope(envelope)
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%q is accepted and written as %q (%v)", data, again, err)
		}
		if r, err := openRecord(data, keys.Log); err == nil {
			// The fuzzer has no key: what verifies was signed by us.
			if r.KeyID != keys.Log[0].ID() {
				t.Errorf("%q verifies with key %q", data, r.KeyID)
			}
		}
	})
}

func FuzzRecord(f *testing.F) {
	_, data := fuzzSeeds(f, recordsDir)
	for _, d := range data {
		envelope, err := parseEnvelope(d)
		if err != nil {
			f.Fatal(err)
		}
		payload, err := envelope.DecodeB64Payload()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := parseStatement(payload)
		if err != nil {
			return
		}
		again, err := r.statement()
		if err != nil || !bytes.Equal(again, payload) {
			t.Errorf("%q is accepted and written as %q (%v)", payload, again, err)
		}
		if err := newSequence(r.Identity).checkRun(r.Event); err == nil && r.Kind == RunStep {
			t.Errorf("a step without a start fits: %q", payload)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	keys, data := fuzzSeeds(f, checkpointsDir)
	for _, d := range data {
		f.Add(d)
	}
	key := newKey(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseCheckpoint(data)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(data, []byte(c.body()+"\n")) {
			t.Errorf("%q is read as %q", data, c.body())
		}
		if _, err := openCheckpoint(data, keys); err != nil && c.Size < 0 {
			t.Errorf("%q has a negative size", data)
		}
		signed, err := signCheckpoint(context.Background(), c, key)
		if err != nil {
			return // an origin that is no name of a key
		}
		again, err := openCheckpoint(signed, Keys{Log: []PublicKey{key.Public()}})
		if err != nil || again.body() != c.body() {
			t.Errorf("%q does not survive signing: %+v, %v", data, again, err)
		}
	})
}

func FuzzKeys(f *testing.F) {
	keys, _ := fuzzSeeds(f, checkpointsDir)
	f.Add([]byte(string(keys.Log[0].PEM()) + keys.Witnesses[0].String()))
	f.Fuzz(func(t *testing.T, data []byte) {
		if keys, err := ParseKeys(data); err == nil && len(keys.Log) == 0 {
			t.Errorf("%q pins no key of the log", data)
		}
	})
}
