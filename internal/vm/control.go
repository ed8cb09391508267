package vm

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// control translates what decides which steps are done.
func (c *translator) control(stmt ir.Stmt) (step, error) {
	switch s := stmt.(type) {
	case *ir.BlockStmt:
		blocks, err := c.blocks(s.Blocks)
		return func(f *frame) signal {
			for _, b := range blocks {
				if next := b.run(f).out(); next != proceed {
					return next
				}
			}
			return proceed
		}, err
	case *ir.BreakStmt:
		leave := signal(s.Index) + 1
		return func(*frame) signal { return leave }, nil
	case *ir.NotStmt:
		b, err := c.block(s.Block)
		return func(f *frame) signal {
			switch next := b.run(f); next {
			case proceed:
				return undefined
			default:
				return next.out()
			}
		}, err
	case *ir.ReturnLocalStmt:
		source := c.source(s.Source)
		return func(f *frame) signal {
			f.result = source.get(f)
			return stop
		}, nil
	case *ir.ScanStmt:
		return c.scan(s)
	case *ir.WithStmt:
		return c.with(s)
	default:
		return nil, fmt.Errorf("the unknown statement %T", stmt)
	}
}

// scan does a block for every element. A block that is left once goes on with
// the next element; one left twice ends the scan.
func (c *translator) scan(s *ir.ScanStmt) (step, error) {
	source := c.source(s.Source)
	key, value := c.local(s.Key), c.local(s.Value)
	b, err := c.block(s.Block)
	keyed := c.isRead(key)
	return func(f *frame) signal {
		result := proceed
		visit := func(k, v *ast.Term) bool {
			if f.w.cancel.Cancelled() {
				result = f.fail(cancelled())
				return true
			}
			f.w.cost++
			f.locals[key], f.locals[value] = k, v
			if next := b.run(f); next > undefined {
				result = next.out().out()
				return true
			}
			return false
		}
		t := source.get(f)
		if t == nil {
			return proceed
		}
		switch v := t.Value.(type) {
		case *ast.Array:
			var k *ast.Term
			for i := range v.Len() {
				if *keyed {
					k = ast.InternedTerm(i)
				}
				if visit(k, v.Elem(i)) {
					break
				}
			}
		case ast.Object:
			v.Until(visit)
		case ast.Set:
			v.Until(func(e *ast.Term) bool { return visit(e, e) })
		}
		return result
	}, err
}

// with does a block with another value in the place of a local, or of a part of
// it. No rule's value is remembered from outside the block, nor after it.
func (c *translator) with(s *ir.WithStmt) (step, error) {
	local := c.local(s.Local)
	path := make([]string, len(s.Path))
	for i, index := range s.Path {
		path[i] = c.policy.Static.Strings[index].Value
	}
	value, err := c.operand(s.Value)
	if err != nil {
		return nil, err
	}
	b, err := c.block(s.Block)
	return func(f *frame) signal {
		saved, values, calls := f.locals[local], f.w.memo, f.w.calls
		f.locals[local] = upserted(saved, path, value.get(f))
		f.w.memo, f.w.calls = make([]memo, len(values)), map[called]*ast.Term{}
		next := b.run(f)
		f.locals[local], f.w.memo, f.w.calls = saved, values, calls
		if next == undefined {
			return undefined
		}
		return next.out()
	}, err
}

func cancelled() error {
	return &topdown.Error{Code: topdown.CancelErr, Message: "evaluation was cancelled"}
}
