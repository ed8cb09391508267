package evidence

import "errors"

// Errors that callers tell apart with errors.Is.
var (
	// ErrLocked: another writer holds the folder.
	ErrLocked = errors.New("another process is writing to this evidence folder")
	// ErrOtherLog: the folder holds the evidence of another estate, or a
	// rehearsal's where production's is wanted, or the reverse.
	ErrOtherLog = errors.New("this is the evidence folder of another log")
	// ErrWrongKey: the log is not signed by any of the keys that are pinned.
	ErrWrongKey = errors.New("this log is not signed by the pinned key")
	// ErrDamaged: the log was altered, or its disk has lost something.
	ErrDamaged = errors.New("the log is damaged")
	// ErrRolledBack: somebody has seen more of this log than there is now.
	ErrRolledBack = errors.New("the log was rolled back")
	// ErrForked: somebody has seen another history of this log.
	ErrForked = errors.New("there are two histories of this log")
	// ErrOrder: a record does not fit in its run.
	ErrOrder = errors.New("out of order")
	// ErrClock: this machine's clock cannot be right.
	ErrClock = errors.New("the clock is wrong")
	// ErrUnsealed: the record is on disk, but its checkpoint could not be signed
	// or cosigned. The next Open or Append seals it.
	ErrUnsealed = errors.New("the record has no checkpoint yet")
)
