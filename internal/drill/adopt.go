package drill

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Adopt begins the journal of a run anew whose own is lost with the machine that
// ran it, so that Resume cleans up after it and puts its end on record. It must
// not be at work any more: nothing can tell that here. The error is ErrUnknownRun
// if the id is not one of the drill's, and fs.ErrExist if the journal is there.
func Adopt(dir, drill, id string, began time.Time) error {
	if !name.MatchString(drill) || !runID.MatchString(id) || !strings.HasPrefix(id, drill+"-") {
		return fmt.Errorf("adopt: %w of drill %s: %q", ErrUnknownRun, drill, id)
	}
	folder := filepath.Join(dir, drill)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("adopt %s: %w", id, err)
	}
	path := filepath.Join(folder, id+journalExt)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("adopt %s: %w", id, errors.Join(fs.ErrExist, err))
	}
	// Both lines or none: a run that is only begun would be run from its start.
	var text []byte
	for _, what := range []string{lineRun, lineCleaning} {
		data, err := json.Marshal(line{At: began.UTC(), What: what})
		if err != nil {
			return err
		}
		text = append(append(text, data...), '\n')
	}
	temporary := path + ".new"
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("adopt %s: %w", id, err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		return fmt.Errorf("adopt %s: %w", id, errors.Join(err, os.Remove(temporary)))
	}
	return nil
}
