package vm

import "github.com/open-policy-agent/opa/v1/ast"

// equal compares two values; what is undefined equals only itself.
func equal(a, b *ast.Term) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil {
		return false
	}
	if x, ok := a.Value.(ast.String); ok {
		y, ok := b.Value.(ast.String)
		return ok && x == y
	}
	return a.Value.Compare(b.Value) == 0
}

// dot looks a key up; nil when it is not there.
func dot(source, key *ast.Term) *ast.Term {
	if source == nil || key == nil {
		return nil
	}
	switch v := source.Value.(type) {
	case *ast.Array:
		return v.Get(key)
	case ast.Object:
		return v.Get(key)
	case ast.Set:
		if v.Contains(key) {
			return key
		}
	}
	return nil
}

func length(t *ast.Term) int {
	if t == nil {
		return 0
	}
	switch v := t.Value.(type) {
	case *ast.Array:
		return v.Len()
	case ast.Object:
		return v.Len()
	case ast.Set:
		return v.Len()
	default:
		return 0
	}
}

// merged lays a over b, object by object.
func merged(a, b *ast.Term) *ast.Term {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	x, xok := a.Value.(ast.Object)
	y, yok := b.Value.(ast.Object)
	if !xok || !yok {
		return a
	}
	out := ast.NewObject()
	y.Foreach(func(k, v *ast.Term) { out.Insert(k, v) })
	x.Foreach(func(k, v *ast.Term) { out.Insert(k, merged(v, y.Get(k))) })
	return ast.NewTerm(out)
}

// upserted is a value with another put at a path, through objects that are
// copied or, where there are none, made.
func upserted(t *ast.Term, path []string, value *ast.Term) *ast.Term {
	if len(path) == 0 {
		return value
	}
	out := ast.NewObject()
	if t != nil {
		if object, ok := t.Value.(ast.Object); ok {
			object.Foreach(func(k, v *ast.Term) { out.Insert(k, v) })
		}
	}
	key := ast.StringTerm(path[0])
	out.Insert(key, upserted(out.Get(key), path[1:], value))
	return ast.NewTerm(out)
}
