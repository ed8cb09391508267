package promises

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// value reads one parameter's value by its type, or says what is wrong with it
// and how to put it right.
func (p *parser) value(q Parameter, n *node) (v Value, fault string) {
	if q.Type == "list" {
		return listValue(n)
	}
	s, fault := text(n)
	if fault != "" {
		return Value{}, fault
	}
	return q.parse(s)
}

// parse reads a single value as it is written.
func (q Parameter) parse(s string) (v Value, fault string) {
	v.Text = s
	switch q.Type {
	case "duration":
		v.Duration, fault = q.parseDuration(s)
	case "number":
		v.Number, fault = q.parseNumber(s)
	case "region":
		if _, ok := regions()[s]; !ok {
			fault = fmt.Sprintf("unknown region %s: %s", quote(s), Suggest(s, regionNames()))
		}
	case "country":
		if !slices.Contains(countries(), s) {
			fault = unknownCountry(s)
		}
	case "url":
		fault = checkURL(s)
	default: // text, version
		if len(q.Values) > 0 && !slices.Contains(q.Values, s) {
			fault = fmt.Sprintf("%s cannot be kept: use %s", quote(s), oneOf(q.Values))
		}
	}
	if fault != "" {
		return Value{}, fault
	}
	return v, ""
}

// fallback is the value of a parameter that is not written.
func (q Parameter) fallback() Value {
	v, _ := q.parse(q.Default)
	return v
}

func (q Parameter) parseDuration(s string) (time.Duration, string) {
	d, err := ParseDuration(s)
	if err != nil {
		return 0, err.Error()
	}
	least, _ := ParseDuration(q.Min)
	most, _ := ParseDuration(q.Max)
	switch {
	case d == 0:
		return 0, "it must be longer than zero"
	case d < least:
		return 0, fmt.Sprintf("%s is too short: the least is %s", s, q.Min)
	case d > most:
		return 0, fmt.Sprintf("%s is too long: the most is %s", s, q.Max)
	}
	return d, ""
}

func (q Parameter) parseNumber(s string) (int, string) {
	n, err := strconv.Atoi(s)
	if err != nil || strings.HasPrefix(s, "+") {
		return 0, fmt.Sprintf("%s is not a whole number, such as %s", quote(s), q.example())
	}
	least, _ := strconv.Atoi(q.Min)
	most, _ := strconv.Atoi(q.Max)
	switch {
	case n < least:
		return 0, fmt.Sprintf("%d is too few: the least is %s", n, q.Min)
	case n > most:
		return 0, fmt.Sprintf("%d is too many: the most is %s", n, q.Max)
	}
	return n, ""
}

func unknownCountry(s string) string {
	if upper := strings.ToUpper(s); slices.Contains(countries(), upper) {
		return fmt.Sprintf("%s is not a country code: did you mean %q?", quote(s), upper)
	}
	return fmt.Sprintf("Azure has no region in %s: use %s", quote(s), oneOf(countries()))
}

func checkURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return quote(s) + ` is not a public address: write it in full, such as "https://www.example.com/security.txt"`
	}
	return ""
}

func listValue(n *node) (v Value, fault string) {
	switch {
	case n.kind == scalar:
		return Value{}, fmt.Sprintf("it must be a list: write [%s]", n.text)
	case n.kind != list:
		return Value{}, "it must be a list, not " + n.kind.String()
	case len(n.items) == 0:
		return Value{}, "the list is empty: name at least one"
	}
	for _, item := range n.items {
		s, fault := text(item)
		s = strings.TrimSpace(s)
		switch {
		case fault != "":
			return Value{}, "in the list: " + fault
		case s == "" || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
			return Value{}, quote(s) + " in the list is not a line of plain text"
		case slices.Contains(v.List, s):
			return Value{}, quote(s) + " is in the list twice: keep one"
		}
		v.List = append(v.List, s)
	}
	v.Text = strings.Join(v.List, ", ")
	return v, ""
}
