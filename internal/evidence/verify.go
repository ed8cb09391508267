package evidence

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Options say what a verifier believes beforehand.
type Options struct {
	// Identity is the log that is wanted.
	Identity Identity
	// Keys are the only ones that are believed: at least one of the log's and one
	// of a witness's.
	Keys Keys
	// Pinned are checkpoints of this log that were kept elsewhere. The log must
	// still contain them.
	Pinned []Pin
}

// Pin is a checkpoint that was kept elsewhere.
type Pin struct {
	From string // for people: where it was kept
	Data []byte // a signed note
}

// Verify checks the evidence folder at dir offline: every signature, every
// artefact's hash, that each record is in the log at its place, that each
// checkpoint continues every earlier one, the order of records and times, that
// every run that has started has ended, and that nothing is missing or extra.
// What is wrong is in the report. An error means that nothing could be judged:
// it is ErrOtherLog, ErrWrongKey, or of the options or the disk.
func Verify(ctx context.Context, dir string, o Options) (*Report, error) {
	return verify(ctx, folder{osFiles{}, dir}, o)
}

func verify(ctx context.Context, f folder, o Options) (*Report, error) {
	report, err := verifyLocked(ctx, f, o)
	if err != nil {
		return nil, fmt.Errorf("verify evidence %s: %w", f.dir, err)
	}
	return report, nil
}

func verifyLocked(ctx context.Context, f folder, o Options) (*Report, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	unlock, err := f.files.Lock(ctx, f.dir, true)
	if err != nil {
		return nil, err
	}
	report, err := verifyFolder(f, o)
	if err = errors.Join(err, unlock()); err != nil {
		return nil, err
	}
	return report, nil
}

func (o Options) validate() error {
	if err := o.Identity.validate(); err != nil {
		return err
	}
	if len(o.Keys.Log) == 0 {
		return errors.New("no key of the log is pinned")
	}
	if len(o.Keys.Witnesses) == 0 {
		return errors.New("no key of a witness is pinned: add the witness's line, name+hash+base64, to the file of keys")
	}
	return nil
}

// verifier walks through a folder. The order matters: the records give the
// tree, the tree judges the checkpoints.
type verifier struct {
	folder   folder
	options  Options
	report   *Report
	sequence *sequence
	// whole is how many leaves from the first on are known; behind a record that
	// is missing, no root can be computed.
	whole int64
	heads map[int64]Checkpoint // by size, those that verify
}

func verifyFolder(f folder, o Options) (*Report, error) {
	v := &verifier{
		folder: f, options: o, sequence: newSequence(o.Identity), heads: map[int64]Checkpoint{},
		report: &Report{Identity: o.Identity, Origin: o.Identity.Origin(), Size: -1, Faults: []Fault{}, Runs: []Run{}, Recovered: []string{}},
	}
	c, err := f.list()
	if err != nil {
		return nil, err
	}
	for _, name := range c.strange {
		v.report.fault(Extra, name, NoRecord, "it does not belong in an evidence folder")
	}
	for _, name := range c.torn {
		v.report.fault(Extra, name, NoRecord, "a write did not end, or is under way: the next writer takes care of it")
	}
	if err := v.records(c.records); err != nil {
		return nil, err
	}
	if err := v.checkpoints(c.checkpoints); err != nil {
		return nil, err
	}
	if err := v.artefacts(c.artefacts); err != nil {
		return nil, err
	}
	v.times()
	v.pins()
	v.runs()
	v.report.sort()
	return v.report, nil
}

func (v *verifier) records(indexes []int64) error {
	next := int64(0)
	for _, index := range indexes {
		if index > next {
			v.missing(next, index-1)
		}
		next = index + 1
		if err := v.record(index); err != nil {
			return err
		}
	}
	v.report.Records = v.sequence.records
	return nil
}

func (v *verifier) missing(from, to int64) {
	for i := from; i <= min(to, from+9); i++ {
		v.report.fault(Missing, recordName(i), i, "there are records after it")
	}
	if to > from+9 {
		v.report.fault(Missing, recordName(from+10), from+10, "and all up to record %d", to)
	}
}

func (v *verifier) record(index int64) error {
	name := recordName(index)
	data, err := v.folder.read(name, maxRecord)
	if errors.Is(err, errTooLarge) {
		v.report.fault(Altered, name, index, "%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	r, err := openRecord(data, v.options.Keys.Log)
	kind := Altered
	if errors.Is(err, errUnknownKey) {
		kind = Unpinned
	}
	if err != nil {
		v.report.fault(kind, name, index, "%v", err)
		return v.leaf(index, data)
	}
	if index == v.whole {
		if err := v.sequence.check(r); err != nil {
			v.report.fault(disorder(r, v.options.Identity), name, index, "%v", err)
		}
	}
	if r.Index != index && index != v.whole {
		v.report.fault(Disorder, name, index, "it says that it is record %d", r.Index)
	}
	if index == v.whole {
		v.whole++
		return v.sequence.add(r, data)
	}
	return nil
}

func disorder(r Record, wanted Identity) FaultKind {
	if r.Identity != wanted {
		return Foreign
	}
	return Disorder
}

// leaf takes in a leaf that is no record, so that what comes after it can still
// be judged.
func (v *verifier) leaf(index int64, data []byte) error {
	if index != v.whole {
		return nil
	}
	v.whole++
	return v.sequence.skip(data)
}

func (v *verifier) artefacts(digests []string) error {
	there := map[string]bool{}
	for _, digest := range digests {
		there[digest] = true
		r, err := v.folder.files.Open(v.folder.path(artefactName(digest)))
		if err != nil {
			return err
		}
		sum, err := hashOf(r)
		if err = errors.Join(err, r.Close()); err != nil {
			return err
		}
		if sum != digest {
			v.report.fault(Altered, artefactName(digest), NoRecord, "its SHA-256 is %s", sum)
		}
	}
	for _, r := range v.sequence.records {
		for _, a := range r.Artefacts {
			if !there[a.SHA256] {
				v.report.fault(Missing, artefactName(a.SHA256), r.Index, "the record speaks of it as %q", a.Name)
			}
			if r.Kind == Recovered {
				v.report.Recovered = append(v.report.Recovered, a.SHA256)
			}
		}
	}
	for _, digest := range orphans(digests, v.sequence.records) {
		v.report.fault(Extra, artefactName(digest), NoRecord, "no record speaks of it")
	}
	return nil
}

func (v *verifier) runs() {
	for _, run := range v.sequence.runs {
		v.report.Runs = append(v.report.Runs, run)
		if run.Outcome == "" {
			v.report.fault(Unfinished, recordName(run.First), run.First, "run %s of drill %s has started on %s and has no end",
				run.ID, run.Drill, run.Started.Format(time.RFC3339))
		}
	}
}
