package runbooks

import (
	"testing"
	"time"

	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/drill"
)

func priced(name string, tier pg.SKUTier, gib int32) *pg.Server {
	return &pg.Server{SKU: &pg.SKU{Name: &name, Tier: &tier}, Properties: &pg.ServerProperties{Storage: &pg.Storage{StorageSizeGB: &gib}}}
}

func TestRunning(t *testing.T) {
	for name, c := range map[string]struct {
		server *pg.Server
		time   time.Duration
		want   drill.Cents
	}{
		"four cores for an hour":         {priced("Standard_D4ds_v5", pg.SKUTierGeneralPurpose, 128), time.Hour, 51},
		"an hour that has begun":         {priced("Standard_D4ds_v5", pg.SKUTierGeneralPurpose, 128), time.Minute, 51},
		"three hours and a bit":          {priced("Standard_D4ds_v5", pg.SKUTierGeneralPurpose, 128), 3*time.Hour + 1, 203},
		"a small one":                    {priced("Standard_B1ms", pg.SKUTierBurstable, 32), time.Hour, 7},
		"much memory":                    {priced("Standard_E64ds_v5", pg.SKUTierMemoryOptimized, 1024), time.Hour, 1046},
		"a size that nobody understands": {priced("Quantum", "Cold", 32), time.Hour, 1537},
		"nothing told":                   {&pg.Server{}, time.Hour, 49},
	} {
		t.Run(name, func(t *testing.T) {
			if got := running(c.server, c.time); got != c.want {
				t.Errorf("%d cents, want %d", got, c.want)
			}
		})
	}
}

// A longer run, a larger server and more storage never cost less.
func TestCostsGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "time"))
		more := time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "longer"))
		gib := rapid.Int32Range(32, 32768).Draw(t, "gib")
		s := priced("Standard_D4ds_v5", pg.SKUTierGeneralPurpose, gib)
		if running(s, d+more) < running(s, d) || running(priced("Standard_D8ds_v5", pg.SKUTierGeneralPurpose, gib), d) <= running(s, d) {
			t.Fatal("it costs less")
		}
		bytes := rapid.Int64Range(0, 1<<45).Draw(t, "bytes")
		for _, p := range []pace{azurePace, rehearsalPace} {
			if p.restores(bytes) < p.restores(bytes/2) || p.most > 0 && p.restores(bytes) > p.most {
				t.Fatalf("%v takes %v", bytes, p.restores(bytes))
			}
		}
		if storing(bytes, d+more) < storing(bytes, d) || storing(bytes, d) < 1 {
			t.Fatal("blobs cost less")
		}
	})
}

func TestCharge(t *testing.T) {
	steps := []drill.Step{{Name: "before", Estimate: 10 * time.Hour}, {Name: "made", Estimate: time.Hour}, {Name: "after", Estimate: 2 * time.Hour}}
	var left time.Duration
	charge(steps, "made", func(d time.Duration) drill.Cents { left = d; return 7 })
	if left != 3*time.Hour+cleaning || steps[1].Cost != 7 || steps[0].Cost+steps[2].Cost != 0 {
		t.Errorf("it runs for %v, %+v", left, steps)
	}
}
