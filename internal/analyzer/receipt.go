package analyzer

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/inventory"
)

// lifetime is how long an update may start after the preview that passed: long
// enough to read the preview and have it approved, short enough that it is still
// about the same program.
const lifetime = time.Hour

// receipt says what a preview judged and passed. Everything taken from the stack
// is in it as keyed digests only.
type receipt struct {
	Judged    time.Time         `json:"judged"`
	Terms     map[string]string `json:"terms"` // what it was judged by, to digest
	Resources map[string]sealed `json:"resources"`
}

// sealed is the inputs of one resource. Open are the paths of the values that
// were not known yet, and may become anything.
type sealed struct {
	Properties map[string]string `json:"properties"` // to digest
	Open       [][]string        `json:"open,omitempty"`
}

// seal makes the digests of a resource's inputs.
func seal(key []byte, r inventory.Resource) (sealed, error) {
	s := sealed{Properties: make(map[string]string, len(r.Props)+1)}
	for _, name := range slices.Sorted(maps.Keys(r.Props)) {
		s.Open = unknowns(r.Props[name], []string{name}, s.Open)
	}
	var err error
	s.Properties, err = digests(key, r)
	return s, err
}

// differences are the names of the inputs that are not what was sealed. An input
// that was unknown then does not differ.
func (s sealed) differences(key []byte, r inventory.Resource) ([]string, error) {
	var props any = r.Props
	for _, path := range s.Open {
		props = open(props, path)
	}
	r.Props = props.(map[string]any)
	now, err := digests(key, r)
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range now {
		if s.Properties[name] != now[name] {
			names = append(names, name)
		}
	}
	for name := range s.Properties {
		if _, there := now[name]; !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// digests are those of every property, and of the provider the resource is made
// with, which decides where that is.
func digests(key []byte, r inventory.Resource) (map[string]string, error) {
	sums := make(map[string]string, len(r.Props)+1)
	for name, value := range r.Props {
		text, err := json.Marshal(generic(r.Name, value))
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", r.URN, name, err)
		}
		sums[name] = digest(key, name, text)
	}
	if r.Provider != "" {
		sums["its provider"] = digest(key, "provider", []byte(r.Provider))
	}
	return sums, nil
}

// digest is a keyed digest of a named text: 16 bytes in hexadecimal.
func digest(key []byte, name string, text []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%d %s ", len(name), name)
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// unknowns adds the paths of the values within v that are not known.
func unknowns(v any, path []string, to [][]string) [][]string {
	if inventory.IsUnknown(v) {
		return append(to, slices.Clone(path))
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			to = unknowns(v[name], append(path, name), to)
		}
	case []any:
		for i, e := range v {
			to = unknowns(e, append(path, strconv.Itoa(i)), to)
		}
	}
	return to
}

// open is v with an unknown at a path, which need not exist in it. What the path
// does not fit is left as it is.
func open(v any, path []string) any {
	if len(path) == 0 {
		return inventory.Unknown()
	}
	switch v := v.(type) {
	case map[string]any:
		object := make(map[string]any, len(v)+1)
		maps.Copy(object, v)
		if e, there := v[path[0]]; there || len(path) == 1 {
			object[path[0]] = open(e, path[1:])
		}
		return object
	case []any:
		list := slices.Clone(v)
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(list) {
			list[i] = open(list[i], path[1:])
		}
		return list
	}
	return v
}

var (
	tail    = regexp.MustCompile(`^[0-9a-f]{6,8}$`)
	nonName = regexp.MustCompile(`[^a-z0-9]+`)
)

// generic is a value without the random tail of a name that a provider made up
// from the resource's own: it is another in each preview and update until the
// resource exists.
func generic(name string, value any) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	plain := func(s string) string { return nonName.ReplaceAllString(strings.ToLower(s), "") }
	made, own := strings.CutPrefix(plain(text), plain(name))
	if own && name != "" && tail.MatchString(made) {
		return name + " and a random tail"
	}
	return value
}

// refuses tells why an update under the given terms, starting now, may not rely
// on the receipt; empty when it may.
func (r *receipt) refuses(terms map[string]string, now time.Time) string {
	for _, name := range slices.Sorted(maps.Keys(terms)) {
		if r.Terms[name] != terms[name] {
			return fmt.Sprintf("the last preview that passed was judged by other %s", name)
		}
	}
	if age := now.Sub(r.Judged); age >= lifetime || age < 0 {
		return fmt.Sprintf("the last preview that passed is of %s, and holds for %v",
			r.Judged.Format("2006-01-02 15:04:05 MST"), lifetime)
	}
	return ""
}

// Fingerprint is a digest of what the gate reads of a policy pack.
func Fingerprint(pack fs.FS) (string, error) {
	sum := sha256.New()
	for _, dir := range []string{"lib", "rules", "data"} {
		err := fs.WalkDir(pack, dir, func(file string, entry fs.DirEntry, err error) error {
			if err != nil {
				if file == "data" { // a pack may have none
					return fs.SkipDir
				}
				return err
			}
			if entry.IsDir() || !slices.Contains([]string{".rego", ".yaml", ".yml", ".json"}, path.Ext(file)) {
				return nil
			}
			text, err := fs.ReadFile(pack, file)
			fmt.Fprintf(sum, "%d %s %d ", len(file), file, len(text))
			sum.Write(text)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// listed names a few of a list.
func listed(names []string) string {
	const few = 4
	if len(names) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return cmp.Or(strings.Join(names, ", "), "nothing")
}
