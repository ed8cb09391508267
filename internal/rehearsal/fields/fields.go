// Package fields reads fields deep in the bodies of resources, which are JSON.
package fields

import (
	"strings"
	"time"
)

// Dig reads a field, whatever the case of the names; nil when it is not there.
func Dig(value any, path ...string) any {
	for _, name := range path {
		m, _ := value.(map[string]any)
		value = m[name]
		if value != nil {
			continue
		}
		for key, v := range m {
			if strings.EqualFold(key, name) {
				value = v
			}
		}
	}
	return value
}

// Text reads a field that is text; "" when it is not there or is something else.
func Text(value any, path ...string) string {
	s, _ := Dig(value, path...).(string)
	return s
}

// Time writes an instant as Azure's services do.
func Time(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
