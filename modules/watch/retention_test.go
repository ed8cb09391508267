package watch

import (
	"strings"
	"testing"
	"time"
)

func TestRetention(t *testing.T) {
	const year = 365 * day
	for _, c := range []struct {
		promised           time.Duration
		interactive, total int
	}{
		{0, 30, 30},
		{7 * day, 30, 30},
		{90*day + time.Hour, 91, 91},
		{year, 365, 365},
		{2 * year, 730, 730},
		{731 * day, 730, 1095},
		{5 * year, 730, 1826},
		{12 * year, 730, 4383},
	} {
		interactive, total, err := retention(c.promised)
		if err != nil || interactive != c.interactive || total != c.total {
			t.Errorf("retention(%s) = %d, %d, %v; want %d, %d", c.promised, interactive, total, err, c.interactive, c.total)
		}
	}
	if _, _, err := retention(13 * year); err == nil || !strings.Contains(err.Error(), "4383 days") {
		t.Errorf("13 years: %v", err)
	}
}
