// Package retention turns how far back a promise reaches into how long a copy
// must be kept.
//
// They are not the same. Copies are made a spacing apart, so at the worst moment,
// just before the next one is made and just after the oldest was dropped, the
// oldest copy there is was made one spacing later than the retention says. A
// series reaches back its retention less its spacing. Weekly copies kept for 52
// weeks reach 51 weeks back and break the promise of a year.
package retention
