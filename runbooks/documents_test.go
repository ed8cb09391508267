package runbooks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// filed is an estate with documents, a replica and heartbeats.
func filed(t *testing.T, name string) Scene {
	t.Helper()
	s := bench(t, name, promisesOf(map[string]time.Duration{
		"backup.interval every": 10 * time.Minute, "backup.interval for": 7 * day, "backup.tested within": 4 * time.Hour,
		"continuity.standby within": 15 * time.Minute, "data.sealed": 0,
	}))
	e := s.Estate
	e.Documents = account(t, s, name+"docs", nil, "received", "issued")
	put(t, e.Documents.ID+"/blobServices/default", "2022-09-01", map[string]any{"properties": map[string]any{
		"isVersioningEnabled": true, "changeFeed": map[string]any{"enabled": true}, "deleteRetentionPolicy": map[string]any{"enabled": true, "days": 14},
		"restorePolicy": map[string]any{"enabled": true, "days": 7},
	}})
	e.Replica = account(t, s, name+"copy", nil, "received", "issued")
	for _, a := range []*estate.Account{e.Documents, e.Replica} {
		if _, err := heartbeat.WriteBlob(t.Context(), in(t, s, a, "issued")); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 7 {
		write(t, in(t, s, e.Documents, "received"), fmt.Sprintf("2026/contract %d.txt", i), fmt.Sprintf("contract %d", i), map[string]*string{"tenant": to("a")})
		write(t, in(t, s, e.Documents, "issued"), fmt.Sprintf("invoice-%d.pdf", i), strings.Repeat("page ", i*100), nil)
	}
	return s
}

// sealed adds an archive with documents under seal.
func sealed(t *testing.T, s Scene, state string) {
	t.Helper()
	s.Estate.Archive = account(t, s, s.Estate.Name+"arch", nil, "final", "sealed")
	sum := sha256.Sum256([]byte("as signed"))
	write(t, in(t, s, s.Estate.Archive, "sealed"), "contract.pdf", "as signed", map[string]*string{"Sha256": to(hex.EncodeToString(sum[:]))})
	write(t, in(t, s, s.Estate.Archive, "final"), "report.pdf", "nobody sealed this", nil)
	put(t, s.Estate.Archive.ID, "2022-09-01", map[string]any{
		"location": "westeurope", "kind": "StorageV2", "sku": map[string]any{"name": "Standard_ZRS"}, "properties": underPolicy(state, false),
	})
}

func TestDocumentsComeBack(t *testing.T) {
	s := filed(t, "docsback")
	sealed(t, s, "Locked")
	d, err := documents().Build(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	result, err := carry(t, d)
	if err != nil || result.Outcome != evidence.Passed {
		t.Fatalf("%s: %v", result.Outcome, err)
	}
	if result.Point == nil || result.Point.Seconds < 1 || result.Point.Seconds > 60 || result.Point.Objective != 600 {
		t.Errorf("the recovery point is %+v", result.Point)
	}
	if result.Time == nil || result.Time.Seconds <= 0 || result.Time.Objective != 4*3600 {
		t.Errorf("the recovery time is %+v", result.Time)
	}
	if all := fmt.Sprint(result.Checks); strings.Contains(all, "contract") || strings.Contains(all, "invoice") {
		t.Errorf("the record names documents: %s", all)
	}
	for name, want := range map[string]string{
		"copied":                             "14 documents",
		"the damage is seen":                 "8 blobs deleted, 6 overwritten, 6 added",
		"seals":                              "1 seals compared, 0 faults",
		"replica lag":                        "promised within 15m",
		"production heartbeat":               "promised within 10m",
		"heartbeat":                          "number 1",
		"docsbackarch: the policy is locked": "Locked for 1y",
	} {
		if c := checked(t, result, name); !c.OK || !strings.Contains(c.Detail, want) {
			t.Errorf("%s: %v %s", name, c.OK, c.Detail)
		}
	}
}

// A restore that leaves any kind of damage fails the drill.
func TestDocumentsSeeWhatIsLeft(t *testing.T) {
	s := filed(t, "docsleft")
	third := newItem("issued", "invoice-3.pdf", 0).alias()
	for name, spoil := range map[string]func(ctx context.Context, c *container.Client) error{
		"deleted": func(ctx context.Context, c *container.Client) error {
			_, err := c.NewBlobClient(third).Delete(ctx, nil)
			return err
		},
		"overwritten": func(ctx context.Context, c *container.Client) error { return forge(ctx, c, third, "x") },
		"overwritten, and as long": func(ctx context.Context, c *container.Client) error {
			_, err := c.NewBlockBlobClient(third).UploadBuffer(ctx, []byte(strings.Repeat("Page ", 300)), nil)
			return err
		},
		"added": func(ctx context.Context, c *container.Client) error { return forge(ctx, c, "more.pdf", "x") },
		"heartbeat lost": func(ctx context.Context, c *container.Client) error {
			return lose(ctx, c)
		},
		"heartbeat of later": func(ctx context.Context, c *container.Client) error {
			if err := wait(ctx, 1100*time.Millisecond); err != nil { // a beat is dated to the second
				return err
			}
			_, err := heartbeat.WriteBlob(ctx, c)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := documents().Build(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(d.Steps, func(s drill.Step) bool { return s.Name == "restore" })
			restore := d.Steps[i].Do
			d.Steps[i].Do = func(ctx context.Context, run *drill.Run) error {
				if err := restore(ctx, run); err != nil {
					return err
				}
				at, err := restoration{scene: s}.own(run)
				if err != nil {
					return err
				}
				return spoil(ctx, at["issued"])
			}
			result, err := carry(t, d)
			if err != nil || result.Outcome != evidence.Failed || len(wrong(result.Checks)) == 0 {
				t.Errorf("%s: %v, wrong: %q", result.Outcome, err, wrong(result.Checks))
			}
		})
	}
}

// lose deletes every heartbeat.
func lose(ctx context.Context, c *container.Client) error {
	prefix := heartbeat.Prefix
	page, err := c.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix}).NextPage(ctx)
	if err != nil {
		return err
	}
	for _, b := range page.Segment.BlobItems {
		if _, err := c.NewBlobClient(*b.Name).Delete(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// A run that was cut off in any step goes on and passes.
func TestDocumentsAreTakenUpAgain(t *testing.T) {
	s := filed(t, "docsagain")
	d, err := documents().Build(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range d.Steps {
		if !step.Repeatable {
			t.Errorf("step %s cannot be repeated", step.Name)
		}
		d.Steps[i].Do = func(ctx context.Context, run *drill.Run) error {
			if err := step.Do(ctx, run); err != nil {
				return err
			}
			return step.Do(ctx, run) // as after a cut at the very end of the step
		}
	}
	result, err := carry(t, d)
	if err != nil || result.Outcome != evidence.Passed {
		t.Errorf("%s: %v", result.Outcome, err)
	}
}

func TestDocumentsFailWithTheCause(t *testing.T) {
	s := filed(t, "docsfault")
	for _, c := range []struct {
		name, want string
		fault      arm.Fault
	}{
		{"restore fails", "PointInTimeRestoreFailed", arm.Fault{Method: http.MethodPost, Path: "restoreBlobRanges", Operation: arm.OperationFail, Code: "PointInTimeRestoreFailed", Times: 1}},
		{"account refused", "AuthorizationFailed", arm.Fault{Method: http.MethodPut, Path: s.Estate.Workbench.Name + "/providers/Microsoft.Storage", Status: 403, Code: "AuthorizationFailed", Times: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rehearsed.Inject(c.fault)
			t.Cleanup(rehearsed.ClearFaults)
			d, err := documents().Build(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			result, err := carry(t, d)
			if result.Outcome != evidence.Failed || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", result.Outcome, err)
			}
		})
	}
}

func TestDocumentsUnavailable(t *testing.T) {
	s := filed(t, "docsnone")
	for name, change := range map[string]func(*Scene){
		"a point":          func(s *Scene) { s.Point = s.Now() },
		"no account":       func(s *Scene) { s.Estate.Documents = nil },
		"nothing promised": func(s *Scene) { s.Estate.Declaration = promisesOf(nil) },
		"restore is off": func(s *Scene) {
			s.Estate.Documents = account(t, *s, "docsnoneoff", nil, "received")
			put(t, s.Estate.Documents.ID+"/blobServices/default", "2022-09-01", map[string]any{"properties": map[string]any{}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			changed, e := s, *s.Estate
			changed.Estate = &e
			change(&changed)
			if _, err := documents().Build(t.Context(), changed); !errors.Is(err, ErrUnavailable) {
				t.Error(err)
			}
		})
	}
	t.Run("no documents", func(t *testing.T) {
		empty := s
		e := *s.Estate
		empty.Estate = &e
		e.Documents = account(t, empty, "docsnoneempty", nil, "received")
		put(t, e.Documents.ID+"/blobServices/default", "2022-09-01", map[string]any{"properties": at(rehearsed.Body(s.Estate.Documents.ID+"/blobServices/default"), "properties")})
		d, err := documents().Build(t.Context(), empty)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := carry(t, d); !errors.Is(err, ErrUnavailable) {
			t.Error(err)
		}
	})
}

// Seals are looked at where nothing is restored, too.
func TestSeals(t *testing.T) {
	for _, c := range []struct {
		name, state string
		add         func(*testing.T, *container.Client)
		want        evidence.Outcome
		fault       string
	}{
		{"sound", "Locked", nil, evidence.Passed, ""},
		{"not locked", "Unlocked", nil, evidence.Failed, "sealsnotlockedarch: the policy is locked"},
		{"forged", "Locked", func(t *testing.T, c *container.Client) {
			write(t, c, "forged.pdf", "forged", map[string]*string{"sha256": to(strings.Repeat("0", 64))})
		}, evidence.Failed, "forged.pdf"},
		{"no seal", "Locked", func(t *testing.T, c *container.Client) { write(t, c, "bare.pdf", "bare", nil) }, evidence.Failed, "bare.pdf"},
		{"no hash", "Locked", func(t *testing.T, c *container.Client) {
			write(t, c, "odd.pdf", "odd", map[string]*string{"sha256": to("odd")})
		}, evidence.Failed, "odd.pdf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := bench(t, "seals"+strings.ReplaceAll(c.name, " ", ""), promisesOf(map[string]time.Duration{"data.sealed": 0}))
			if c.add != nil {
				s.Estate.Archive = account(t, s, s.Estate.Name+"arch", nil, "final", "sealed")
				c.add(t, in(t, s, s.Estate.Archive, "sealed"))
			}
			sealed(t, s, c.state)
			d, err := documents().Build(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			result, _ := carry(t, d)
			if result.Outcome != c.want {
				t.Errorf("the outcome is %s: %s", result.Outcome, result.Cause)
			}
			name := c.fault
			if strings.HasSuffix(name, ".pdf") {
				name = "seal of " + newItem("sealed", name, 0).key()
			}
			if name != "" && checked(t, result, name).OK {
				t.Errorf("no fault is found with %s", c.fault)
			}
		})
	}
	t.Run("none yet", func(t *testing.T) {
		s := bench(t, "sealsnone", promisesOf(map[string]time.Duration{"data.sealed": 0}))
		s.Estate.Archive = account(t, s, "sealsnonearch", underPolicy("Locked", false), "sealed")
		d, err := documents().Build(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if result, err := carry(t, d); result.Outcome != evidence.Unmeasured || !errors.Is(err, drill.ErrUnmeasured) {
			t.Errorf("%s: %v", result.Outcome, err)
		}
	})
}

// The scratch account is as closed as the source, whatever the source is.
func TestScratchAccountIsLikeItsSource(t *testing.T) {
	like := armstorage.Account{
		Identity: &armstorage.Identity{UserAssignedIdentities: map[string]*armstorage.UserAssignedIdentity{"/id": {ClientID: to("c"), PrincipalID: to("p")}}},
		Properties: &armstorage.AccountProperties{
			PublicNetworkAccess: to(armstorage.PublicNetworkAccessDisabled),
			NetworkRuleSet:      &armstorage.NetworkRuleSet{DefaultAction: to(armstorage.DefaultActionDeny)},
			Encryption: &armstorage.Encryption{
				KeySource: to(armstorage.KeySourceMicrosoftKeyvault), RequireInfrastructureEncryption: to(true),
				KeyVaultProperties: &armstorage.KeyVaultProperties{KeyName: to("documents"), KeyVaultURI: to("https://kv/"), CurrentVersionedKeyIdentifier: to("x")},
			},
		},
	}
	a := scratchAccount("westeurope", like, map[string]*string{"t": to("v")})
	p := a.Properties
	switch {
	case *p.AllowSharedKeyAccess || *p.AllowBlobPublicAccess || !*p.EnableHTTPSTrafficOnly || *p.MinimumTLSVersion != armstorage.MinimumTLSVersionTLS12:
		t.Errorf("the account is open: %+v", p)
	case *p.PublicNetworkAccess != armstorage.PublicNetworkAccessDisabled || *p.NetworkRuleSet.DefaultAction != armstorage.DefaultActionDeny:
		t.Error("the network is open")
	case *p.Encryption.KeyVaultProperties.KeyName != "documents" || p.Encryption.KeyVaultProperties.CurrentVersionedKeyIdentifier != nil:
		t.Error("the key is another")
	case a.Identity.UserAssignedIdentities["/id"].ClientID != nil:
		t.Error("what is only read is written")
	}
	if bare := scratchAccount("westeurope", armstorage.Account{}, nil); *bare.Properties.AllowSharedKeyAccess || bare.Identity != nil {
		t.Error("without a model the account is open")
	}
}

// The sample does not depend on the order in which blobs are listed.
func TestTheSampleIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringN(1, 20, 40), 1, 3*mostBlobs, rapid.ID[string]).Draw(t, "names")
		items := func(names []string) []item {
			var out []item
			for _, n := range names {
				out = append(out, newItem("c", n, 0))
			}
			return out
		}
		shuffled := rapid.Permutation(names).Draw(t, "shuffled")
		one, other := least(items(names)), least(items(shuffled))
		if len(one) != min(len(names), mostBlobs) || !slices.Equal(one, other) {
			t.Fatalf("%d and %d items", len(one), len(other))
		}
	})
}

func TestLag(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		age, within time.Duration
		found, want bool
	}{
		{time.Minute, 10 * time.Minute, true, true},
		{10 * time.Minute, 10 * time.Minute, true, true},
		{11 * time.Minute, 10 * time.Minute, true, false},
		{-time.Second, 10 * time.Minute, true, true}, // a clock that is ahead
		{1000 * time.Hour, 0, true, true},            // nothing is promised
		{5 * time.Minute, time.Minute, true, true},   // the next heartbeat is not due yet
		{0, 0, false, false},
	} {
		if got := lag("x", heartbeat.Beat{Sequence: 1, At: now.Add(-c.age)}, c.found, now, c.within); got.OK != c.want {
			t.Errorf("%+v: %s", c, got.Detail)
		}
	}
}
