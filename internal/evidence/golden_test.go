package evidence

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the folder in testdata anew; evidence of the old one is then no longer tried")

// TestEvidenceOfVersion1IsVerified has a log that was written by the first
// version of this package. Whatever changes, it must verify.
func TestEvidenceOfVersion1IsVerified(t *testing.T) {
	ctx := context.Background()
	dir, pinned := filepath.Join("testdata", "v1", "evidence"), filepath.Join("testdata", "v1", "keys")
	identity := Identity{Estate: "ledger-no", Rehearsal: true}
	if *update {
		w := newWorld(t)
		w.config.Identity = identity
		w.witness.files, w.witness.dir = osFiles{}, t.TempDir()
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		l, err := Open(ctx, dir, w.config)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, l)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, tmpDir, "torn"), []byte(`{"payloadType":"appl`), 0o600); err != nil {
			t.Fatal(err)
		}
		w.clock.at = w.clock.at.Add(time.Hour)
		if l, err = Open(ctx, dir, w.config); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		keys := "# the log's key and its witness's\n" + string(w.key.Public().PEM()) + w.witness.Key().String() + "\n"
		if err := os.WriteFile(pinned, []byte(keys), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(pinned)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseKeys(data)
	if err != nil {
		t.Fatal(err)
	}
	report, err := Verify(ctx, dir, Options{Identity: identity, Keys: keys})
	if err != nil || !report.OK() || report.Size != 9 || len(report.Records) != 9 || len(report.Recovered) != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}
