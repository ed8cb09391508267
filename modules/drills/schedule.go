package drills

import (
	"fmt"
	"time"
)

const day = 24 * time.Hour

// period is a repetition that cron can express. Longest is the longest time
// between two of its runs.
type period struct {
	longest time.Duration
	cron    func(i int) string // of the i-th drill, so that drills do not meet
}

// periods lists the repetitions, the rarest first. Hours are UTC, after the
// night's backups and when people are at work to see the result.
var periods = []period{
	{366 * day, func(i int) string { return fmt.Sprintf("0 7 %d 1 *", 1+i%28) }},
	{184 * day, func(i int) string { return fmt.Sprintf("0 7 %d 1,7 *", 1+i%28) }},
	{123 * day, func(i int) string { return fmt.Sprintf("0 7 %d 1,5,9 *", 1+i%28) }},
	{92 * day, func(i int) string { return fmt.Sprintf("0 7 %d 1,4,7,10 *", 1+i%28) }},
	{62 * day, func(i int) string { return fmt.Sprintf("0 7 %d 1,3,5,7,9,11 *", 1+i%28) }},
	{31 * day, func(i int) string { return fmt.Sprintf("0 7 %d * *", 1+i%28) }},
	{7 * day, func(i int) string { return fmt.Sprintf("0 7 * * %d", i%7) }},
	{day, func(i int) string { return fmt.Sprintf("0 %d * * *", i%24) }},
}

// schedule is the cron expression of the i-th drill: the rarest that is never
// rarer than promised. It fails when drills would have to run more than once a
// day, for which a restore leaves no room.
func schedule(every time.Duration, i int) (string, error) {
	for _, p := range periods {
		if p.longest <= every {
			return p.cron(i), nil
		}
	}
	return "", fmt.Errorf("drills run once a day at most, every %s is promised: lengthen backup.tested every", every)
}
