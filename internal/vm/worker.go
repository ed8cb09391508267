package vm

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"
)

// Eval evaluates the named rules over an input, on as many cores as there are,
// and returns their values in the order of the names: nil for one that is
// undefined. Known are values of rules without arguments that the caller has
// computed itself. A fault, such as a builtin that fails, is an error.
func (p *Program) Eval(ctx context.Context, input ast.Value, known map[string]ast.Value, names []string) ([]ast.Value, error) {
	e := &evaluation{program: p, input: ast.NewTerm(input), cancel: topdown.NewCancel(), desks: make(chan *desk, runtime.GOMAXPROCS(0))}
	for range cap(e.desks) {
		e.desks <- &desk{calls: map[called]*ast.Term{}, cache: builtins.Cache{}}
	}
	defer context.AfterFunc(ctx, e.cancel.Cancel)()
	memo := make([]memo, p.memos)
	for name, value := range known {
		if fn := p.functions[name]; fn != nil && fn.memo >= 0 {
			memo[fn.memo].value = ast.NewTerm(value)
			memo[fn.memo].done.Store(true)
		}
	}
	functions := make([]*function, len(names))
	for i, name := range names {
		if functions[i] = p.functions[name]; functions[i] == nil || functions[i].memo < 0 {
			return nil, fmt.Errorf("%s is not a rule of the program", name)
		}
	}
	values := make([]ast.Value, len(names))
	var next atomic.Int64
	var group sync.WaitGroup
	faults := make([]error, min(4*cap(e.desks), len(names)))
	for i := range faults {
		group.Go(func() {
			w := newWorker(ctx, e, memo)
			w.sitDown()
			defer w.standUp()
			for n := next.Add(1) - 1; n < int64(len(names)) && w.err == nil; n = next.Add(1) - 1 {
				if value := w.value(functions[n]); value != nil {
					values[n] = value.Value
				}
			}
			if faults[i] = w.err; w.err != nil {
				e.cancel.Cancel()
			}
		})
	}
	group.Wait()
	return values, worst(ctx, faults)
}

// worst is the fault that the others follow from.
func worst(ctx context.Context, faults []error) error {
	var stopped error
	for _, err := range faults {
		if err != nil && !topdown.IsCancel(err) {
			return err
		}
		stopped = errors.Join(stopped, err)
	}
	if stopped != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return stopped
}

// evaluation is what the workers share.
type evaluation struct {
	program *Program
	input   *ast.Term
	cancel  topdown.Cancel
	desks   chan *desk // that are free
}

// desk is where a worker works; there is one for each core. A worker that has to
// wait for what another is at leaves its desk to a third, with all that is
// remembered there.
type desk struct {
	calls map[called]*ast.Term // of costly functions
	cache builtins.Cache
}

// memo is the one value that a rule without arguments has in an evaluation.
type memo struct {
	once  sync.Once
	begun atomic.Bool
	done  atomic.Bool
	value *ast.Term
	err   error
}

// worker evaluates one rule after another, on one core at a time.
type worker struct {
	*evaluation
	desk    *desk // nil while it waits
	memo    []memo
	calls   map[called]*ast.Term // the desk's, but within a with
	cost    int                  // of all that was done so far
	free    [][]*frame           // by function
	context topdown.BuiltinContext
	args    []*ast.Term // of the builtin that is called
	output  []*ast.Term // of the builtin that is called
	collect func(*ast.Term) error
	err     error
}

func newWorker(ctx context.Context, e *evaluation, m []memo) *worker {
	w := &worker{evaluation: e, memo: m, free: make([][]*frame, e.program.count)}
	w.context = topdown.BuiltinContext{Context: ctx, Cancel: e.cancel}
	w.collect = func(t *ast.Term) error {
		w.output = append(w.output, t)
		return nil
	}
	return w
}

// sitDown waits for a desk.
func (w *worker) sitDown() {
	w.desk = <-w.desks
	w.calls, w.context.Cache = w.desk.calls, w.desk.cache
}

func (w *worker) standUp() {
	w.desks <- w.desk
	w.desk = nil
}

// value is that of a rule without arguments.
func (w *worker) value(fn *function) *ast.Term {
	return w.once(fn, w.input, w.program.data)
}

// once evaluates a rule without arguments when its value is first asked for. A
// worker that needs what another is at work on waits for it; as rules do not
// refer to themselves, none waits for one that waits for it.
func (w *worker) once(fn *function, input, data *ast.Term) *ast.Term {
	m := &w.memo[fn.memo]
	if !m.done.Load() {
		// What a with has made anew nobody else is at, so nobody stands up within one.
		if !m.begun.CompareAndSwap(false, true) {
			w.standUp()
		}
		m.once.Do(func() {
			if w.desk == nil {
				w.sitDown() // the other has only just begun
			}
			m.value, m.err = w.call(fn, input, data), w.err
			m.done.Store(true)
		})
		if w.desk == nil {
			w.sitDown()
		}
	}
	if m.err != nil {
		w.err = m.err
	}
	return m.value
}

// call runs a function; nil means that it is undefined, or that w.err says why
// there is no value.
func (w *worker) call(fn *function, args ...*ast.Term) *ast.Term {
	if w.cancel.Cancelled() {
		w.err = cancelled()
		return nil
	}
	w.cost++
	f := w.frame(fn)
	for i, arg := range args {
		f.locals[fn.params[i]] = arg
	}
	for _, b := range fn.blocks {
		if b.run(f) == stop {
			break
		}
	}
	result := f.result
	clear(f.locals)
	f.result = nil
	w.free[fn.id] = append(w.free[fn.id], f)
	if w.err != nil {
		return nil
	}
	return result
}

// costly is the cost from which on the value of a call is remembered, as OPA
// remembers that of every call: the cost is the number of elements visited and of
// calls made. Most calls only look something up, and to look up what they found
// the last time would cost as much.
const costly = 100

// called is a call of a function. Two calls with the same lists, sets or objects,
// not merely equal ones, are the same.
type called struct {
	fn   *function
	args [3]ast.Value
}

// remembered is call for a function with arguments.
func (w *worker) remembered(fn *function, args []*ast.Term) *ast.Term {
	own := args[2:]
	key := called{fn: fn}
	if len(own) > len(key.args) {
		return w.call(fn, args...)
	}
	if fn.costly.Load() {
		for i, arg := range own {
			key.args[i] = arg.Value
		}
		if value, there := w.calls[key]; there {
			return value
		}
	}
	before := w.cost
	value := w.call(fn, args...)
	if w.cost-before > costly && w.err == nil {
		for i, arg := range own {
			key.args[i] = arg.Value
		}
		w.calls[key] = value
		fn.costly.Store(true)
	}
	return value
}

// frame is one that was used before, or a new one.
func (w *worker) frame(fn *function) *frame {
	list := w.free[fn.id]
	if len(list) == 0 {
		return &frame{w: w, locals: make([]*ast.Term, fn.locals)}
	}
	last := len(list) - 1
	w.free[fn.id] = list[:last]
	return list[last]
}
