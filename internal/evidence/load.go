package evidence

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// load reads the folder, repairs what an interrupted writer left, and seals it.
func (l *Log) load(ctx context.Context) error {
	for _, dir := range []string{recordsDir, checkpointsDir, artefactsDir, tmpDir} {
		if err := l.folder.files.MkdirAll(l.folder.path(dir)); err != nil {
			return err
		}
	}
	c, err := l.folder.list()
	if err != nil {
		return err
	}
	if len(c.strange) > 0 {
		return fmt.Errorf("%w: %q does not belong there: move it away", ErrDamaged, c.strange[0])
	}
	keys := l.config.keys()
	if err := l.loadCheckpoint(c.checkpoints, keys); err != nil {
		return err
	}
	if err := l.loadRecords(c.records, keys); err != nil {
		return err
	}
	for _, name := range c.torn {
		if _, err := l.folder.setAside(name); err != nil {
			return fmt.Errorf("set aside %s: %w", name, err)
		}
	}
	sealed := l.sealed
	if err := l.seal(ctx); err != nil {
		return err
	}
	if l.sealed == sealed {
		// Ask the witnesses before anything is written whether they know this head
		// as the newest, and whether our clocks agree.
		if _, err := l.cosign(ctx, l.sealed, l.newest); err != nil {
			return err
		}
	}
	return l.recover(ctx)
}

// loadCheckpoint finds the newest checkpoint. One that is torn is set aside if it
// is the newest of all.
func (l *Log) loadCheckpoint(sizes []int64, keys Keys) error {
	for i, size := range sizes {
		if size != int64(i) {
			return fmt.Errorf("%w: %s is missing: fetch it from a copy", ErrDamaged, checkpointName(int64(i)))
		}
	}
	for n := len(sizes) - 1; n >= 0; n-- {
		name := checkpointName(sizes[n])
		data, err := l.folder.read(name, maxCheckpoint)
		if err != nil {
			return err
		}
		c, err := parseCheckpoint(data)
		if err != nil && n == len(sizes)-1 {
			if _, err := l.folder.setAside(name); err != nil {
				return fmt.Errorf("set aside %s: %w", name, err)
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
		}
		if c.Origin != l.config.Identity.Origin() {
			return fmt.Errorf("%w: of %s, not of %s", ErrOtherLog, originText(c.Origin), l.config.Identity)
		}
		c, err = openCheckpoint(data, keys)
		if errors.Is(err, errUnknownKey) {
			return fmt.Errorf("%w: %s: %w", ErrWrongKey, name, err)
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
		}
		if c.Size != sizes[n] {
			return fmt.Errorf("%w: %s is a checkpoint of %d records", ErrDamaged, name, c.Size)
		}
		l.sealed, l.newest = c.Size, data
		for _, s := range c.Cosignatures {
			l.seen[s.Witness] = c.Size
		}
		return nil
	}
	return nil
}

func originText(origin string) string {
	identity, err := ParseOrigin(origin)
	if err != nil {
		return fmt.Sprintf("%q", clip(origin, 100))
	}
	return identity.String()
}

// loadRecords takes in all records. Those behind the newest checkpoint must be
// what was sealed; behind it, a record that is not whole is set aside.
func (l *Log) loadRecords(indexes []int64, keys Keys) error {
	whole := true
	for i, index := range indexes {
		if index != int64(i) {
			return fmt.Errorf("%w: %s is missing: fetch it from a copy", ErrDamaged, recordName(int64(i)))
		}
		name := recordName(index)
		data, err := l.folder.read(name, maxRecord)
		if err != nil {
			return err
		}
		// The root in the newest checkpoint stands for the signatures before it.
		read := peekRecord
		if index >= l.sealed {
			read = func(data []byte) (Record, error) { return openRecord(data, keys.Log) }
		}
		r, err := read(data)
		if err == nil {
			err = l.sequence.check(r)
		}
		if err == nil && whole {
			if err := l.sequence.add(r, data); err != nil {
				return err
			}
			continue
		}
		if index < l.sealed {
			return fmt.Errorf("%w: %s: %w: fetch it from a copy", ErrDamaged, name, err)
		}
		whole = false
		if _, err := l.folder.setAside(name); err != nil {
			return fmt.Errorf("set aside %s: %w", name, err)
		}
	}
	if l.sealed < 0 {
		return nil
	}
	if l.sequence.tree.size < l.sealed {
		return fmt.Errorf("%w: %s and all after it are missing: fetch them from a copy", ErrDamaged, recordName(l.sequence.tree.size))
	}
	c, err := parseCheckpoint(l.newest)
	if err != nil {
		return err
	}
	root, err := l.sequence.tree.root(l.sealed)
	if err != nil {
		return err
	}
	if root != c.Root {
		return fmt.Errorf("%w: its records are not those of %s", ErrDamaged, checkpointName(l.sealed))
	}
	return nil
}

// recover names in a record the artefacts that no record speaks of: a writer was
// interrupted before it could, or left torn files.
func (l *Log) recover(ctx context.Context) error {
	c, err := l.folder.list()
	if err != nil {
		return err
	}
	orphans := orphans(c.artefacts, l.sequence.records)
	for _, names := range slices.Collect(slices.Chunk(orphans, maxSubjects-1)) {
		r := Record{Event: Event{Kind: Recovered}}
		for _, digest := range names {
			r.Artefacts = append(r.Artefacts, Artefact{Name: digest, SHA256: digest})
		}
		if _, err := l.add(ctx, r, nil); err != nil {
			return fmt.Errorf("record what was recovered: %w", err)
		}
	}
	return nil
}

func orphans(artefacts []string, records []Record) []string {
	named := map[string]bool{}
	for _, r := range records {
		for _, a := range r.Artefacts {
			named[a.SHA256] = true
		}
	}
	return slices.DeleteFunc(slices.Sorted(slices.Values(artefacts)), func(digest string) bool { return named[digest] })
}
