package evidence

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// checkpoints judges every checkpoint against the tree of the records. That a
// root is the one computed from all leaves up to its size proves that each of
// those records is included, and, for any two checkpoints, that the later one
// continues the earlier.
func (v *verifier) checkpoints(sizes []int64) error {
	foreign, unpinned, next := 0, 0, int64(0)
	var origin string
	for _, size := range sizes {
		for ; next < size; next++ {
			v.report.fault(Missing, checkpointName(next), NoRecord, "there are checkpoints after it")
		}
		next = size + 1
		data, err := v.folder.read(checkpointName(size), maxCheckpoint)
		if errors.Is(err, errTooLarge) {
			v.report.fault(Altered, checkpointName(size), NoRecord, "%v", err)
			continue
		}
		if err != nil {
			return err
		}
		switch err := v.checkpoint(size, data); {
		case errors.Is(err, ErrOtherLog):
			foreign++
			if c, err := parseCheckpoint(data); err == nil {
				origin = c.Origin
			}
		case errors.Is(err, errUnknownKey):
			unpinned++
		}
	}
	if len(sizes) > 0 && foreign == len(sizes) {
		return fmt.Errorf("%w: of %s, not of %s", ErrOtherLog, originText(origin), v.options.Identity)
	}
	if len(sizes) > 0 && unpinned == len(sizes) {
		return ErrWrongKey
	}
	if next == 0 {
		v.report.fault(Missing, checkpointName(0), NoRecord, "there is no checkpoint at all")
	}
	if highest := v.sequence.tree.size; highest >= next && next > 0 {
		v.report.fault(Unsealed, recordName(next-1), next-1, "it has no checkpoint: its writer was interrupted, the next one seals it")
		if highest > next {
			v.report.fault(Missing, checkpointName(next), NoRecord, "there are %d records", highest)
		}
	}
	return nil
}

// checkpoint judges one. The error only says what may be wrong with all of them.
func (v *verifier) checkpoint(size int64, data []byte) error {
	name := checkpointName(size)
	c, err := parseCheckpoint(data)
	if err == nil && c.Origin != v.options.Identity.Origin() {
		v.report.fault(Foreign, name, NoRecord, "it is a checkpoint of %s", originText(c.Origin))
		return ErrOtherLog
	}
	if err == nil {
		c, err = openCheckpoint(data, v.options.Keys)
	}
	if errors.Is(err, errUnknownKey) {
		v.report.fault(Unpinned, name, NoRecord, "%v", err)
		return err
	}
	if err != nil {
		v.report.fault(Altered, name, NoRecord, "%v", err)
		return nil
	}
	if len(c.Unknown) > 0 {
		v.report.fault(Unpinned, name, NoRecord, "it has a signature by %s, whose key is not pinned", strings.Join(c.Unknown, ", "))
	}
	if len(c.Cosignatures) == 0 {
		v.report.fault(Unwitnessed, name, NoRecord, "no pinned witness cosigned it")
	}
	if c.Size != size {
		v.report.fault(Disorder, name, NoRecord, "it is a checkpoint of %d records", c.Size)
		return nil
	}
	if size > v.sequence.tree.size {
		v.report.fault(Missing, recordName(v.sequence.tree.size), v.sequence.tree.size, "%s is of %d records", name, size)
		return nil
	}
	root, err := v.sequence.tree.root(size)
	if err != nil || root != c.Root {
		v.report.fault(Altered, name, NoRecord, "its root is not that of the first %d records", size)
		return nil
	}
	v.heads[size] = c
	if size > v.report.Size {
		v.report.Size, v.report.Root, v.report.Witnessed = size, c.Root.String(), time.Time{}
		for _, s := range c.Cosignatures {
			if s.Time.After(v.report.Witnessed) {
				v.report.Witnessed = s.Time
			}
		}
	}
	return nil
}

// times checks each record's time against the witnesses' clocks: it was written
// after the checkpoint before it was cosigned, and before its own was. And no
// witness's clock runs backwards, more than a clock that is set right may.
func (v *verifier) times() {
	last := map[string]time.Time{}
	for size := range v.sequence.tree.size + 1 {
		for _, s := range v.heads[size].Cosignatures {
			if s.Time.Before(last[s.Witness].Add(-clockTolerance)) {
				v.report.fault(BadTime, checkpointName(size), NoRecord, "witness %s cosigned it on %s, and an earlier one later", s.Witness, s.Time.Format(time.RFC3339))
			}
			last[s.Witness] = s.Time
		}
	}
	for _, r := range v.sequence.records {
		for _, s := range v.heads[r.Index].Cosignatures {
			if r.Time.Before(s.Time.Add(-clockTolerance)) {
				v.report.fault(BadTime, recordName(r.Index), r.Index, "it says %s, but witness %s saw the log without it on %s",
					r.Time.Format(time.RFC3339), s.Witness, s.Time.Format(time.RFC3339))
			}
		}
		for _, s := range v.heads[r.Index+1].Cosignatures {
			if r.Time.After(s.Time.Add(clockTolerance + time.Second)) {
				v.report.fault(BadTime, recordName(r.Index), r.Index, "it says %s, but witness %s saw it on %s",
					r.Time.Format(time.RFC3339), s.Witness, s.Time.Format(time.RFC3339))
			}
		}
	}
}

// pins checks that the log still contains what was seen of it elsewhere.
func (v *verifier) pins() {
	for _, pin := range v.options.Pinned {
		c, err := openCheckpoint(pin.Data, v.options.Keys)
		switch {
		case err != nil:
			v.report.fault(Rollback, pin.From, NoRecord, "the checkpoint kept there does not verify: %v", err)
			continue
		case c.Origin != v.options.Identity.Origin():
			v.report.fault(Foreign, pin.From, NoRecord, "the checkpoint kept there is of %s", originText(c.Origin))
			continue
		case c.Size > v.sequence.tree.size:
			v.report.fault(Rollback, pin.From, NoRecord, "the checkpoint kept there is of %d records, the folder has %d", c.Size, v.sequence.tree.size)
			continue
		}
		root, err := v.sequence.tree.root(c.Size)
		if err != nil || root != c.Root {
			v.report.fault(Rollback, pin.From, NoRecord, "the checkpoint kept there, of %d records, is not of these records", c.Size)
			continue
		}
		v.report.Pinned++
	}
}
