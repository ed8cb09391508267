package vm

import (
	"encoding/json"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
)

// A literal, such as {"TLS1_2", "TLS1_3"}, is planned as a value that is made and
// filled each time. Here it is made once.
type literal struct {
	values map[ir.Local]*ast.Term // of the literal and of those inside it
	next   int                    // where the statements after it begin
}

// literal reads the literal that begins at a statement of a block; it is nil
// when none does, or when something is put into it elsewhere in the function.
func (c *translator) literal(stmts []ir.Stmt, at int) *literal {
	found := c.parse(stmts, at)
	if found != nil {
		for local, value := range found.values {
			if c.filled[local] && !ast.IsScalar(value.Value) {
				return nil
			}
		}
	}
	return found
}

// fillings notes the locals that something is put into otherwise than where a
// literal is made: the value of such a local is never a literal.
func (c *translator) fillings(stmts []ir.Stmt) {
	for at := 0; at < len(stmts); {
		if found := c.parse(stmts, at); found != nil {
			at = found.next
			continue
		}
		switch s := stmts[at].(type) {
		case *ir.BlockStmt:
			for _, b := range s.Blocks {
				c.fillings(b.Stmts)
			}
		case *ir.ScanStmt:
			c.fillings(s.Block.Stmts)
		case *ir.NotStmt:
			c.fillings(s.Block.Stmts)
		case *ir.WithStmt:
			c.fillings(s.Block.Stmts)
		case *ir.ObjectInsertOnceStmt:
			c.filled[s.Object] = true
		default:
			if _, _, into := insertion(s); into >= 0 {
				c.filled[into] = true
			}
		}
		at++
	}
}

func (c *translator) parse(stmts []ir.Stmt, at int) *literal {
	found := &literal{values: map[ir.Local]*ast.Term{}}
	if !c.readLiteral(stmts, at, found) {
		return nil
	}
	return found
}

func (c *translator) readLiteral(stmts []ir.Stmt, at int, found *literal) bool {
	found.next = at + 1
	switch s := stmts[at].(type) {
	case *ir.MakeNullStmt:
		found.values[s.Target] = ast.InternedNullTerm
		return true
	case *ir.MakeNumberIntStmt:
		found.values[s.Target] = integer(s.Value)
		return true
	case *ir.MakeNumberRefStmt:
		found.values[s.Target] = ast.NumberTerm(json.Number(c.policy.Static.Strings[s.Index].Value))
		return true
	case *ir.MakeSetStmt:
		set := ast.NewSet()
		found.values[s.Target] = ast.NewTerm(set)
		return c.fill(stmts, s.Target, found, func(_, v *ast.Term) { set.Add(v) })
	case *ir.MakeObjectStmt:
		object := ast.NewObject()
		found.values[s.Target] = ast.NewTerm(object)
		return c.fill(stmts, s.Target, found, object.Insert)
	case *ir.MakeArrayStmt:
		var list []*ast.Term
		ok := c.fill(stmts, s.Target, found, func(_, v *ast.Term) { list = append(list, v) })
		found.values[s.Target] = ast.ArrayTerm(list...)
		return ok
	default:
		return false
	}
}

// fill reads what is put into a local. It fails on what is not constant.
func (c *translator) fill(stmts []ir.Stmt, target ir.Local, found *literal, put func(k, v *ast.Term)) bool {
	end := found.next
	for at := end; at < len(stmts); {
		if key, value, into := insertion(stmts[at]); into == target {
			k, kok := c.known(key, found)
			v, vok := c.known(value, found)
			if !kok || !vok {
				return false
			}
			put(k, v)
			at++
			end = at
			continue
		}
		inner := c.parse(stmts, at)
		if inner == nil {
			break
		}
		for local, value := range inner.values {
			found.values[local] = value
		}
		at = inner.next
	}
	found.next = end
	return true
}

// known is the value of an operand that is constant.
func (c *translator) known(o *ir.Operand, found *literal) (*ast.Term, bool) {
	if o == nil {
		return nil, true
	}
	if local, ok := o.Value.(ir.Local); ok {
		t := found.values[local]
		return t, t != nil
	}
	constant, err := c.operand(*o)
	return constant.constant, err == nil
}

// insertion tells what a statement puts where; into is negative for any other
// statement.
func insertion(stmt ir.Stmt) (key, value *ir.Operand, into ir.Local) {
	switch s := stmt.(type) {
	case *ir.ArrayAppendStmt:
		return nil, &s.Value, s.Array
	case *ir.SetAddStmt:
		return nil, &s.Value, s.Set
	case *ir.ObjectInsertStmt:
		return &s.Key, &s.Value, s.Object
	default:
		return nil, nil, -1
	}
}

// integer is a whole number.
func integer(n int64) *ast.Term { return ast.NumberTerm(json.Number(strconv.FormatInt(n, 10))) }
