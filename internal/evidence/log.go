package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// clockTolerance is how far two clocks may be apart: this machine's now and at
// the previous record, and this machine's and a witness's.
const clockTolerance = 5 * time.Minute

// Config says whose log it is and who signs it.
type Config struct {
	Identity Identity
	Signer   Signer
	// Former are keys that signed the log before Signer did.
	Former []PublicKey
	// Witnesses cosign every checkpoint; at least one must be there and answer.
	Witnesses []Witness
	// Now is the clock, such as clock.Now.
	Now func() time.Time
}

// Log is an evidence folder that is open for writing. It holds the folder's
// lock until Close. A Log is for one goroutine at a time.
type Log struct {
	folder folder
	config Config
	unlock func() error

	sequence *sequence
	sealed   int64            // size of the newest checkpoint, -1 if there is none
	newest   []byte           // the newest checkpoint
	seen     map[string]int64 // witness: the size it has cosigned last, as far as known
	broken   error            // a write failed; only a new Open knows what is on disk
}

// Open opens the evidence folder at dir for writing, and makes it if there is
// nothing there. It waits for the lock until ctx is done. Records that an
// interrupted writer left without a checkpoint are sealed, torn files are kept
// as artefacts and named in a record of kind recovered.
//
// The errors are ErrLocked, ErrOtherLog, ErrWrongKey, ErrDamaged, ErrRolledBack,
// ErrForked and ErrUnsealed, or of the disk, the signer or a witness.
func Open(ctx context.Context, dir string, config Config) (*Log, error) {
	return open(ctx, folder{osFiles{}, dir}, config)
}

func open(ctx context.Context, f folder, config Config) (*Log, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("open evidence: %w", err)
	}
	if err := f.files.MkdirAll(f.dir); err != nil {
		return nil, fmt.Errorf("open evidence: %w", err)
	}
	unlock, err := f.files.Lock(ctx, f.dir, false)
	if err != nil {
		return nil, fmt.Errorf("open evidence: %w", err)
	}
	l := &Log{folder: f, config: config, unlock: unlock, sequence: newSequence(config.Identity), sealed: -1, seen: map[string]int64{}}
	if err := l.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open evidence %s: %w", f.dir, err), unlock())
	}
	return l, nil
}

func (c Config) validate() error {
	if err := c.Identity.validate(); err != nil {
		return err
	}
	if c.Signer == nil {
		return errors.New("no key to sign with")
	}
	if len(c.Witnesses) == 0 {
		return errors.New("no witness: a log is cosigned by at least one")
	}
	if c.Now == nil {
		return errors.New("no clock")
	}
	return nil
}

func (c Config) keys() Keys {
	keys := Keys{Log: append([]PublicKey{c.Signer.Public()}, c.Former...)}
	for _, w := range c.Witnesses {
		keys.Witnesses = append(keys.Witnesses, w.Key())
	}
	return keys
}

// Close gives the folder's lock back.
func (l *Log) Close() error {
	if l.unlock == nil {
		return nil
	}
	unlock := l.unlock
	l.unlock = nil
	l.broken = errors.New("the log is closed")
	return unlock()
}

// Size is the number of records.
func (l *Log) Size() int64 { return l.sequence.tree.size }

// Records are all records, oldest first.
func (l *Log) Records() []Record { return slices.Clone(l.sequence.records) }

// Runs are all runs, in the order in which they started.
func (l *Log) Runs() []Run { return slices.Clone(l.sequence.runs) }

// Run is one run by its id.
func (l *Log) Run(id string) (Run, bool) {
	i, ok := l.sequence.byID[id]
	if !ok {
		return Run{}, false
	}
	return l.sequence.runs[i], true
}

// Checkpoint is the newest checkpoint, a signed note. Keep it elsewhere and show
// it to Verify later: it proves that the log was not rolled back behind it.
func (l *Log) Checkpoint() []byte { return slices.Clone(l.newest) }

// Append adds a record: its files, the record, its checkpoint. When it returns
// without an error all of it is on disk. With ErrUnsealed the record is on disk
// and only its checkpoint is missing. After any other failed write the log must
// be opened again.
func (l *Log) Append(ctx context.Context, e Entry) (Record, error) {
	r, err := l.append(ctx, e)
	if err != nil {
		return r, fmt.Errorf("append %s: %w", e.Kind, err)
	}
	return r, nil
}

func (l *Log) append(ctx context.Context, e Entry) (Record, error) {
	if e.Kind == Recovered {
		return Record{}, errors.New("only Open writes records of this kind")
	}
	body, err := canonicalBody(e.Body)
	if err != nil {
		return Record{}, err
	}
	r := Record{Event: e.Event, Body: body}
	for _, f := range e.Files {
		sum := sha256.Sum256(f.Data)
		r.Artefacts = append(r.Artefacts, Artefact{Name: f.Name, SHA256: hex.EncodeToString(sum[:])})
	}
	return l.add(ctx, r, e.Files)
}

// add completes a record with its place in the log and writes it.
func (l *Log) add(ctx context.Context, r Record, files []File) (Record, error) {
	if l.broken != nil {
		return Record{}, fmt.Errorf("open the log again: %w", l.broken)
	}
	if err := l.seal(ctx); err != nil {
		return Record{}, fmt.Errorf("the record before: %w", err)
	}
	now, err := l.time()
	if err != nil {
		return Record{}, err
	}
	r.Identity, r.Index, r.Time = l.config.Identity, l.sequence.tree.size, now
	if r.Before, err = l.sequence.tree.root(r.Index); err != nil {
		return Record{}, err
	}
	if err := l.sequence.check(r); err != nil {
		return Record{}, err
	}
	data, err := r.seal(ctx, l.config.Signer)
	if err != nil {
		return Record{}, err
	}
	for i, f := range files {
		if err := l.folder.write(artefactName(r.Artefacts[i].SHA256), f.Data); err != nil {
			l.broken = err
			return Record{}, err
		}
	}
	if err := l.folder.write(recordName(r.Index), data); err != nil {
		l.broken = err
		return Record{}, err
	}
	r.KeyID = l.config.Signer.Public().ID()
	if err := l.sequence.add(r, data); err != nil {
		l.broken = err
		return Record{}, err
	}
	return r, l.seal(ctx)
}

// time is now, or the previous record's time if the clock was set back a little.
func (l *Log) time() (time.Time, error) {
	now := l.config.Now().UTC().Round(0)
	if now.Before(l.sequence.last.Add(-clockTolerance)) {
		return time.Time{}, fmt.Errorf("%w: it says %s, the last record is of %s: set this machine's clock",
			ErrClock, now.Format(time.RFC3339), l.sequence.last.Format(time.RFC3339))
	}
	if now.Before(l.sequence.last) {
		return l.sequence.last, nil
	}
	return now, nil
}
