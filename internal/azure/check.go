package azure

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// PropertyError is a fault in a resource's inputs.
type PropertyError struct {
	Token  string
	Path   string // such as subnets[0].addressPrefix
	Reason string // with the fix
}

func (e *PropertyError) Error() string {
	return fmt.Sprintf("%s: %s %s", e.Token, e.Path, e.Reason)
}

// Check compares a resource's inputs with the type's properties. It finds names
// that do not exist, and gives the nearest that does; values of the wrong kind;
// and required properties that are missing. Unknown values and secrets
// ({"$unknown": true}, {"$secret": true}) and nulls pass. Each error is a
// *PropertyError.
func Check(token string, inputs map[string]any) []error {
	schema, ok := Properties(token)
	if !ok {
		return []error{&PropertyError{Canonical(token), "the type", "is not known here; its place in ARM belongs in internal/azure/types.tsv"}}
	}
	c := checker{token: Canonical(token)}
	c.object("", schema, inputs)
	return c.errs
}

type checker struct {
	token string
	errs  []error
}

func (c *checker) fault(path, format string, args ...any) {
	c.errs = append(c.errs, &PropertyError{c.token, path, fmt.Sprintf(format, args...)})
}

func (c *checker) object(path string, schema *Schema, value map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(value)) {
		at := join(path, name)
		field, ok := schema.Fields[name]
		if !ok {
			near := Nearest(name, slices.Sorted(maps.Keys(schema.Fields)))
			c.fault(at, "is no property; the nearest is %q", near)
			continue
		}
		c.value(at, field, field.Wraps, value[name])
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Fields)) {
		if _, has := value[name]; !has && schema.Fields[name].Required {
			c.fault(join(path, name), "is required and missing")
		}
	}
}

func (c *checker) value(path string, field Field, wraps string, value any) {
	if value == nil || opaque(value) || (field.Kind == Any && wraps == "") {
		return
	}
	switch {
	case strings.HasPrefix(wraps, "l"):
		list, ok := value.([]any)
		if !ok {
			c.fault(path, "is %s; it must be a list", describe(value))
			return
		}
		for i, item := range list {
			c.value(fmt.Sprintf("%s[%d]", path, i), field, wraps[1:], item)
		}
	case strings.HasPrefix(wraps, "m"):
		m, ok := value.(map[string]any)
		if !ok {
			c.fault(path, "is %s; it must be a map", describe(value))
			return
		}
		for _, key := range slices.Sorted(maps.Keys(m)) {
			c.value(join(path, key), field, wraps[1:], m[key])
		}
	case field.Kind == Object:
		m, ok := value.(map[string]any)
		if !ok {
			c.fault(path, "is %s; it must be an object", describe(value))
			return
		}
		if schema := field.Object(); schema != nil {
			c.object(path, schema, m)
		}
	default:
		c.scalar(path, field.Kind, value)
	}
}

func (c *checker) scalar(path string, kind Kind, value any) {
	ok := false
	switch kind {
	case Text:
		_, ok = value.(string)
	case Boolean:
		_, ok = value.(bool)
	case Integer:
		switch n := value.(type) {
		case int, int64:
			ok = true
		case float64:
			ok = n == math.Trunc(n)
		}
	case Number:
		switch value.(type) {
		case int, int64, float64:
			ok = true
		}
	}
	if !ok {
		c.fault(path, "is %s; it must be of kind %s", describe(value), kind)
	}
}

// opaque reports a value that stands for one that is not known or not shown.
func opaque(value any) bool {
	m, ok := value.(map[string]any)
	if !ok {
		return false
	}
	return m["$unknown"] == true || m["$secret"] == true
}

// describe names a value's kind, never the value, which may be a secret.
func describe(value any) string {
	switch value.(type) {
	case string:
		return "a text"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Nearest returns the word among words that takes the fewest edits to reach,
// case aside; the first of several, and "" when there are no words.
func Nearest(word string, words []string) string {
	best, distance := "", math.MaxInt
	for _, w := range words {
		if d := edits(strings.ToLower(word), strings.ToLower(w)); d < distance {
			best, distance = w, d
		}
	}
	return best
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
