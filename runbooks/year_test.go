package runbooks

import (
	"slices"
	"strings"
	"testing"
	"time"

	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func aged(days ...int) []longCopy {
	var copies []longCopy
	for _, d := range days {
		copies = append(copies, longCopy{At: noon.AddDate(0, 0, -d)})
	}
	return copies
}

func TestPickCopy(t *testing.T) {
	for name, c := range map[string]struct {
		days []int
		want int
	}{
		"one a week":         {[]int{3, 10, 360, 367, 374}, 367},
		"in no order":        {[]int{374, 3, 367, 360, 10}, 367},
		"to the day":         {[]int{364, 365, 366}, 365},
		"the oldest there":   {[]int{3, 10, 17}, 17},
		"one only":           {[]int{1}, 1},
		"much older ones":    {[]int{1000, 2000}, 1000},
		"one of them is old": {[]int{5, 3000}, 3000},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := pickCopy(aged(c.days...), noon, 365*day)
			if !ok || !got.At.Equal(noon.AddDate(0, 0, -c.want)) {
				t.Errorf("%v, %v; want that of %d days ago", got, ok, c.want)
			}
		})
	}
	if _, ok := pickCopy(nil, noon, day); ok {
		t.Error("a copy was picked of none")
	}
}

// The picked copy is one of the copies. If any is as old as wanted, it is the
// youngest of those, else the oldest of all.
func TestPickedCopyIsNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		copies := aged(rapid.SliceOfN(rapid.IntRange(0, 800), 1, 60).Draw(t, "days")...)
		wanted := time.Duration(rapid.IntRange(0, 700).Draw(t, "wanted")) * day
		got, ok := pickCopy(copies, noon, wanted)
		if !ok || !slices.Contains(copies, got) {
			t.Fatalf("%v is none of the copies", got)
		}
		for _, c := range copies {
			enough, old := noon.Sub(got.At) >= wanted, noon.Sub(c.At) >= wanted
			if !enough && c.At.Before(got.At) || enough && old && c.At.After(got.At) {
				t.Fatalf("%v is better than %v", c, got)
			}
		}
	})
}

func TestReaches(t *testing.T) {
	for name, c := range map[string]struct {
		copied, age int
		want        bool
	}{
		"a year":                           {370, 900, true},
		"a year less one spacing":          {358, 900, true},
		"less than that":                   {357, 900, false},
		"an age that nobody knows":         {357, 0, false},
		"a young estate's oldest":          {95, 100, true},
		"a young estate has lost the rest": {20, 100, false},
		"an estate of today":               {0, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := reaches(time.Duration(c.copied)*day, 365*day, time.Duration(c.age)*day); got != c.want {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestAge(t *testing.T) {
	ago := func(days int) *time.Time { return to(noon.AddDate(0, 0, -days)) }
	for name, c := range map[string]struct {
		server pg.Server
		want   time.Duration
	}{
		"Azure tells":               {pg.Server{SystemData: &pg.SystemData{CreatedAt: ago(200)}, Properties: &pg.ServerProperties{}}, 200 * day},
		"the first backup tells":    {pg.Server{Properties: &pg.ServerProperties{Backup: &pg.Backup{EarliestRestoreDate: ago(3), BackupRetentionDays: to(int32(35))}}}, 3 * day},
		"the first backup has gone": {pg.Server{Properties: &pg.ServerProperties{Backup: &pg.Backup{EarliestRestoreDate: ago(34), BackupRetentionDays: to(int32(35))}}}, 0},
		"by Azure's own default":    {pg.Server{Properties: &pg.ServerProperties{Backup: &pg.Backup{EarliestRestoreDate: ago(6)}}}, 0},
		"nothing tells":             {pg.Server{Properties: &pg.ServerProperties{}}, 0},
		"it has been made just now": {pg.Server{Properties: &pg.ServerProperties{Backup: &pg.Backup{EarliestRestoreDate: ago(0)}}}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (years{postgres: &postgres{source: &c.server}}).age(noon); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestDumpOf(t *testing.T) {
	others := []string{"attempt-1-database_azure_maintenance.sql", "attempt-1-database_postgres.sql", "attempt-1-roles.sql", "attempt-1-schema.sql", "attempt-1-tablespace.sql"}
	for _, name := range []string{"attempt-1-database_main.sql", "attempt-1-main_database.sql", "attempt-1-main.sql", "folder/attempt-1-Database_Main.sql"} {
		if got, err := dumpOf("main", "attempt-1-", append(slices.Clone(others), name)); err != nil || got != name {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if _, err := dumpOf("main", "attempt-1-", others); err == nil || !strings.Contains(err.Error(), "attempt-1-roles.sql") {
		t.Errorf("%v", err)
	}
}

func TestJudgeAge(t *testing.T) {
	beat := heartbeat.Beat{Sequence: 7, At: noon}
	for passed, want := range map[time.Duration]bool{-time.Hour: true, time.Minute: true, stale: true, stale + 1: false} {
		if got := judgeAge(drill.Check{Name: "heartbeat", OK: true}, beat, noon.Add(passed)); got.OK != want {
			t.Errorf("%v before: %+v", passed, got)
		}
	}
}
