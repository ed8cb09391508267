// Package fields reads and writes fields in the bodies of resources, which are
// JSON, as Azure has them.
package fields

import (
	"fmt"
	"regexp"
	"strconv"
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

var periodForm = regexp.MustCompile(`^P(\d{1,4})([DWMY])$`)

// Period reads a retention as policies write it, such as P54W. What it returns
// says when something from an instant is kept no longer.
func Period(text string) (func(time.Time) time.Time, error) {
	found := periodForm.FindStringSubmatch(text)
	if found == nil {
		return nil, fmt.Errorf("%q is no retention: P, a number, and D, W, M or Y", text)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		return nil, err
	}
	return func(t time.Time) time.Time {
		switch found[2] {
		case "Y":
			return t.AddDate(n, 0, 0)
		case "M":
			return t.AddDate(0, n, 0)
		case "W":
			return t.AddDate(0, 0, 7*n)
		}
		return t.AddDate(0, 0, n)
	}, nil
}
