package promises

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// parser judges the trees of a declaration and fills the Declaration in. It goes
// on after a fault, so that all of them are reported.
type parser struct {
	*faults
	declaration *Declaration
	written     map[ID]map[string]*node // where each parameter's value was written, for messages
}

// declare reads the values of our four keys.
func (p *parser) declare(values map[string]*node) {
	if values == nil {
		return // the file has no such shape; reported
	}
	p.in("promises")
	if promises := values["promises"]; promises != nil {
		p.promises(promises)
	} else if len(p.list) == 0 {
		p.add(&node{}, "no tillit:promises under config: an estate that promises nothing cannot be judged")
	}
	p.in("means")
	p.means(values["means"])
	p.in("waivers")
	p.waivers(values["waivers"])
	p.in("settings")
	p.settings(values["settings"])
}

// in names the config key in errors that have no file.
func (p *parser) in(word string) {
	if p.declaration.File == "" {
		p.file = namespace + ":" + word
	}
}

func (p *parser) promises(n *node) {
	if n.kind != mapping {
		p.add(n, "tillit:promises must be a mapping of promises, such as backup.retention: { for: 1y }; it is %s", n.kind)
		return
	}
	if len(n.entries) == 0 {
		p.add(n, "tillit:promises is empty: an estate that promises nothing cannot be judged")
		return
	}
	p.declaration.Promises = map[ID]Declared{}
	p.written = map[ID]map[string]*node{}
	for _, e := range n.entries {
		promise, ok := Lookup(ID(e.key.text))
		if !ok {
			p.add(e.key, "unknown promise %s: %s", quote(e.key.text), Suggest(e.key.text, catalogue().ids))
			continue
		}
		params, ok := p.params(promise, e.key, e.value)
		if !ok {
			continue
		}
		p.declaration.Promises[promise.ID] = Declared{ID: promise.ID, Params: params, Line: e.key.line, Column: e.key.column}
	}
	p.contradictions()
}

// params reads the parameters of one promise; ok is false when they have a fault.
func (p *parser) params(promise Promise, key, n *node) (params Params, ok bool) {
	before := len(p.list)
	if n.kind != mapping && n.kind != null {
		p.add(n, "%s takes its parameters as a mapping: write %s", promise.ID, promise.example())
		return nil, false
	}
	params = Params{}
	p.written[promise.ID] = map[string]*node{}
	for _, e := range n.entries {
		parameter, known := promise.Parameter(e.key.text)
		switch {
		case known:
		case len(promise.Parameters) == 0:
			p.add(e.key, "%s takes no parameters: write {}", promise.ID)
			continue
		default:
			p.add(e.key, "%s has no parameter %s: %s", promise.ID, quote(e.key.text), Suggest(e.key.text, promise.parameterNames()))
			continue
		}
		p.written[promise.ID][parameter.Name] = e.value
		if v, fault := p.value(parameter, e.value); fault == "" {
			params[parameter.Name] = v
		} else {
			p.add(e.value, "%s: %s: %s", promise.ID, parameter.Name, fault)
		}
	}
	for _, parameter := range promise.Parameters {
		if p.written[promise.ID][parameter.Name] != nil {
			continue
		}
		if parameter.Required {
			p.add(key, "%s needs %q: write %s", promise.ID, parameter.Name, promise.example())
			continue
		}
		params[parameter.Name] = parameter.fallback()
	}
	return params, len(p.list) == before
}

// means reads which mechanism keeps what.
func (p *parser) means(n *node) {
	for _, e := range p.mapping(n, "tillit:means", "slots, such as database: postgres") {
		slot, known := slots[e.key.text]
		if !known {
			p.add(e.key, "tillit:means has no slot %s: %s", quote(e.key.text), Suggest(e.key.text, sortedKeys(slots)))
			continue
		}
		text, ok := p.line(e.value, "the means of "+e.key.text)
		if !ok {
			continue
		}
		if mechanisms := slot.mechanisms(); !slices.Contains(mechanisms, text) {
			p.add(e.value, "unknown means %s of %s: %s", quote(text), e.key.text, Suggest(text, mechanisms))
			continue
		}
		if fault := p.standby(e.key.text, text); fault != "" {
			p.add(e.value, "the means of standby: %s", fault)
			continue
		}
		set(&p.declaration.Means, e.key.text, text)
	}
}

// slot is something that an estate chooses means for.
type slot struct {
	mechanisms func() []string // the means there are
	is         string          // what the choice decides
}

var slots = map[string]slot{
	"database": {func() []string { return []string{"postgres", "sql"} }, "What keeps the promises about the database"},
	"standby":  {regionNames, "The region of the standby that continuity.standby promises; the primary's pair when left out"},
}

// mapping returns the entries of an optional mapping and reports what is none.
func (p *parser) mapping(n *node, name, of string) []entry {
	if n == nil || n.kind == null || n.kind == mapping {
		if n == nil {
			return nil
		}
		return n.entries
	}
	p.add(n, "%s must be a mapping of %s; it is %s", name, of, n.kind)
	return nil
}

// text reads a scalar as text, or says why it cannot be one.
func text(n *node) (value, fault string) {
	switch {
	case n.kind == null:
		return "", "it has no value"
	case n.kind == mapping && len(n.entries) == 1 && n.get("secure") != nil:
		return "", "it is encrypted, and it is nothing secret: write it in clear"
	case n.kind != scalar:
		return "", "it must be a single value, not " + n.kind.String()
	case n.text != n.engine:
		return "", "YAML does not read " + n.text + " as this text: put it in quotes"
	}
	return n.text, ""
}

// line reads a scalar as one line of printable text without blanks around it;
// ok is false when it is none, which is reported under the name given.
func (p *parser) line(n *node, name string) (value string, ok bool) {
	value, fault := text(n)
	value = strings.TrimSpace(value)
	switch {
	case fault != "":
	case value == "":
		fault = "it is empty"
	case strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }):
		fault = "it must be one line of plain text"
	}
	if fault != "" {
		p.add(n, "%s: %s", name, fault)
		return "", false
	}
	return value, true
}

func set[V any](m *map[string]V, key string, value V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[key] = value
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
