package evidence

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// mute is a witness that does not answer.
type mute struct {
	Witness
	err error
}

func (m mute) Cosign(context.Context, int64, tlog.TreeProof, []byte) ([]byte, error) {
	return nil, m.err
}

// The example of C2SP tlog-cosignature: its shape, and that its names and key
// ids are read.
func TestCheckpointOfTheSpecificationIsRead(t *testing.T) {
	example := "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" +
		"— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n" +
		"— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
	c, err := parseCheckpoint([]byte(example))
	if err != nil || c.Size != 20852163 || c.Origin != "example.com/behind-the-sofa" || c.Root.String() != "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=" {
		t.Errorf("%+v, %v", c, err)
	}
	if got, want := string(cosigned(1679315147, []byte(c.body()))), "cosignature/v1\ntime 1679315147\n"+c.body(); got != want {
		t.Errorf("the message is %q, want %q", got, want)
	}
}

func TestCheckpointIsAPlainSignedNote(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	must(t, l, started("r1"))
	vkey, err := note.NewEd25519VerifierKey(production.Origin(), w.key.Public().key.(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(l.Checkpoint(), note.VerifierList(verifier))
	if err != nil || len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 1 {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestWitnessKeyRoundTrip(t *testing.T) {
	key, err := NewWitnessKey("witness.example/w1", newKey(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseWitnessKey(key.String())
	if err != nil || again.String() != key.String() || again.Name() != "witness.example/w1" {
		t.Errorf("%s became %s (%v)", key, again, err)
	}
	text := key.String()
	for _, bad := range []string{"", "x", "a+b+c", text + "=", strings.Replace(text, "w1", "w2", 1), strings.ToUpper(text), " " + text} {
		if _, err := ParseWitnessKey(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if _, err := NewWitnessKey("a b", newKey(t).Public()); err == nil {
		t.Error("a name with a space is accepted")
	}
}

func TestRollbackIsFoundByTheWitness(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	must(t, l, started("r1"))
	must(t, l, finished("r1", Passed))
	before := w.files.clone()
	must(t, l, started("r2"))
	must(t, l, finished("r2", Failed))
	newest := l.Checkpoint()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for name, node := range w.files.live {
		if strings.HasPrefix(name, "/witness/") {
			before.live[name] = node
		}
	}
	w.files, w.witness.files = before, before
	if _, err := w.open(); !errors.Is(err, ErrRolledBack) {
		t.Errorf("open: %v, want ErrRolledBack", err)
	}
	if report := w.verify(t); !report.OK() || report.Pinned != 0 {
		t.Errorf("without a pinned checkpoint it cannot be found, but: %v", report.Faults)
	}
	kept, err := w.witness.Newest(production.Origin())
	if err != nil {
		t.Fatal(err)
	}
	for from, data := range map[string][]byte{"the log's own": newest, "the witness's": kept} {
		options := w.options()
		options.Pinned = []Pin{{From: from, Data: data}}
		report, err := verify(context.Background(), folder{w.files, "/evidence"}, options)
		if err != nil || len(report.Faults) != 1 || report.Faults[0].Kind != Rollback {
			t.Errorf("with %s checkpoint: %+v, %v; want a rollback", from, report, err)
		}
	}
	// Going on with a witness that has forgotten makes another history.
	for name := range w.files.live {
		if strings.HasPrefix(name, "/witness/") {
			delete(w.files.live, name)
		}
	}
	l = w.mustOpen(t)
	must(t, l, started("r3"))
	must(t, l, finished("r3", Passed))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	options := w.options()
	options.Pinned = []Pin{{From: "kept", Data: newest}}
	report, err := verify(context.Background(), folder{w.files, "/evidence"}, options)
	if err != nil || len(report.Faults) != 1 || report.Faults[0].Kind != Rollback {
		t.Errorf("with another history of the same length: %+v, %v", report, err)
	}
}

func TestForkIsFoundByTheWitness(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	must(t, l, started("r1"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	copied := w.files.clone()
	l = w.mustOpen(t)
	must(t, l, finished("r1", Failed))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	real := w.files
	w.files = copied
	if _, err := w.open(); !errors.Is(err, ErrRolledBack) {
		t.Fatalf("open the copy: %v, want ErrRolledBack", err)
	}
	// The copy's owner writes a better end without asking, then asks.
	w.witness.files = copied
	l = w.mustOpen(t)
	must(t, l, finished("r1", Passed))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	w.witness.files = real
	if _, err := w.open(); !errors.Is(err, ErrForked) {
		t.Errorf("open with another end: %v, want ErrForked", err)
	}
}

func TestOneWitnessOfTwoIsEnough(t *testing.T) {
	w := newWorld(t)
	second, err := NewLocalWitness("witness.example/w2", newKey(t), "/second", []PublicKey{w.key.Public()}, w.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	second.files = w.files
	w.config.Witnesses = []Witness{mute{w.witness, errors.New("down")}, second}
	l := w.mustOpen(t)
	must(t, l, started("r1"))
	l.config.Witnesses = []Witness{w.witness, second}
	must(t, l, finished("r1", Passed))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	options := w.options()
	options.Keys.Witnesses = append(options.Keys.Witnesses, second.Key())
	report, err := verify(context.Background(), folder{w.files, "/evidence"}, options)
	if err != nil || !report.OK() {
		t.Errorf("%+v, %v", report, err)
	}
	report = w.verify(t)
	kinds := map[FaultKind]int{}
	for _, f := range report.Faults {
		kinds[f.Kind]++
	}
	if kinds[Unwitnessed] != 2 || kinds[Unpinned] != 3 {
		t.Errorf("with only the first pinned: %v", report.Faults)
	}
}

func TestLogIsOpenedAfterALongTime(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		l := w.mustOpen(t)
		must(t, l, started(fmt.Sprint("r", i)))
		must(t, l, finished(fmt.Sprint("r", i), Passed))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		w.clock.at = w.clock.at.Add(90 * 24 * time.Hour)
	}
	if report := w.verify(t); !report.OK() {
		t.Errorf("the faults are %v", report.Faults)
	}
}

// server is a witness behind HTTP as C2SP tlog-witness has it.
func server(t *testing.T, w Witness) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		head, checkpoint, _ := strings.Cut(string(body), "\n\n")
		lines := strings.Split(head, "\n")
		size, ok := strings.CutPrefix(lines[0], "old ")
		old, err := strconv.ParseInt(size, 10, 64)
		if r.Method != http.MethodPost || r.URL.Path != "/log/add-checkpoint" || !ok || err != nil || len(lines) > 64 {
			rw.WriteHeader(http.StatusBadRequest)
			return
		}
		var proof tlog.TreeProof
		for _, line := range lines[1:] {
			h, err := tlog.ParseHash(line)
			if err != nil {
				rw.WriteHeader(http.StatusBadRequest)
				return
			}
			proof = append(proof, h)
		}
		answer, err := w.Cosign(r.Context(), old, proof, []byte(checkpoint))
		var other *SizeError
		switch {
		case errors.As(err, &other):
			rw.Header().Set("Content-Type", "text/x.tlog.size")
			rw.WriteHeader(http.StatusConflict)
			fmt.Fprintf(rw, "%d\n", other.Size)
		case errors.Is(err, ErrForked):
			rw.WriteHeader(http.StatusUnprocessableEntity)
		case err != nil:
			rw.WriteHeader(http.StatusForbidden)
		default:
			_, _ = rw.Write(answer)
			fmt.Fprintf(rw, "— stranger.example AAAAAAAAAA==\n")
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestHTTPWitness(t *testing.T) {
	w := newWorld(t)
	s := server(t, w.witness)
	w.config.Witnesses = []Witness{NewHTTPWitness(w.witness.Key(), s.URL+"/log/", s.Client())}
	l := w.mustOpen(t)
	fill(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = w.mustOpen(t)
	must(t, l, started("r3"))
	must(t, l, finished("r3", Passed))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if report := w.verify(t); !report.OK() || report.Size != 10 {
		t.Errorf("%+v", report)
	}
	w.files.live = map[string]*inode{}
	w.witness.files = osFiles{}
	w.witness.dir = filepath.Join(t.TempDir(), "w")
	l = w.mustOpen(t)
	must(t, l, started("r4"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	w.files.live = map[string]*inode{}
	if _, err := w.open(); !errors.Is(err, ErrRolledBack) {
		t.Errorf("an emptied folder: %v, want ErrRolledBack", err)
	}
}

func TestHTTPWitnessFaults(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		kind   string
		body   string
		want   error
		text   string
	}{
		"unknown log":     {status: 404, text: "does not know this log"},
		"untrusted key":   {status: 403, text: "does not trust the log's key"},
		"bad proof":       {status: 422, want: ErrForked},
		"same size":       {status: 409, want: ErrForked},
		"larger size":     {status: 409, kind: "text/x.tlog.size", body: "99\n", want: ErrRolledBack},
		"its size again":  {status: 409, kind: "text/x.tlog.size", body: "0\n", want: ErrForked},
		"no number":       {status: 409, kind: "text/x.tlog.size", body: "many\n", want: ErrForked},
		"broken":          {status: 500, text: "500"},
		"no signature":    {status: 200, body: "", text: "no signature by its key"},
		"garbage":         {status: 200, body: "— witness.example/w1 !!!\n\x00", text: "no signature by its key"},
		"a huge answer":   {status: 200, body: strings.Repeat("x", maxCheckpoint+1), text: "larger"},
		"wrong signature": {status: 200, body: "WRONG", text: "does not verify"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if c.kind != "" {
					rw.Header().Set("Content-Type", c.kind)
				}
				rw.WriteHeader(c.status)
				body := c.body
				if body == "WRONG" {
					line, _ := w.witness.cosign(Checkpoint{Origin: "another"}, 0, nil, nil)
					body = string(line)
				}
				_, _ = io.WriteString(rw, body)
			}))
			defer s.Close()
			w.config.Witnesses = []Witness{NewHTTPWitness(w.witness.Key(), s.URL, s.Client())}
			_, err := w.open()
			if !errors.Is(err, ErrUnsealed) || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.text) {
				t.Errorf("%v, want %v %q", err, c.want, c.text)
			}
		})
	}
}

func TestWitnessRefuses(t *testing.T) {
	w := newWorld(t)
	l := w.mustOpen(t)
	fill(t, l)
	at := func(size int64, root tlog.Hash) []byte {
		data, err := signCheckpoint(context.Background(), Checkpoint{Origin: production.Origin(), Size: size, Root: root}, w.key)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	proof, err := l.sequence.tree.prove(8, 8)
	if err != nil {
		t.Fatal(err)
	}
	var other tlog.Hash
	ctx := context.Background()
	for name, c := range map[string]struct {
		old        int64
		proof      tlog.TreeProof
		checkpoint []byte
	}{
		"another root at its size":   {8, proof, at(8, other)},
		"a larger one without proof": {8, nil, at(9, other)},
		"a smaller one":              {8, nil, at(3, other)},
		"another old size":           {3, nil, at(9, other)},
		"no note":                    {8, nil, []byte("hello")},
	} {
		if line, err := w.witness.Cosign(ctx, c.old, c.proof, c.checkpoint); err == nil {
			t.Errorf("%s is cosigned: %s", name, line)
		}
	}
	w.key = newKey(t)
	if _, err := w.witness.Cosign(ctx, 0, nil, at(0, other)); !errors.Is(err, errUnknownKey) {
		t.Errorf("another key's log: %v, want errUnknownKey", err)
	}
	kept, err := w.witness.Newest(production.Origin())
	if err != nil || !slices.Contains(strings.Split(string(kept), "\n"), "8") {
		t.Errorf("it keeps %q (%v), want the head at 8", kept, err)
	}
}
