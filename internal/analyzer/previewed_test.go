package analyzer

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// another is a server for the deployment that follows, in a process of its own.
func another(t *testing.T, s *Server, change func(*Options)) *Server {
	t.Helper()
	options := s.options
	if change != nil {
		change(&options)
	}
	return New(t.Context(), s.gate, options)
}

// register has a store analyzed and returns what is said of it, one a line.
func register(t *testing.T, s *Server, name string, values map[string]any) string {
	t.Helper()
	response, err := s.Analyze(t.Context(), &pulumirpc.AnalyzeRequest{
		Urn: urn(name), Type: "test:data:Store", Name: name, Properties: props(t, values),
		Provider: &pulumirpc.AnalyzerProviderResource{Urn: "urn:pulumi:test::tillit::pulumi:providers:test::default"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, d := range response.GetDiagnostics() {
		said = append(said, d.GetEnforcementLevel().String()+" "+d.GetPolicyName()+": "+d.GetMessage())
	}
	return strings.Join(said, "\n")
}

// preview previews one store and returns what is said of the whole.
func preview(t *testing.T, s *Server, tls string) map[string]*pulumirpc.AnalyzeDiagnostic {
	t.Helper()
	configure(t, s, true)
	if said := register(t, s, "a", map[string]any{"tls": tls}); said != "" {
		t.Fatalf("a preview refuses: %s", said)
	}
	return analyze(t, s, store(t, "a", map[string]any{"tls": tls}))
}

func TestUpdateAfterPreview(t *testing.T) {
	hour := func(o *Options) { o.Now = func() time.Time { return today().Add(time.Hour) } }
	const start = "MANDATORY preview/passed: "
	for name, test := range map[string]struct {
		tls    string // previewed; nothing when empty
		change func(*Options)
		update string
		want   string
	}{
		"the same":             {"1.2", nil, "1.2", ""},
		"no preview":           {"", nil, "1.2", start + "no preview of this stack has passed the gate on this machine"},
		"another value":        {"1.2", nil, "1.3", start + "a is not what the preview judged: tls differs"},
		"a preview that fails": {"1.0", nil, "1.0", start + "no preview of this stack has passed"},
		"an hour later":        {"1.2", hour, "1.2", start + "the last preview that passed is of 2024-06-01"},
		"other rules":          {"1.2", func(o *Options) { o.Fingerprint = "x" }, "1.2", start + "the last preview that passed was judged by other rules"},
		"no folder":            {"1.2", func(o *Options) { o.Receipts = "" }, "1.2", start + "what the preview passed cannot be read: neither PULUMI_HOME"},
		"another user":         {"1.2", func(o *Options) { o.Receipts = t.TempDir() }, "1.2", start + "no preview of this stack has passed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := fixture(t, nil)
			if test.tls != "" {
				preview(t, s, test.tls)
			}
			update := another(t, s, test.change)
			configure(t, update, false)
			said := register(t, update, "a", map[string]any{"tls": test.update})
			if !strings.HasPrefix(said, test.want) || (said == "") != (test.want == "") {
				t.Errorf("said %q, want %q", said, test.want)
			}
			if said != "" && !strings.Contains(said, previewed.Remediation) {
				t.Errorf("the way out is not named: %s", said)
			}
		})
	}
}

// The receipt that an update began with holds to its end.
func TestUpdateLongerThanTheReceipt(t *testing.T) {
	s := fixture(t, nil)
	preview(t, s, "1.2")
	now := today()
	update := another(t, s, func(o *Options) { o.Now = func() time.Time { return now } })
	configure(t, update, false)
	for range 2 {
		if said := register(t, update, "a", map[string]any{"tls": "1.2"}); said != "" {
			t.Error(said)
		}
		now = now.Add(lifetime)
	}
}

// A preview that begins ends what the one before it passed.
func TestPreviewWithdraws(t *testing.T) {
	s := fixture(t, nil)
	preview(t, s, "1.2")
	configure(t, another(t, s, nil), true)
	update := another(t, s, nil)
	configure(t, update, false)
	if said := register(t, update, "a", map[string]any{"tls": "1.2"}); !strings.Contains(said, "no preview of this stack") {
		t.Errorf("said %q", said)
	}
}

// Where nothing can be written a preview passes, and says what will come of it.
func TestPreviewCannotBeRecorded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", filepath.Join(t.TempDir(), "key")} {
		if dir != "" { // a folder whose key is no key
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "key"), []byte("short"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := another(t, fixture(t, nil), func(o *Options) { o.Receipts = dir })
		found := false
		for said, d := range preview(t, s, "1.2") {
			if strings.Contains(said, "this preview passed, which could not be recorded, so an update will be refused") {
				found = d.GetEnforcementLevel() == advisory && d.GetPolicyName() == Previewed
			}
		}
		if !found {
			t.Errorf("%q: nothing is said of it", dir)
		}
	}
	s := another(t, fixture(t, nil), func(o *Options) { o.Receipts = filepath.Join(file, "below") })
	if _, err := s.ConfigureStack(t.Context(), &pulumirpc.AnalyzerStackConfigureRequest{Stack: "test", Config: config, DryRun: true}); err == nil {
		t.Error("a preview begins that cannot forget the one before")
	}
}

func TestReceipts(t *testing.T) {
	dir := receipts(filepath.Join(t.TempDir(), "below", "tillit"))
	key, err := dir.key()
	if err != nil || len(key) != keySize {
		t.Fatalf("key %x, %v", key, err)
	}
	if again, err := dir.key(); err != nil || !bytes.Equal(again, key) {
		t.Errorf("another key: %x, %v", again, err)
	}
	if _, err := dir.read("a", key); !os.IsNotExist(err) {
		t.Errorf("no receipt: %v", err)
	}
	r := &receipt{Judged: today(), Terms: map[string]string{"rules": "1"}, Resources: map[string]sealed{"u": {Open: [][]string{{"a", "0"}}}}}
	if err := dir.write("a", r, key); err != nil {
		t.Fatal(err)
	}
	if got, err := dir.read("a", key); err != nil || !got.Judged.Equal(r.Judged) || got.Resources["u"].Open[0][1] != "0" {
		t.Errorf("read %v, %v", got, err)
	}
	text, err := os.ReadFile(dir.file("a"))
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"changed":  bytes.Replace(text, []byte("2024"), []byte("2025"), 1),
		"cut":      text[:len(text)/2],
		"empty":    nil,
		"unsigned": []byte(`{"receipt":{}}`),
	} {
		if err := os.WriteFile(dir.file("a"), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := dir.read("a", key); err == nil || os.IsNotExist(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(dir.file("b"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.read("b", key); err == nil {
		t.Error("the receipt of another stack is taken")
	}
	for range 2 {
		if err := dir.withdraw("b"); err != nil {
			t.Error(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(string(dir), ".new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Deployments that begin at once agree on one key.
func TestOneKey(t *testing.T) {
	dir := receipts(t.TempDir())
	var group sync.WaitGroup
	keys := make([][]byte, 16)
	for i := range keys {
		group.Go(func() { keys[i], _ = dir.key() })
	}
	group.Wait()
	for _, key := range keys {
		if len(key) != keySize || !bytes.Equal(key, keys[0]) {
			t.Fatalf("keys %x and %x", key, keys[0])
		}
	}
}
