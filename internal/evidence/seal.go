package evidence

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// seal makes the checkpoints that are missing, one for each size.
func (l *Log) seal(ctx context.Context) error {
	for l.sealed < l.sequence.tree.size {
		size := l.sealed + 1
		root, err := l.sequence.tree.root(size)
		if err != nil {
			return err
		}
		c := Checkpoint{Origin: l.config.Identity.Origin(), Size: size, Root: root}
		data, err := signCheckpoint(ctx, c, l.config.Signer)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnsealed, err)
		}
		data, err = l.cosign(ctx, size, data)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnsealed, err)
		}
		if err := l.folder.write(checkpointName(size), data); err != nil {
			l.broken = err
			return fmt.Errorf("%w: %w", ErrUnsealed, err)
		}
		l.sealed, l.newest = size, data
	}
	return nil
}

// cosign asks all witnesses. One must answer; none may have seen another log.
func (l *Log) cosign(ctx context.Context, size int64, checkpoint []byte) ([]byte, error) {
	var failures []error
	answered := false
	for _, w := range l.config.Witnesses {
		signed, err := l.ask(ctx, w, size, checkpoint)
		if errors.Is(err, ErrRolledBack) || errors.Is(err, ErrForked) {
			return nil, err
		}
		if err != nil {
			failures = append(failures, err)
			continue
		}
		checkpoint, answered = signed, true
		l.seen[w.Key().name] = size
	}
	if !answered {
		return nil, errors.Join(failures...)
	}
	return checkpoint, nil
}

func (l *Log) ask(ctx context.Context, w Witness, size int64, checkpoint []byte) ([]byte, error) {
	name := w.Key().name
	old := l.seen[name]
	lines, err := l.askFrom(ctx, w, old, size, checkpoint)
	var other *SizeError
	if errors.As(err, &other) {
		if other.Size > l.sequence.tree.size {
			return nil, fmt.Errorf("%w: witness %s has seen %d records, here are %d", ErrRolledBack, name, other.Size, l.sequence.tree.size)
		}
		if other.Size > size {
			return nil, fmt.Errorf("%w: witness %s has seen %d records, a checkpoint of %d is missing here", ErrRolledBack, name, other.Size, size)
		}
		if other.Size == old {
			return nil, fmt.Errorf("%w: witness %s has seen another one at %d records", ErrForked, name, old)
		}
		lines, err = l.askFrom(ctx, w, other.Size, size, checkpoint)
	}
	if err != nil {
		return nil, err
	}
	signed, at, err := addCosignature(checkpoint, w.Key(), lines)
	if err != nil {
		return nil, err
	}
	if apart := l.config.Now().Sub(at).Abs(); apart > clockTolerance+time.Second {
		return nil, fmt.Errorf("%w: it and that of witness %s are %s apart", ErrClock, name, apart.Round(time.Second))
	}
	return signed, nil
}

func (l *Log) askFrom(ctx context.Context, w Witness, old, size int64, checkpoint []byte) ([]byte, error) {
	proof, err := l.sequence.tree.prove(size, old)
	if err != nil {
		return nil, err
	}
	return w.Cosign(ctx, old, proof, checkpoint)
}
