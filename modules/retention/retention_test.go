package retention

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestExamples(t *testing.T) {
	for _, c := range []struct {
		reach         time.Duration
		daily, weekly string
	}{
		{Day, "P2D", "P2W"},
		{Week, "P8D", "P2W"},
		{Week + time.Second, "P9D", "P3W"},
		{30 * Day, "P31D", "P6W"},
		{365 * Day, "P366D", "P54W"}, // 52 weeks kept reach 51 weeks back
		{730 * Day, "P731D", "P106W"},
	} {
		if got := Daily(c.reach); got != c.daily {
			t.Errorf("Daily(%s) = %s, want %s", c.reach, got, c.daily)
		}
		if got := Weekly(c.reach); got != c.weekly {
			t.Errorf("Weekly(%s) = %s, want %s", c.reach, got, c.weekly)
		}
	}
}

// Whatever is promised, the oldest of the copies that are left just before the
// next is made is old enough, and one spacing less would not do.
func TestReach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		promised := time.Duration(rapid.Int64Range(int64(time.Minute), int64(11*365*Day)).Draw(t, "promised"))
		for _, s := range []struct {
			spacing time.Duration
			kept    string
		}{{Day, Daily(promised)}, {Week, Weekly(promised)}} {
			var n int
			var unit rune
			if _, err := fmt.Sscanf(s.kept, "P%d%c", &n, &unit); err != nil {
				t.Fatalf("%q: %v", s.kept, err)
			}
			kept := time.Duration(n) * s.spacing
			if kept-s.spacing < promised {
				t.Fatalf("%s of copies %s apart reach %s, %s is promised", s.kept, s.spacing, kept-s.spacing, promised)
			}
			if kept-2*s.spacing >= promised {
				t.Fatalf("%s is longer than %s needs", s.kept, promised)
			}
		}
	})
}

func TestWindow(t *testing.T) {
	for _, c := range []struct {
		interval, daily time.Duration
		want            int
	}{
		{0, 0, 7}, {Day, 0, 7}, {7 * Day, 0, 7}, {7*Day + 1, 0, 8}, {35 * Day, Day, 35}, {7 * Day, 30 * Day, 30}, {0, 35 * Day, 35},
	} {
		if got, err := Window(c.interval, c.daily, 7, 35); err != nil || got != c.want {
			t.Errorf("Window(%s, %s) = %d, %v; want %d", c.interval, c.daily, got, err, c.want)
		}
	}
	if _, err := Window(35*Day+1, 0, 7, 35); err == nil || !strings.Contains(err.Error(), "35 days at most, 36 are promised: shorten backup.interval for") {
		t.Errorf("beyond the platform: %v", err)
	}
	if _, err := Window(0, 90*Day, 7, 35); err == nil || !strings.Contains(err.Error(), "35 days at most, 90 are promised: shorten backup.daily for") {
		t.Errorf("beyond the platform: %v", err)
	}
}
