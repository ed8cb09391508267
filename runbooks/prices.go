package runbooks

import (
	"math"
	"regexp"
	"strconv"
	"time"

	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"

	"github.com/tillit-dev/tillit/internal/drill"
)

// The prices are an estimate of 2026, in the order of magnitude of Azure's list
// prices for West Europe and rounded up: they are for caps and plans, not for
// bills. A subscription's own prices are in its price sheet.

// perCore is what a core of a flexible server costs in an hour, in cents.
var perCore = map[pg.SKUTier]float64{
	pg.SKUTierBurstable:       6,
	pg.SKUTierGeneralPurpose:  12,
	pg.SKUTierMemoryOptimized: 16,
}

const (
	perGiBMonth     = 15.0 // a server's storage, in cents
	perBlobGiBMonth = 3.0  // hot blobs with a single copy, in cents
	hoursInMonth    = 730.0
	// mostCores is taken where a size is not understood.
	mostCores = 96
)

// coresForm finds the number of cores in the name of a size, such as
// Standard_D4ds_v5.
var coresForm = regexp.MustCompile(`^(?:Standard_)?[A-Z]+(\d+)`)

// hourly is what a server of that size costs in an hour, in cents.
func hourly(s *pg.Server) float64 {
	cores, rate := 4.0, perCore[pg.SKUTierGeneralPurpose]
	if s.SKU != nil {
		cores = mostCores
		if found := coresForm.FindStringSubmatch(text(s.SKU.Name)); found != nil {
			n, err := strconv.Atoi(found[1])
			if err == nil && n > 0 {
				cores = float64(n)
			}
		}
		rate = perCore[pg.SKUTierMemoryOptimized]
		if s.SKU.Tier != nil && perCore[*s.SKU.Tier] > 0 {
			rate = perCore[*s.SKU.Tier]
		}
	}
	return cores*rate + float64(room(s))*perGiBMonth/hoursInMonth
}

// room is the size of a server's storage in GiB; the least that Azure gives where
// that is not told.
func room(s *pg.Server) int32 {
	if s.Properties != nil && s.Properties.Storage != nil && s.Properties.Storage.StorageSizeGB != nil {
		return *s.Properties.Storage.StorageSizeGB
	}
	return 32
}

// running is what a server costs for a time. Azure counts each hour that has
// begun.
func running(s *pg.Server, d time.Duration) drill.Cents {
	return drill.Cents(math.Ceil(hourly(s) * hours(d)))
}

// storing is what blobs cost for a time.
func storing(bytes int64, d time.Duration) drill.Cents {
	return drill.Cents(math.Ceil(float64(bytes)/(1<<30)*perBlobGiBMonth/hoursInMonth*hours(d))) + 1
}

func hours(d time.Duration) float64 { return max(1, math.Ceil(d.Hours())) }

// pace is how fast an endpoint is, for estimates.
type pace struct {
	start   time.Duration // to make or restore a server, whatever its size
	change  time.Duration // of a setting, an administrator, a role
	copying float64       // bytes a second of a restore or a copy
	loading float64       // bytes a second of pg_restore
	reading float64       // bytes a second of a manifest
	most    time.Duration // that a restore takes; zero is no limit
}

var (
	// azurePace is careful. Azure names no pace: "usually within 12 hours". Source:
	// MicrosoftDocs/azure-databases-docs
	// articles/postgresql/backup-restore/concepts-backup-restore.md.
	azurePace = pace{start: 15 * time.Minute, change: time.Minute, copying: 60e6, loading: 20e6, reading: 100e6, most: 12 * time.Hour}
	// rehearsalPace is that of one machine with two cores.
	rehearsalPace = pace{start: 2 * time.Second, change: time.Second, copying: 200e6, loading: 50e6, reading: 200e6}
)

func (p *postgres) pace() pace {
	if p.Cloud.Rehearsal {
		return rehearsalPace
	}
	return azurePace
}

// restores estimates how long a restore or a copy of so many bytes takes.
func (p pace) restores(bytes int64) time.Duration {
	d := p.start + taking(bytes, p.copying)
	if p.most > 0 {
		d = min(d, p.most)
	}
	return d
}

// taking is how long so many bytes take.
func taking(bytes int64, perSecond float64) time.Duration {
	return time.Duration(float64(bytes) / perSecond * float64(time.Second)).Round(time.Second)
}

// charge puts on a step the cost of a server that it makes and that runs until
// the clean-up has ended.
func charge(steps []drill.Step, name string, cost func(time.Duration) drill.Cents) {
	for i := range steps {
		if steps[i].Name != name {
			continue
		}
		left := cleaning
		for _, later := range steps[i:] {
			left += later.Estimate
		}
		steps[i].Cost += cost(left)
	}
}

// cleaning is how long a clean-up may take.
const cleaning = 30 * time.Minute
