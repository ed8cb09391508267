package gate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/promises"
)

// designed is what the witnesses keep at worst, in the shape of the promised
// parameters: nil when there is no witness. Of a parameter that has a better
// direction the worst value counts; of one that has none every distinct value
// is listed.
func designed(entry promises.Promise, witnesses []Witness) map[string]any {
	if len(witnesses) == 0 {
		return nil
	}
	values := map[string][]any{}
	for _, w := range witnesses {
		for name, v := range w.Designed {
			values[name] = append(values[name], v)
		}
	}
	out := map[string]any{}
	for name, list := range values {
		i := slices.IndexFunc(entry.Parameters, func(p promises.Parameter) bool { return p.Name == name })
		if i < 0 {
			out[name] = distinct(list)
			continue
		}
		out[name] = shape(entry.Parameters[i], atWorst(entry.Parameters[i], list))
	}
	return out
}

func atWorst(p promises.Parameter, list []any) any {
	switch p.Better {
	case "lower":
		return slices.MaxFunc(list, compareValues)
	case "higher":
		return slices.MinFunc(list, compareValues)
	default:
		return distinct(list)
	}
}

// distinct is the one value of a list, or its distinct values in order.
func distinct(list []any) any {
	list = slices.Clone(list)
	slices.SortFunc(list, compareValues)
	list = slices.CompactFunc(list, func(a, b any) bool { return text(a) == text(b) })
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// shape writes a duration, which rules give in seconds, as promises are written.
func shape(p promises.Parameter, v any) any {
	seconds, ok := v.(float64)
	if p.Type != "duration" || !ok {
		return v
	}
	return map[string]any{
		"text":    promises.FormatDuration(time.Duration(seconds * float64(time.Second))),
		"seconds": seconds,
	}
}

// compareValues orders numbers by size, texts such as "1.2" by their dotted
// numbers, and anything else by its JSON.
func compareValues(a, b any) int {
	if x, ok := a.(float64); ok {
		if y, ok := b.(float64); ok {
			return cmp.Compare(x, y)
		}
	}
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			return compareVersions(x, y)
		}
	}
	return cmp.Compare(text(a), text(b))
}

func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, merr := strconv.Atoi(x[i])
		n, nerr := strconv.Atoi(y[i])
		if merr == nil && nerr == nil && m != n {
			return cmp.Compare(m, n)
		}
		if (merr != nil || nerr != nil) && x[i] != y[i] {
			return cmp.Compare(x[i], y[i])
		}
	}
	return cmp.Compare(len(x), len(y))
}
