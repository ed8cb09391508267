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
	return fmt.Sprintf("P%dW", Weeks(reach))
}

// Weeks is the whole weeks for which weekly copies are kept that at worst reach
// that far back.
func Weeks(reach time.Duration) int { return int((reach + Week + Week - 1) / Week) }

// Window is how many days of automated backups a database must keep to have
// recovery points for as long as interval says and daily backups for as long as
// daily says, of which the platform offers least to most. It fails when a promise
// is beyond the platform, and names it.
func Window(interval, daily time.Duration, least, most int) (int, error) {
	for _, promised := range []struct {
		what, shorten string
		days          int
	}{{"recovery points", "backup.interval for", Days(interval)}, {"daily backups of a database", "backup.daily for", Days(daily)}} {
		if promised.days > most {
			return 0, fmt.Errorf("%s are kept for %d days at most, %d are promised: shorten %s", promised.what, most, promised.days, promised.shorten)
		}
	}
	return max(Days(interval), Days(daily), least), nil
}
