package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tillit-dev/tillit/internal/gate"
)

// finding is a violation in a line: the message, then what was seen where.
func finding(v gate.Violation) string {
	if v.Property == "" {
		return v.Message
	}
	line := fmt.Sprintf("%s (%s is %s", v.Message, v.Property, seen(v.Seen))
	if v.Wanted != nil {
		line += ", wanted " + plain(v.Wanted)
	}
	return line + ")"
}

// seen writes what a rule saw; the texts of a list without its brackets.
func seen(v any) string {
	items, isList := v.([]any)
	if v == nil {
		return "absent"
	}
	if isList && len(items) == 0 {
		return "empty"
	}
	if isList && !slices.ContainsFunc(items, func(item any) bool { _, text := item.(string); return !text }) {
		return entry(v)
	}
	return plain(v)
}

// plain writes a text as it is and anything else as JSON.
func plain(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}

// value writes a fact's value: a scalar with its unit, short entries of a list
// or an object in one line, longer ones in a line each.
func value(f gate.Fact) []string {
	const short = 24
	var entries []string
	switch v := f.Value.(type) {
	case []any:
		for _, item := range v {
			entries = append(entries, entry(item))
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			entries = append(entries, key+": "+entry(v[key]))
		}
	default:
		return []string{strings.TrimSpace(plain(v) + " " + f.Unit)}
	}
	if slices.ContainsFunc(entries, func(e string) bool { return utf8.RuneCountInString(e) > short }) {
		return entries
	}
	return []string{strings.Join(entries, ", ")}
}

// entry writes what is inside a fact's value: "country NO, zones 3".
func entry(v any) string {
	var parts []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			parts = append(parts, entry(item))
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, key+" "+entry(v[key]))
		}
	default:
		return plain(v)
	}
	return strings.Join(parts, ", ")
}
