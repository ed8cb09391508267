package blobs

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// history is the container of old versions, in an account of the front's own.
const history = "past"

// event is one change of a block blob.
type event struct {
	at              time.Time
	container, blob string
	version         string      // the blob that holds the content; empty when it was deleted
	header          http.Header // its properties
	err             error       // the content could not be kept
}

// remember keeps what a blob has become, if the account promises point-in-time
// restore. It is called with the blob held.
func (f *Front) remember(a *account, p place) error {
	if !f.restorable(a) {
		return nil
	}
	answer, content, err := f.read(a.behind, p.container, p.blob)
	if err != nil {
		return err
	}
	e := event{at: f.options.Now(), container: p.container, blob: p.blob}
	if answer != nil {
		if answer.Header.Get("X-Ms-Blob-Type") != "BlockBlob" {
			return nil // Azure restores block blobs only
		}
		a.mu.Lock()
		e.version = a.name + "-" + strconv.Itoa(len(a.events))
		a.mu.Unlock()
		e.version += "-" + strconv.FormatInt(e.at.UnixNano(), 36)
		e.header = answer.Header
		if err := f.write(f.past, history, e.version, nil, content); err != nil {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, e)
	return nil
}

// lose notes that a change could not be kept, so that no restore passes over it.
func (a *account) lose(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, event{err: err})
}

// restorable reports whether the account's blob service promises point-in-time
// restore.
func (f *Front) restorable(a *account) bool {
	service := f.options.Resource(a.id + "/blobServices/default")
	enabled, _ := at(service, "properties", "restorePolicy", "enabled").(bool)
	return enabled
}

// window is how far back the account can be restored.
func (f *Front) window(a *account) time.Duration {
	days, _ := at(f.options.Resource(a.id+"/blobServices/default"), "properties", "restorePolicy", "days").(float64)
	return time.Duration(days) * 24 * time.Hour
}

// Range is blobs by their full names, container and all, in the order of text.
// The start is in it and the end is not; an empty end is the end of everything.
type Range struct{ Start, End string }

func (r Range) holds(name string) bool { return name >= r.Start && (r.End == "" || name < r.End) }

// Restore puts block blobs back to what they were at an instant, all of them or
// none, and returns how many it changed. Nobody else gets at the account
// meanwhile.
func (f *Front) Restore(name string, point time.Time, ranges []Range) (int, error) {
	f.mu.Lock()
	a := f.accounts[name]
	f.mu.Unlock()
	if a == nil {
		return 0, fmt.Errorf("there is no account %s", name)
	}
	if !f.restorable(a) {
		return 0, fmt.Errorf("point-in-time restore is not switched on for %s", name)
	}
	now := f.options.Now()
	switch {
	case point.After(now):
		return 0, fmt.Errorf("%s is in the future", point.UTC().Format(time.RFC3339))
	case point.Before(now.Add(-f.window(a))):
		return 0, fmt.Errorf("%s is earlier than %s can be restored to", point.UTC().Format(time.RFC3339), name)
	}
	a.busy.Lock()
	defer a.busy.Unlock()
	then, last, err := a.versions(point, ranges)
	if err != nil {
		return 0, err
	}
	// Everything is read before anything is written, so that a version that cannot
	// be read leaves the account as it is.
	contents := map[string][]byte{}
	for key, e := range last {
		was := then[key]
		if was.version == e.version {
			delete(last, key)
			continue
		}
		if was.version == "" {
			continue
		}
		answer, content, err := f.read(f.past, history, was.version)
		if err != nil || answer == nil {
			return 0, errors.Join(fmt.Errorf("the version of %s is gone", key), err)
		}
		contents[key] = content
	}
	changed := 0
	for key, e := range last {
		was := then[key]
		if was.version == "" {
			err = f.remove(a.behind, e.container, e.blob)
		} else {
			err = f.write(a.behind, e.container, e.blob, was.header, contents[key])
		}
		if err != nil {
			return changed, err
		}
		changed++
		a.mu.Lock()
		a.events = append(a.events, event{at: now, container: e.container, blob: e.blob, version: was.version, header: was.header})
		a.mu.Unlock()
	}
	return changed, nil
}

// versions finds, for each blob of the ranges, its version at an instant and its
// last one.
func (a *account) versions(point time.Time, ranges []Range) (then, last map[string]event, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	then, last = map[string]event{}, map[string]event{}
	for _, e := range a.events {
		if e.err != nil {
			return nil, nil, fmt.Errorf("a change was not kept: %w", e.err)
		}
		key := e.container + "/" + e.blob
		if !slices.ContainsFunc(ranges, func(r Range) bool { return r.holds(key) }) {
			continue
		}
		if !e.at.After(point) {
			then[key] = e
		}
		last[key] = e
	}
	return then, last, nil
}

// at reads a value deep in a resource's body; nil when it is not there.
func at(value any, path ...string) any {
	for _, name := range path {
		m, _ := value.(map[string]any)
		value = nil
		for key, v := range m {
			if strings.EqualFold(key, name) {
				value = v
			}
		}
	}
	return value
}
