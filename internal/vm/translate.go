package vm

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
)

// translator turns the statements of one function into steps.
type translator struct {
	policy  *ir.Policy
	byName  map[string]*function
	dynamic map[string]*function
	fn      *function
	locals  int
	read    map[int]*bool     // which locals a step reads
	filled  map[ir.Local]bool // see fillings
}

// local notes a local that is used.
func (c *translator) local(l ir.Local) int {
	c.locals = max(c.locals, int(l)+1)
	return int(l)
}

// isRead tells, once the function is translated, whether a local is read.
func (c *translator) isRead(local int) *bool {
	if c.read[local] == nil {
		c.read[local] = new(bool)
	}
	return c.read[local]
}

// source is a local that is read.
func (c *translator) source(l ir.Local) operand {
	*c.isRead(int(l)) = true
	return operand{local: c.local(l)}
}

// operand is what a step works with: a local, or a constant.
type operand struct {
	local    int
	constant *ast.Term
}

func (c *translator) operand(o ir.Operand) (operand, error) {
	switch v := o.Value.(type) {
	case ir.Local:
		return c.source(v), nil
	case ir.StringIndex:
		return operand{constant: ast.StringTerm(c.policy.Static.Strings[v].Value)}, nil
	case ir.Bool:
		return operand{constant: ast.InternedTerm(bool(v))}, nil
	default:
		return operand{}, fmt.Errorf("an operand of the unknown kind %T", v)
	}
}

