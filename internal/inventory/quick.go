package inventory

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
)

// quick reads an inventory as Encode writes it in one pass, where the general
// way goes through the text several times: to see that it is well formed and
// what it is, to decode it, and to bring the values into canonical form. It
// takes only what is beyond doubt. Whatever else there is, it leaves to the
// general way, which says what is wrong and where.
func quick(data []byte) (*Inventory, bool) {
	r := quickReader{data: data, texts: map[string]string{}}
	inv := &Inventory{}
	r.object(func(key string) {
		switch key {
		case "estate":
			inv.Estate = r.text()
		case "source":
			inv.Source = r.text()
		case "promises":
			inv.Promises = r.properties()
		case "means":
			inv.Means = map[string]string{}
			r.object(func(slot string) { inv.Means[slot] = r.text() })
		case "resources":
			inv.Resources = r.resources()
		case "external":
			inv.External = r.resources()
		default:
			r.failed = true // notJudged, or nothing that is known
		}
	})
	r.blanks()
	if r.failed || r.at != len(data) || inv.Estate == "" || inv.Resources == nil {
		return nil, false
	}
	return inv, checked(inv.Resources)
}

// looksQuick tells the inventories that are worth an attempt.
func looksQuick(data []byte) bool {
	rest, object := bytes.CutPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{"))
	return object && bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(`"estate"`))
}

// checked tells whether no resource is there that the general way would refuse.
func checked(resources []Resource) bool {
	seen := make(map[string]bool, len(resources))
	for i := range resources {
		r := &resources[i]
		if !validURN(r.URN) || r.Type == "" || seen[r.URN] {
			return false
		}
		seen[r.URN] = true
	}
	return true
}

// quickKeys is the number of keys up to which looking through all of them for one
// that is there twice is quick.
const quickKeys = 64

// quickReader reads JSON. Once it has failed, what it returns means nothing.
type quickReader struct {
	data   []byte
	at     int
	depth  int
	failed bool
	texts  map[string]string // one for each text, since most texts are there many times
	keys   []string          // of the objects that are open, innermost last
}

func (r *quickReader) resources() []Resource {
	list := []Resource{}
	r.list(func() { list = append(list, r.resource()) })
	return list
}

func (r *quickReader) resource() Resource {
	var one Resource
	r.object(func(key string) {
		switch key {
		case "urn":
			one.URN = r.text()
		case "type":
			one.Type = r.text()
		case "name":
			one.Name = r.text()
		case "id":
			one.ID = r.text()
		case "props":
			one.Props = r.properties()
		case "parent":
			one.Parent = r.text()
		case "provider":
			one.Provider = r.text()
		case "custom":
			custom, ok := r.value().(bool)
			one.Custom, r.failed = custom, r.failed || !ok
		case "dependsOn":
			one.DependsOn = r.textList()
		case "propertyDependsOn":
			one.PropertyDependsOn = map[string][]string{}
			r.object(func(property string) { one.PropertyDependsOn[property] = r.textList() })
		case "position":
			one.Position = r.text()
		default:
			r.failed = true
		}
	})
	if one.Props == nil {
		one.Props = map[string]any{}
	}
	return one
}

func (r *quickReader) properties() map[string]any {
	v, ok := r.value().(map[string]any)
	r.failed = r.failed || !ok
	return v
}

func (r *quickReader) textList() []string {
	list := []string{}
	r.list(func() { list = append(list, r.text()) })
	return list
}

// value reads any value that is in canonical form already.
func (r *quickReader) value() any {
	switch r.next() {
	case '{':
		object := map[string]any{}
		r.object(func(key string) {
			if key == sig.Key || strings.HasPrefix(key, "__") {
				r.failed = true
			}
			object[key] = r.value()
		})
		return object
	case '[':
		list := []any{}
		r.list(func() { list = append(list, r.value()) })
		return list
	case '"':
		s := r.text()
		if sentinels[s] {
			r.failed = true
		}
		return s
	case 't':
		return r.word("true", true)
	case 'f':
		return r.word("false", false)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return r.number()
	default:
		r.failed = true // null, or no JSON
		return nil
	}
}

// object reads an object; member reads the value of a key.
func (r *quickReader) object(member func(key string)) {
	first := len(r.keys)
	r.each('{', '}', func() {
		key := r.text()
		if len(r.keys)-first == quickKeys || slices.Contains(r.keys[first:], key) || r.next() != ':' {
			r.failed = true
			return
		}
		r.at++
		r.keys = append(r.keys, key)
		member(key)
	})
	r.keys = r.keys[:first]
}

func (r *quickReader) list(element func()) { r.each('[', ']', element) }

func (r *quickReader) each(begin, end byte, one func()) {
	if r.next() != begin || r.depth == maxDepth {
		r.failed = true
		return
	}
	r.depth++
	r.at++
	if r.next() == end {
		r.at++
		r.depth--
		return
	}
	for !r.failed {
		one()
		switch r.next() {
		case ',':
			r.at++
		case end:
			r.at++
			r.depth--
			return
		default:
			r.failed = true
		}
	}
}

// next is the byte that comes next, behind any blanks; zero at the end and after
// a failure.
func (r *quickReader) next() byte {
	r.blanks()
	if r.failed || r.at == len(r.data) {
		return 0
	}
	return r.data[r.at]
}

func (r *quickReader) blanks() {
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return
		}
	}
}

// text reads a text. One that has more to it than plain characters is read as
// encoding/json reads it.
func (r *quickReader) text() string {
	if r.next() != '"' {
		r.failed = true
		return ""
	}
	start := r.at + 1
	plain := true
	for i := start; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			r.at = i + 1
			if plain {
				return r.intern(r.data[start:i])
			}
			return r.unquote(r.data[start-1 : i+1])
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			r.failed = true
			return ""
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	r.failed = true
	return ""
}

func (r *quickReader) unquote(quoted []byte) string {
	var s string
	if !utf8.Valid(quoted) || json.Unmarshal(quoted, &s) != nil {
		r.failed = true
		return ""
	}
	return r.intern([]byte(s))
}

func (r *quickReader) intern(b []byte) string {
	s, there := r.texts[string(b)]
	if !there {
		s = string(b)
		r.texts[s] = s
	}
	return s
}

func (r *quickReader) word(word string, value bool) any {
	if !bytes.HasPrefix(r.data[r.at:], []byte(word)) {
		r.failed = true
	}
	r.at += len(word)
	return value
}

// number reads whole numbers; others are read as encoding/json reads them.
func (r *quickReader) number() any {
	start := r.at
	for r.at < len(r.data) && strings.IndexByte("+-.0123456789Ee", r.data[r.at]) >= 0 {
		r.at++
	}
	digits := r.data[start:r.at]
	if !json.Valid(digits) {
		r.failed = true
		return nil
	}
	n, err := strconv.ParseFloat(string(digits), 64)
	r.failed = r.failed || err != nil
	return n
}
