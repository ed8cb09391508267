package vm

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// quicker are the builtins that rules call for every resource, and that OPA's own
// go a long way round for. Each leaves to OPA's what it does not take itself.
var quicker = map[string]topdown.BuiltinFunc{
	ast.JSONMarshal.Name: marshal,
	ast.Lower.Name:       lower,
	ast.Replace.Name:     replace,
}

// lowerKey is where lower keeps its answers.
type lowerKey struct{}

// lower puts a text in lower case: mostly ids, each many times.
func lower(context topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
	text, ok := operands[0].Value.(ast.String)
	if !ok {
		return topdown.GetBuiltin(ast.Lower.Name)(context, operands, iter)
	}
	known, there := context.Cache[lowerKey{}].(map[ast.String]*ast.Term)
	if !there {
		known = map[ast.String]*ast.Term{}
		context.Cache[lowerKey{}] = known
	}
	low := known[text]
	if low == nil {
		low = operands[0]
		if s := strings.ToLower(string(text)); s != string(text) {
			low = ast.StringTerm(s)
		}
		known[text] = low
	}
	return iter(low)
}

// replace puts a text in the place of another.
func replace(context topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
	text, ok := operands[0].Value.(ast.String)
	old, oldOK := operands[1].Value.(ast.String)
	other, otherOK := operands[2].Value.(ast.String)
	if !ok || !oldOK || !otherOK || old == "" {
		return topdown.GetBuiltin(ast.Replace.Name)(context, operands, iter)
	}
	if !strings.Contains(string(text), string(old)) {
		return iter(operands[0])
	}
	return iter(ast.StringTerm(strings.ReplaceAll(string(text), string(old), string(other))))
}

// scratch is memory to write JSON in.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// marshal writes a value as JSON, without the way through Go's own values. Rules
// use it to look into a value at any depth.
func marshal(context topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
	buffer := scratch.Get().(*[]byte)
	text, ok := appendJSON((*buffer)[:0], operands[0].Value)
	if !ok {
		return topdown.GetBuiltin(ast.JSONMarshal.Name)(context, operands, iter)
	}
	written := ast.StringTerm(string(text))
	*buffer = text
	scratch.Put(buffer)
	return iter(written)
}

func appendJSON(text []byte, v ast.Value) ([]byte, bool) {
	switch v := v.(type) {
	case ast.Null:
		return append(text, "null"...), true
	case ast.Boolean:
		if v {
			return append(text, "true"...), true
		}
		return append(text, "false"...), true
	case ast.Number:
		return append(text, v...), true
	case ast.String:
		return appendText(text, string(v))
	case *ast.Array:
		text = append(text, '[')
		for i := range v.Len() {
			if i > 0 {
				text = append(text, ',')
			}
			var ok bool
			if text, ok = appendJSON(text, v.Elem(i).Value); !ok {
				return nil, false
			}
		}
		return append(text, ']'), true
	case ast.Object:
		text = append(text, '{')
		first := true
		failed := v.Until(func(key, value *ast.Term) bool {
			if !first {
				text = append(text, ',')
			}
			first = false
			name, ok := key.Value.(ast.String)
			if !ok {
				return true
			}
			if text, ok = appendText(text, string(name)); ok {
				text, ok = appendJSON(append(text, ':'), value.Value)
			}
			return !ok
		})
		return append(text, '}'), !failed
	default:
		return nil, false
	}
}

// appendText quotes a text. Go escapes more than JSON asks for, and so does OPA.
func appendText(text []byte, s string) ([]byte, bool) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			return append(text, quoted...), err == nil
		}
	}
	text = append(slices.Grow(text, len(s)+2), '"')
	return append(append(text, s...), '"'), true
}