func (c *translator) operands(list []ir.Operand) ([]operand, error) {
	out := make([]operand, len(list))
	for i, o := range list {
		var err error
		if out[i], err = c.operand(o); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// get is the value of an operand; nil when it is undefined. A list that was
// being made is finished by the first who reads it.
func (o operand) get(f *frame) *ast.Term {
	if o.constant != nil {
		return o.constant
	}
	t := f.locals[o.local]
	if t != nil {
		if list, ok := t.Value.(*building); ok {
			t = ast.NewTerm(ast.NewArray(list.terms...))
			f.locals[o.local] = t
		}
	}
	return t
}

// building is a list that is being made.
type building struct {
	ast.Null // for the methods of a value
	terms    []*ast.Term
}

func (c *translator) location(l *ir.Location) *ast.Location {
	file := ""
	if files := c.policy.Static.Files; l.File < len(files) {
		file = files[l.File].Value
	}
	return &ast.Location{File: file, Row: l.Row, Col: l.Col}
}

func (c *translator) blocks(list []*ir.Block) ([]block, error) {
	out := make([]block, len(list))
	for i, b := range list {
		var err error
		if out[i], err = c.block(b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *translator) block(b *ir.Block) (block, error) {
	out := make(block, 0, len(b.Stmts))
	for at := 0; at < len(b.Stmts); {
		if l := c.literal(b.Stmts, at); l != nil {
			for local, value := range l.values {
				out = append(out, assign(c.local(local), value))
			}
			at = l.next
			continue
		}
		s, err := c.step(b.Stmts[at])
		if err != nil {
			return nil, err
		}
		out = append(out, s)
		at++
	}
	return out, nil
}

// step translates a statement. What each means is told by package ir and, where
// that leaves room, by OPA's translation to WebAssembly.
func (c *translator) step(stmt ir.Stmt) (step, error) {
	switch s := stmt.(type) {
	case *ir.NopStmt:
		return func(*frame) signal { return proceed }, nil
	case *ir.BlockStmt, *ir.BreakStmt, *ir.ScanStmt, *ir.NotStmt, *ir.WithStmt, *ir.ReturnLocalStmt:
		return c.control(stmt)
	case *ir.CallStmt:
		return c.call(s)
	case *ir.CallDynamicStmt:
		return c.callDynamic(s)
	case *ir.AssignVarStmt, *ir.AssignVarOnceStmt, *ir.AssignIntStmt, *ir.ResetLocalStmt, *ir.DotStmt, *ir.LenStmt:
		return c.assignment(stmt)
	case *ir.EqualStmt, *ir.NotEqualStmt, *ir.IsArrayStmt, *ir.IsObjectStmt, *ir.IsSetStmt, *ir.IsDefinedStmt, *ir.IsUndefinedStmt:
		return c.test(stmt)
	default:
		return c.construction(stmt)
	}
}

// assign is the step that gives a local a constant value.
func assign(target int, value *ast.Term) step {
	return func(f *frame) signal {
		f.locals[target] = value
		return proceed
	}
}

// assignment translates what gives a local a value.
func (c *translator) assignment(stmt ir.Stmt) (step, error) {
	switch s := stmt.(type) {
	case *ir.AssignVarStmt:
		source, err := c.operand(s.Source)
		target := c.local(s.Target)
		return func(f *frame) signal {
			f.locals[target] = source.get(f)
			return proceed
		}, err
	case *ir.AssignVarOnceStmt:
		source, err := c.operand(s.Source)
		target, location := c.local(s.Target), c.location(s.GetLocation())
		return func(f *frame) signal {
			value := source.get(f)
			if old := f.locals[target]; old != nil && !equal(old, value) {
				return f.fail(conflict(location, "a rule or function must not have two values for the same input"))
			}
			f.locals[target] = value
			return proceed
		}, err
	case *ir.AssignIntStmt:
		return assign(c.local(s.Target), integer(s.Value)), nil
	case *ir.ResetLocalStmt:
		target := c.local(s.Target)
		return func(f *frame) signal {
			f.locals[target] = nil
			return proceed
		}, nil
	case *ir.DotStmt:
		source, err := c.operand(s.Source)
		if err != nil {
			return nil, err
		}
		key, err := c.operand(s.Key)
		target := c.local(s.Target)
		return func(f *frame) signal {
			value := dot(source.get(f), key.get(f))
			f.locals[target] = value
			if value == nil {
				return undefined
			}
			return proceed
		}, err
	case *ir.LenStmt:
		source, err := c.operand(s.Source)
		target := c.local(s.Target)
		return func(f *frame) signal {
			f.locals[target] = ast.InternedTerm(length(source.get(f)))
			return proceed
		}, err
	default:
		return nil, fmt.Errorf("the unknown statement %T", stmt)
	}
}

// test translates what is undefined unless something holds.
func (c *translator) test(stmt ir.Stmt) (step, error) {
	compare := func(x, y ir.Operand, want bool) (step, error) {
		a, err := c.operand(x)
		if err != nil {
			return nil, err
		}
		b, err := c.operand(y)
		return func(f *frame) signal {
			return holds(equal(a.get(f), b.get(f)) == want)
		}, err
	}
	is := func(o ir.Operand, kind func(ast.Value) bool) (step, error) {
		source, err := c.operand(o)
		return func(f *frame) signal {
			t := source.get(f)
			return holds(t != nil && kind(t.Value))
		}, err
	}
	switch s := stmt.(type) {
	case *ir.EqualStmt:
		return compare(s.A, s.B, true)
	case *ir.NotEqualStmt:
		return compare(s.A, s.B, false)
	case *ir.IsArrayStmt:
		return is(s.Source, func(v ast.Value) bool { _, ok := v.(*ast.Array); return ok })
	case *ir.IsObjectStmt:
		return is(s.Source, func(v ast.Value) bool { _, ok := v.(ast.Object); return ok })
	case *ir.IsSetStmt:
		return is(s.Source, func(v ast.Value) bool { _, ok := v.(ast.Set); return ok })
	case *ir.IsDefinedStmt:
		source := c.source(s.Source).local
		return func(f *frame) signal { return holds(f.locals[source] != nil) }, nil
	case *ir.IsUndefinedStmt:
		source := c.source(s.Source).local
		return func(f *frame) signal { return holds(f.locals[source] == nil) }, nil
	default:
		return nil, fmt.Errorf("the unknown statement %T", stmt)
	}
}

func holds(condition bool) signal {
	if condition {
		return proceed
	}
	return undefined
}

// construction translates what makes values.
func (c *translator) construction(stmt ir.Stmt) (step, error) {
	set := func(l ir.Local, value func() *ast.Term) (step, error) {
		target := c.local(l)
		return func(f *frame) signal {
			f.locals[target] = value()
			return proceed
		}, nil
	}
	switch s := stmt.(type) {
	case *ir.MakeArrayStmt:
		return set(s.Target, func() *ast.Term { return &ast.Term{Value: &building{terms: make([]*ast.Term, 0, s.Capacity)}} })
	case *ir.MakeObjectStmt:
		return set(s.Target, func() *ast.Term { return ast.NewTerm(ast.NewObject()) })
	case *ir.MakeSetStmt:
		return set(s.Target, func() *ast.Term { return ast.NewTerm(ast.NewSet()) })
	case *ir.ArrayAppendStmt:
		value, err := c.operand(s.Value)
		array := c.local(s.Array)
		return func(f *frame) signal {
			list := f.locals[array].Value.(*building)
			list.terms = append(list.terms, value.get(f))
			return proceed
		}, err
	case *ir.SetAddStmt:
		value, err := c.operand(s.Value)
		target := c.local(s.Set)
		return func(f *frame) signal {
			f.locals[target].Value.(ast.Set).Add(value.get(f))
			return proceed
		}, err
	case *ir.ObjectInsertStmt:
		return c.insert(s.Object, s.Key, s.Value, nil)
	case *ir.ObjectInsertOnceStmt:
		return c.insert(s.Object, s.Key, s.Value, c.location(s.GetLocation()))
	case *ir.ObjectMergeStmt:
		a, b, target := c.source(s.A), c.source(s.B), c.local(s.Target)
		return func(f *frame) signal {
			f.locals[target] = merged(a.get(f), b.get(f))
			return proceed
		}, nil
	default:
		return nil, fmt.Errorf("the unknown statement %T", stmt)
	}
}

// insert adds to an object; with a location, a key that has another value is a
// conflict there.
func (c *translator) insert(object ir.Local, k, v ir.Operand, once *ast.Location) (step, error) {
	key, err := c.operand(k)
	if err != nil {
		return nil, err
	}
	value, err := c.operand(v)
	target := c.local(object)
	return func(f *frame) signal {
		into, name, now := f.locals[target].Value.(ast.Object), key.get(f), value.get(f)
		if once != nil {
			if old := into.Get(name); old != nil && !equal(old, now) {
				return f.fail(conflict(once, "object keys must be unique"))
			}
		}
		into.Insert(name, now)
		return proceed
	}, err
}
