// Package drill runs drills: a Drill is a list of steps, a run is one execution
// of it, and whatever happens to the run, what it has made in the cloud is
// cleaned up and its evidence has an end.
//
// # Order of events
//
// A run's journal is a file of one JSON object a line, each flushed before what
// it announces is done:
//
//	run       the run exists; nothing has been done
//	          (evidence: run-started)
//	step      this step is about to begin
//	put       a value for later steps; spent: money for what was used
//	done      the step has ended well (evidence: run-step), or failed
//	cleaning  the clean-up is about to begin
//	cleaned   nothing that carries the run's marker is left
//	          (evidence: run-finished)
//	finished  the run is over
//
// A line that is not whole was cut off by a crash: what it announces was never
// begun. So after SIGKILL or a power cut the journal says how far the run had
// come at most, and Resume goes on from there: with the step that was under way
// if that can be repeated, else with the clean-up.
//
// # Markers
//
// Each resource that a run makes carries its marker. The clean-up deletes what a
// Target lists for that marker, and never anything else.
//
// # Limits
//
// A run has a cap on its time and one on its cost; where either is reached, or
// the caller's context ends, the step under way is cancelled and the clean-up
// runs. The clean-up has a time limit of its own and no other. If it fails, the
// run is not finished, and Resume tries again.
//
// Two runs of one drill on one estate exclude each other: the drill's folder is
// locked, and as long as an earlier run is not finished no new one starts.
//
// # Measures
//
// The failure is declared before a restore point is chosen. The recovery point
// is that instant less the newest heartbeat found in the restored data, never
// below zero; the recovery time is from that instant to verified operation. The
// time of each phase is the sum of its steps. Within a process durations are
// taken on the monotonic clock.
package drill
