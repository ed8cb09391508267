package promises

import (
	"regexp"
	"strings"
)

var (
	checkForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	queryForm = regexp.MustCompile(`^[ \t\r\n]*([sS][eE][lL][eE][cC][tT]|[wW][iI][tT][hH])\b`)
)

// longestQuery is the most characters that a check may have: it is a question,
// not a program.
const longestQuery = 10_000

// checks reads the questions that a drill asks of the database and of what it has
// restored. Whether the SQL is right is the database's to say.
func (p *parser) checks(n *node) {
	for _, e := range p.mapping(n, "checks", "names to SQL, such as open-invoices: select count(*) from invoices") {
		name := e.key.text
		if !checkForm.MatchString(name) {
			p.add(e.key, "checks: %s is not a name of lower-case letters, digits and hyphens, such as open-invoices", quote(name))
			continue
		}
		query, fault := text(e.value)
		if fault == "" {
			query, fault = readQuery(query)
		}
		if fault != "" {
			p.add(e.value, "checks: %s: %s", name, fault)
			continue
		}
		set(&p.declaration.Settings.Checks, name, query)
	}
}

// readQuery takes one SQL statement that reads, without the semicolon at its end,
// or says what is wrong with it.
func readQuery(text string) (query, fault string) {
	query = strings.TrimSpace(text)
	switch {
	case query == "":
		return "", "it is empty: write a query, such as select count(*) from invoices"
	case len(query) > longestQuery:
		return "", "it is longer than 10,000 characters: make it a view, and select from that"
	case strings.ContainsRune(query, 0):
		return "", "it has a character that no SQL has"
	case !queryForm.MatchString(query):
		return "", "a check begins with select or with; it only reads"
	}
	end, open := endOfStatement(query)
	switch {
	case open != "":
		return "", "it has " + open + " without an end"
	case strings.Trim(query[end:], "; \t\r\n") != "":
		return "", "it is more than one statement: give each a name of its own"
	}
	return strings.TrimSpace(query[:end]), ""
}

var dollarQuote = regexp.MustCompile(`^\$([A-Za-z_\x{80}-\x{10FFFF}][A-Za-z0-9_\x{80}-\x{10FFFF}]*)?\$`)

// endOfStatement finds the first semicolon of a SQL text that is one, and not
// part of a text, a name or a remark; the text's length when there is none. What
// begins and does not end is named.
func endOfStatement(sql string) (end int, open string) {
	for i := 0; i < len(sql); {
		rest := sql[i:]
		skip, what := 1, ""
		switch {
		case rest[0] == ';':
			return i, ""
		case rest[0] == '\'':
			skip, what = quoted(rest, '\'', escapes(sql[:i])), "a text"
		case rest[0] == '"':
			skip, what = quoted(rest, '"', false), "a quoted name"
		case strings.HasPrefix(rest, "--"):
			if skip = strings.IndexByte(rest, '\n'); skip < 0 {
				skip = len(rest)
			}
		case strings.HasPrefix(rest, "/*"):
			skip, what = remark(rest), "a remark"
		case rest[0] == '$' && (i == 0 || !partOfName(sql[i-1])):
			if tag := dollarQuote.FindString(rest); tag != "" {
				skip, what = between(rest, tag), "a text in "+tag
			}
		}
		if skip == 0 {
			return i, what
		}
		i += skip
	}
	return len(sql), ""
}

// quoted is the length of what stands in quotes; 0 when it does not end. A quote
// that is doubled is part of it, as is one behind a backslash where that counts.
func quoted(s string, quote byte, backslash bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case backslash && s[i] == '\\':
			i++
		case s[i] != quote:
		case i+1 < len(s) && s[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return 0
}

// escapes reports that a text which begins behind this is of the form E'...'.
func escapes(before string) bool {
	n := len(before)
	return n > 0 && (before[n-1] == 'e' || before[n-1] == 'E') && (n == 1 || !partOfName(before[n-2]))
}

func partOfName(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// remark is the length of a remark, which may have others in it; 0 when it does
// not end.
func remark(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// between is the length of a text from a tag to the same tag; 0 when it does not
// end.
func between(s, tag string) int {
	end := strings.Index(s[len(tag):], tag)
	if end < 0 {
		return 0
	}
	return end + 2*len(tag)
}

// checksSchema says of tillit:settings: checks what a schema can.
func checksSchema() map[string]any {
	return map[string]any{
		"type":          []any{"object", "null"},
		"description":   "Your own questions to the database, by name: each a query that reads one value, which must be the same in restored data.",
		"propertyNames": map[string]any{"pattern": checkForm.String()},
		"additionalProperties": map[string]any{
			"type": "string", "pattern": queryForm.String(), "description": "One SQL statement that begins with select or with.",
		},
	}
}
