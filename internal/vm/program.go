package vm

import (
	"fmt"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Program is rules ready to be evaluated. It is safe for concurrent use.
type Program struct {
	functions map[string]*function // by the name of the rule, such as data.tillit.lib.by_urn
	dynamic   map[string]*function // by the place in data that a computed reference leads to
	data      *ast.Term
	count     int // of functions
	memos     int // how many of them have one value an evaluation
}

// Native is a function of rules in Go. It returns nil where the function is
// undefined, and must answer what the rules would.
type Native func(args []*ast.Term) *ast.Term

// Program turns a plan into steps, over the base document data. Natives take the
// places of functions, by name.
func (plan *Plan) Program(data ast.Value, natives map[string]Native) (*Program, error) {
	policy := plan.policy
	p := &Program{functions: map[string]*function{}, dynamic: map[string]*function{}, data: ast.NewTerm(data), count: len(policy.Funcs.Funcs)}
	byName := make(map[string]*function, len(policy.Funcs.Funcs))
	for i, f := range policy.Funcs.Funcs {
		fn := &function{id: i, memo: -1, result: int(f.Return)}
		for _, local := range f.Params {
			fn.params = append(fn.params, int(local))
		}
		if len(f.Params) == 2 {
			fn.memo = p.memos
			p.memos++
		}
		byName[f.Name] = fn
		p.dynamic[place(f.Path)] = fn
		if name, ok := cutGeneration(f.Name); ok {
			p.functions[name] = fn
			fn.native = natives[name]
		}
	}
	for _, f := range policy.Funcs.Funcs {
		fn := byName[f.Name]
		c := translator{policy: policy, byName: byName, dynamic: p.dynamic, fn: fn, read: map[int]*bool{}, filled: map[ir.Local]bool{}}
		for _, b := range f.Blocks {
			c.fillings(b.Stmts)
		}
		blocks, err := c.blocks(f.Blocks)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		fn.blocks = blocks
		for _, local := range append(fn.params, fn.result) {
			c.local(ir.Local(local))
		}
		fn.locals = c.locals
	}
	return p, nil
}

// cutGeneration takes the name of a rule from that of its function, g0.data.a.b.
// Other generations are of rules within a with.
func cutGeneration(name string) (string, bool) {
	const first = "g0."
	if len(name) < len(first) || name[:len(first)] != first {
		return "", false
	}
	return name[len(first):], true
}

func place(path []string) string {
	var joined []byte
	for _, part := range path {
		joined = append(append(joined, part...), 0)
	}
	return string(joined)
}

// function is a rule, or rules of one name, as steps.
type function struct {
	id     int
	memo   int   // index of its value in an evaluation; -1 when it has arguments
	params []int // locals; the first two are input and data
	result int
	locals int // how many there are
	blocks []block
	costly atomic.Bool // a call of it was
	native Native      // what is called in its place
}

// A block is steps done in order until one leaves it.
type block []step

// A step does one thing of a plan and tells how to go on.
type step func(*frame) signal

// signal is how many blocks to leave, none to go on. A value that is undefined
// leaves one.
type signal int

const (
	proceed   signal = 0
	undefined signal = 1
	// stop leaves the function: it has returned, or evaluation has failed.
	stop signal = 1 << 30
)

// out is what is left of a signal outside the block that it left.
func (s signal) out() signal {
	if s == stop || s == proceed {
		return s
	}
	return s - 1
}

func (b block) run(f *frame) signal {
	for _, s := range b {
		if next := s(f); next != proceed {
			return next
		}
	}
	return proceed
}

// frame is a call of a function.
type frame struct {
	w      *worker
	locals []*ast.Term // nil when undefined
	result *ast.Term
}

func (f *frame) fail(err error) signal {
	f.w.err = err
	return stop
}

// conflict is the error of a rule that has two values.
func conflict(location *ast.Location, message string) error {
	return &topdown.Error{Code: topdown.ConflictErr, Message: message, Location: location}
}
