package gate

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/tillit-dev/tillit/internal/vm"
)

// own are the rules of the library that the gate does itself: it makes the indexes
// with the document (see indexes), and answers in Go what is asked most often (see
// natives). It knows the rules by their words. A library that puts one of them
// otherwise is evaluated as it stands, and so is its every rule.
var own = map[string]string{
	"by_urn": `by_urn := {r.urn: r | some r in input.resources}`,
	"by_type": `by_type := {type: [r | some r in rs] |
	some type, rs in object.union_n([{r.type: {r.urn: r}} | some r in input.resources])
}`,
	"by_id": `by_id := group([[lower(r.id), r.urn] | some r in input.resources; r.id])`,
	"group": `group(pairs) := {key: object.keys(values) |
	some key, values in object.union_n([{key: {value: true}} | some [key, value] in pairs])
}`,
	"unknown": `unknown(v) if v["$unknown"] == true`,
	"prop":    `prop(r, path) := at(r.props, path)`,
	"at": `at(obj, path) := v if {
	is_object(obj)
	v := object.get(obj, split(path, "."), null)
	v != null
} else := {"$unknown": true} if {
	is_object(obj)
	_hidden(obj, split(path, "."))
} else := null`,
	"_hidden": `_hidden(obj, parts) if {
	some i in numbers.range(0, count(parts))
	unknown(object.get(obj, array.slice(parts, 0, i), null))
}`,
	"veil": `veil(v) := {true: {"$unknown": true}, false: v}[hidden] if hidden := contains(json.marshal(v), ` + "`{\"$unknown\":true}`" + `)`,
}

// knowsLibrary tells whether a pack's library has the rules of own in their words.
func knowsLibrary(modules map[string]*ast.Module) bool {
	mine, err := ast.ParseModuleWithOpts("", "package tillit.lib\n\n"+strings.Join(slices.Collect(maps.Values(own)), "\n\n"), ast.ParserOptions{})
	if err != nil {
		return false
	}
	found := 0
	for _, m := range modules {
		if !m.Package.Path.Equal(mine.Package.Path) {
			continue
		}
		for _, r := range m.Rules {
			if own[r.Head.Ref()[0].String()] == "" {
				continue
			}
			if !slices.ContainsFunc(mine.Rules, r.Equal) {
				return false
			}
			found++
		}
	}
	return found == len(own)
}

// natives are functions of the library in Go.
var natives = map[string]vm.Native{
	"data.tillit.lib.unknown": func(args []*ast.Term) *ast.Term {
		if !isUnknown(args[0]) {
			return nil
		}
		return ast.InternedTerm(true)
	},
	"data.tillit.lib.prop": func(args []*ast.Term) *ast.Term {
		r, ok := args[0].Value.(ast.Object)
		if !ok {
			return nil
		}
		props := r.Get(propsKey)
		if props == nil {
			return nil
		}
		return at(props, args[1])
	},
	"data.tillit.lib.at": func(args []*ast.Term) *ast.Term { return at(args[0], args[1]) },
	"data.tillit.lib.veil": func(args []*ast.Term) *ast.Term {
		if veiled(args[0]) {
			return unknownTerm
		}
		return args[0]
	},
}

var (
	propsKey    = ast.StringTerm("props")
	unknownKey  = ast.StringTerm("$unknown")
	unknownTerm = ast.ObjectTerm(ast.Item(unknownKey, ast.InternedTerm(true)))
)

func isUnknown(t *ast.Term) bool {
	object, ok := t.Value.(ast.Object)
	if !ok {
		return false
	}
	mark := object.Get(unknownKey)
	return mark != nil && mark.Value == ast.Boolean(true)
}

// at follows a dotted path.
func at(object, path *ast.Term) *ast.Term {
	if _, ok := object.Value.(ast.Object); !ok {
		return ast.InternedNullTerm
	}
	dotted, ok := path.Value.(ast.String)
	if !ok {
		return nil
	}
	hidden, rest := isUnknown(object), string(dotted)
	for here := object; ; {
		part, more, found := strings.Cut(rest, ".")
		here = step(here, part)
		switch {
		case here != nil && !found && here.Value != ast.InternedNullValue:
			return here
		case here == nil, !found:
			if hidden {
				return unknownTerm
			}
			return ast.InternedNullTerm
		}
		hidden, rest = hidden || isUnknown(here), more
	}
}

// step is the value of a key; nil when there is none.
func step(t *ast.Term, key string) *ast.Term {
	switch v := t.Value.(type) {
	case ast.Object:
		return v.Get(ast.StringTerm(key))
	case ast.Set:
		if k := ast.StringTerm(key); v.Contains(k) {
			return k
		}
	}
	return nil
}

// veiled tells whether a value has the unknown mark in it.
func veiled(t *ast.Term) bool {
	switch v := t.Value.(type) {
	case ast.Object:
		return v.Len() == 1 && isUnknown(t) || v.Until(func(_, e *ast.Term) bool { return veiled(e) })
	case *ast.Array:
		return v.Until(veiled)
	case ast.Set:
		return v.Until(veiled)
	}
	return false
}
