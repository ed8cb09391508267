package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// parameters writes a promise's values in the catalogue's order, such as
// "every 10m, for 7d".
func parameters(id promises.ID, values map[string]any) string {
	entry, _ := promises.Lookup(id)
	var names []string
	for _, p := range entry.Parameters {
		names = append(names, p.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var parts []string
	for _, name := range names {
		if v, ok := values[name]; ok {
			parts = append(parts, clean(name+" "+plain(v)))
		}
	}
	return strings.Join(parts, ", ")
}

// plain writes a value as a person would.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return "(not set)"
	case string:
		if v == "" {
			return `""`
		}
		return v
	case []string:
		return strings.Join(v, " ")
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = plain(e)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		if inventory.IsUnknown(v) {
			return "(not known yet)"
		}
		if inventory.IsSecret(v) {
			return "(secret)"
		}
		if text, ok := v["text"].(string); ok && v["seconds"] != nil {
			return text
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return shorten(string(b), 200)
}

// shorten cuts a text to n characters.
func shorten(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}

// Clean is a text of the estate that is judged, fit for a terminal.
func Clean(s string) string { return clean(s) }

// clean replaces characters that do not print, such as those that steer a
// terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
