package main

import (
	"errors"
	"strings"
	"syscall"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/evidence"
)

// remedies say what to do about errors that do not say it themselves.
var remedies = []struct {
	is   error
	text string
}{
	{syscall.ENOSPC, "the disk is full: make room, then take up a run that was cut off with runbook resume"},
	{syscall.EFBIG, "a file may not grow: lift the limit or make room, then take up a run that was cut off with runbook resume"},
	{drill.ErrBusy, "wait until it ends, or look for it on this machine"},
	{evidence.ErrWrongKey, "sign and verify with the keys that the log was begun with; a key that replaces another is pinned beside it (docs/evidence.md)"},
	{evidence.ErrOtherLog, "each estate has a folder of its own, and its rehearsals another: check --estate, --dir and --rehearsal"},
	{evidence.ErrRolledBack, "fetch the newer evidence from a copy into an empty folder (--worm does so), and go on from there"},
	{evidence.ErrLocked, "another process writes to it: wait, or look for it"},
}

// explained puts an error of Azure into words.
func explained(err error) error {
	if err == nil {
		return nil
	}
	return cloud.Explain(err)
}

// explain is an error for people: what went wrong, and what to do about it.
func explain(err error) string {
	text := strings.TrimSpace(err.Error())
	for _, r := range remedies {
		if errors.Is(err, r.is) {
			text += "\n  " + r.text
		}
	}
	return text
}
