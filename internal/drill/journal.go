package drill

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// line is one entry of a journal.
type line struct {
	At      time.Time       `json:"at"`
	What    string          `json:"what"`
	Step    string          `json:"step,omitempty"`
	Key     string          `json:"key,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"`
	Seconds float64         `json:"seconds,omitempty"`
	Cents   Cents           `json:"cents,omitempty"`
	Error   string          `json:"error,omitempty"`
}

const (
	lineRun      = "run"
	lineResumed  = "resumed"
	lineStep     = "step"
	lineDone     = "done"
	lineFailed   = "failed"
	linePut      = "put"
	lineCheck    = "check"
	lineSpent    = "spent"
	lineCleaning = "cleaning"
	lineCleaned  = "cleaned"
	lineFinished = "finished"

	journalExt = ".jsonl"
)

// journal is a file that only grows, a line at a time, each on disk before add
// returns.
type journal struct {
	file  *os.File
	lines []line
}

func createJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err == nil {
		err = errors.Join(dir.Sync(), dir.Close())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &journal{file: f}, nil
}

// openJournal reads a journal to go on with it. Where a crash has cut off the
// last line, the next one starts on its own.
func openJournal(path string) (*journal, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		if _, err := f.Write([]byte("\n")); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return &journal{file: f, lines: parseJournal(data)}, nil
}

// parseJournal returns the lines that are whole, which a part of a JSON object
// never is. One that is not announces something that was never begun.
func parseJournal(data []byte) []line {
	var lines []line
	for len(data) > 0 {
		text, rest, _ := bytes.Cut(data, []byte("\n"))
		var l line
		if json.Unmarshal(text, &l) == nil && l.What != "" {
			lines = append(lines, l)
		}
		data = rest
	}
	return lines
}

func (j *journal) add(l line) error {
	data, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if _, err := j.file.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	j.lines = append(j.lines, l)
	return nil
}

func (j *journal) has(what string) bool {
	return slices.ContainsFunc(j.lines, func(l line) bool { return l.What == what })
}

func (j *journal) close() error { return j.file.Close() }

// Unfinished lists the runs of a drill that have to be resumed, oldest first.
func Unfinished(dir, drill string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, drill))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var runs []string
	for _, entry := range entries {
		id, ok := strings.CutSuffix(entry.Name(), journalExt)
		if !ok {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, drill, entry.Name()))
		if err != nil {
			return nil, err
		}
		j := journal{lines: parseJournal(data)}
		// A journal without a first line was begun and nothing else.
		if j.has(lineRun) && !j.has(lineFinished) {
			runs = append(runs, id)
		}
	}
	return runs, nil
}
