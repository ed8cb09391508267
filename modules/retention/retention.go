package retention

import (
	"fmt"
	"time"
)

// Day and Week are the spacings that the platform offers.
const (
	Day  = 24 * time.Hour
	Week = 7 * Day
)

// Days is the whole days in which d fits.
func Days(d time.Duration) int { return int((d + Day - 1) / Day) }

// Daily is the retention, in ISO 8601, of daily copies that at worst reach that
// far back: P366D for 365 days.
func Daily(reach time.Duration) string { return fmt.Sprintf("P%dD", Days(reach+Day)) }

// Weekly is the same for weekly copies, in whole weeks: P54W for 365 days.
func Weekly(reach time.Duration) string {
	return fmt.Sprintf("P%dW", (reach+Week+Week-1)/Week)
}

// Window is how many days of recovery points a database must keep to hold the
// promised time, of which the platform offers least to most. It fails when the
// promise is beyond the platform.
func Window(promised time.Duration, least, most int) (int, error) {
	days := max(Days(promised), least)
	if days > most {
		return 0, fmt.Errorf("recovery points are kept for %d days at most, %d are promised: shorten backup.interval for", most, days)
	}
	return days, nil
}
