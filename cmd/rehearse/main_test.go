package main

import (
	"testing"

	"github.com/tillit-dev/tillit/internal/gate"
)

func TestBadUsageExitsWithTwo(t *testing.T) {
	for _, args := range [][]string{
		{"--estate", "nowhere"},
		{"--stacks", t.TempDir()},
		{"--timeout", "0s"},
		{"--bananas"},
		{"too", "many"},
	} {
		if got := run(args); got != 2 {
			t.Errorf("rehearse %v exits with %d, want 2", args, got)
		}
	}
}

func TestVerdictsHaveExitStatuses(t *testing.T) {
	for verdict, want := range map[gate.Verdict]int{
		gate.Kept: 0, gate.Attested: 0, gate.Waived: 0, gate.Broken: 1, gate.Undetermined: 3, gate.Overdue: 3,
		gate.NotJudged: 2, "": 2,
	} {
		if got := status(verdict); got != want {
			t.Errorf("%q exits with %d, want %d", verdict, got, want)
		}
	}
}
