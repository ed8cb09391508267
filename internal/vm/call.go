package vm

import (
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// call translates a call of a function or a builtin.
func (c *translator) call(s *ir.CallStmt) (step, error) {
	args, err := c.operands(s.Args)
	if err != nil {
		return nil, err
	}
	target := c.local(s.Result)
	if fn := c.byName[s.Func]; fn != nil {
		if fn.memo >= 0 {
			return func(f *frame) signal {
				return f.returned(target, f.w.once(fn, args[0].get(f), args[1].get(f)))
			}, nil
		}
		if fn.native != nil {
			return func(f *frame) signal {
				first := len(f.w.args)
				for _, arg := range args[2:] {
					f.w.args = append(f.w.args, arg.get(f))
				}
				result := fn.native(f.w.args[first:])
				f.w.args = f.w.args[:first]
				return f.returned(target, result)
			}, nil
		}
		return func(f *frame) signal {
			first := len(f.w.args)
			for _, arg := range args {
				f.w.args = append(f.w.args, arg.get(f))
			}
			result := f.w.remembered(fn, f.w.args[first:])
			f.w.args = f.w.args[:first]
			return f.returned(target, result)
		}, nil
	}
	builtin := quicker[s.Func]
	if builtin == nil {
		builtin = topdown.GetBuiltin(s.Func)
	}
	if builtin == nil {
		return nil, fmt.Errorf("there is no builtin %s", s.Func)
	}
	return c.builtin(s, builtin, args, target), nil
}

// returned goes on with what a call gave.
func (f *frame) returned(target int, result *ast.Term) signal {
	f.locals[target] = result
	switch {
	case f.w.err != nil:
		return stop
	case result == nil:
		return undefined
	default:
		return proceed
	}
}

// builtin calls a builtin. Its failure fails the evaluation. A relation, such as
// walk, has a list of results.
func (c *translator) builtin(s *ir.CallStmt, builtin topdown.BuiltinFunc, args []operand, target int) step {
	location := c.location(s.GetLocation())
	decl := ast.BuiltinMap[s.Func]
	void := decl.Decl.Result() == nil
	cost := 1
	if s.Func == ast.JSONMarshal.Name || decl.Relation {
		cost = costly / 4
	}
	return func(f *frame) signal {
		w := f.w
		first := len(w.args)
		for _, arg := range args {
			w.args = append(w.args, arg.get(f))
		}
		w.cost += cost
		w.context.Location = location
		w.output = w.output[:0]
		err := builtin(w.context, w.args[first:], w.collect)
		w.args = w.args[:first]
		if err != nil {
			if halt := (topdown.Halt{}); errors.As(err, &halt) {
				err = halt.Err
			}
			return f.fail(err)
		}
		switch {
		case decl.Relation:
			f.locals[target] = ast.ArrayTerm(append([]*ast.Term(nil), w.output...)...)
		case len(w.output) > 0:
			f.locals[target] = w.output[0]
		case void:
		default:
			f.locals[target] = nil
			return undefined
		}
		return proceed
	}
}

// callDynamic calls the rule that a computed reference leads to. Where there is
// no such rule, it is looked for in the base document by what follows; where the
// rule is undefined, so is the reference.
func (c *translator) callDynamic(s *ir.CallDynamicStmt) (step, error) {
	path, err := c.operands(s.Path)
	if err != nil {
		return nil, err
	}
	input, data, target := c.source(s.Args[0]), c.source(s.Args[1]), c.local(s.Result)
	const undefinedRule = signal(3) + 1
	return func(f *frame) signal {
		parts := make([]string, len(path))
		for i, part := range path {
			text, ok := part.get(f).Value.(ast.String)
			if !ok {
				return undefined
			}
			parts[i] = string(text)
		}
		fn := c.dynamic[place(parts)]
		if fn == nil {
			return undefined
		}
		if next := f.returned(target, f.w.once(fn, input.get(f), data.get(f))); next != undefined {
			return next
		}
		return undefinedRule
	}, nil
}
