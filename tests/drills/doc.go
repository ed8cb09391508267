// Package drills tries the drills as operators run them: the program runbook, on
// the estate ledger-no, deployed by the real engine on a rehearsed Azure with real
// data. It kills runs, lets requests go wrong in every way, and compares what runs
// say with what is so. A few of each are in go test; make chaos does them all.
package drills
