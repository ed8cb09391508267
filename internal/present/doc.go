// Package present shows a run of a drill to whoever watches: a table of its steps
// that is redrawn in place on a terminal, a line for each event elsewhere.
//
// What a step says may come from afar, so it is cut to one line and stripped of
// control characters before it is shown.
package present
