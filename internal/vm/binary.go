package vm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/open-policy-agent/opa/v1/ir"
)

// Encode is the plan in a compact form for DecodePlan of the same build and the
// same OPA: numbers as varints, lists and texts with their length before them,
// statements by their place in the list of their kinds.
func (p *Plan) Encode() ([]byte, error) {
	w := writer{}
	w.value(reflect.ValueOf(p.parts()))
	return w.data, w.err
}

// DecodePlan reads what Encode wrote.
func DecodePlan(data []byte) (*Plan, error) {
	r := reader{data: data}
	var parts parts
	r.value(reflect.ValueOf(&parts).Elem())
	if r.err == nil && len(r.data) > 0 {
		r.fail("there is more than a plan")
	}
	if r.err != nil {
		return nil, fmt.Errorf("read the plan: %w", r.err)
	}
	return parts.plan(), nil
}

// parts are what load needs of a plan.
type parts struct {
	Strings, Files []*ir.StringConst
	Funcs          []*ir.Func
}

func (p *Plan) parts() parts {
	return parts{p.policy.Static.Strings, p.policy.Static.Files, p.policy.Funcs.Funcs}
}

func (p parts) plan() *Plan {
	return &Plan{&ir.Policy{Static: &ir.Static{Strings: p.Strings, Files: p.Files}, Funcs: &ir.Funcs{Funcs: p.Funcs}}}
}

// The kinds of what stands behind an interface, in an order of their own.
var (
	statements = kinds(ir.StmtKinds())
	operands   = []reflect.Type{reflect.TypeFor[ir.Local](), reflect.TypeFor[ir.StringIndex](), reflect.TypeFor[ir.Bool]()}

	statementType = reflect.TypeFor[ir.Stmt]()
	operandType   = reflect.TypeFor[ir.Val]()
	locationType  = reflect.TypeFor[ir.Location]()
)

func kinds(byName map[string]ir.Stmt) []reflect.Type {
	var list []reflect.Type
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list = append(list, reflect.TypeOf(byName[name]))
	}
	return list
}

func kindsOf(t reflect.Type) []reflect.Type {
	switch t {
	case statementType:
		return statements
	case operandType:
		return operands
	default:
		return nil
	}
}

// fields are those of a struct that count: of a place in the source, all but its
// end and its text.
func fields(t reflect.Type) int {
	if t == locationType {
		return 3 // File, Col, Row
	}
	return t.NumField()
}

type writer struct {
	data []byte
	err  error
}

func (w *writer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		w.data = append(binary.AppendUvarint(w.data, uint64(v.Len())), v.String()...)
	case reflect.Int, reflect.Int32, reflect.Int64:
		w.data = binary.AppendVarint(w.data, v.Int())
	case reflect.Uint32:
		w.data = binary.AppendUvarint(w.data, v.Uint())
	case reflect.Bool:
		n := uint64(0)
		if v.Bool() {
			n = 1
		}
		w.data = binary.AppendUvarint(w.data, n)
	case reflect.Slice:
		w.data = binary.AppendUvarint(w.data, uint64(v.Len()))
		for i := range v.Len() {
			w.value(v.Index(i))
		}
	case reflect.Struct:
		for i := range fields(v.Type()) {
			w.value(v.Field(i))
		}
	case reflect.Pointer:
		if v.IsNil() {
			w.err = fmt.Errorf("a plan with a missing %s", v.Type())
			return
		}
		w.value(v.Elem())
	case reflect.Interface:
		kind := -1
		if !v.IsNil() {
			kind = slices.Index(kindsOf(v.Type()), v.Elem().Type())
		}
		if kind < 0 {
			w.err = fmt.Errorf("a plan with an unknown %s", v.Type())
			return
		}
		w.data = binary.AppendUvarint(w.data, uint64(kind))
		w.value(v.Elem())
	default:
		w.err = fmt.Errorf("a plan with a %s", v.Type())
	}
}

type reader struct {
	data []byte
	err  error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = errors.New("it is damaged: " + what)
	}
	r.data = nil
}

func (r *reader) unsigned() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.fail("it is cut off")
		return 0
	}
	r.data = r.data[size:]
	return n
}

// length is the number of what follows, each at least a byte.
func (r *reader) length() int {
	n := r.unsigned()
	if n > uint64(len(r.data)) {
		r.fail("it is cut off")
		return 0
	}
	return int(n)
}

func (r *reader) value(v reflect.Value) {
	if r.err != nil {
		return
	}
	switch v.Kind() {
	case reflect.String:
		n := r.length()
		v.SetString(string(r.data[:n]))
		r.data = r.data[n:]
	case reflect.Int, reflect.Int32, reflect.Int64:
		n, size := binary.Varint(r.data)
		if size <= 0 {
			r.fail("it is cut off")
			return
		}
		r.data = r.data[size:]
		v.SetInt(n)
	case reflect.Uint32:
		v.SetUint(r.unsigned())
	case reflect.Bool:
		v.SetBool(r.unsigned() != 0)
	case reflect.Slice:
		n := r.length()
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			r.value(v.Index(i))
		}
	case reflect.Struct:
		for i := range fields(v.Type()) {
			r.value(v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.value(v.Elem())
	case reflect.Interface:
		list, kind := kindsOf(v.Type()), r.unsigned()
		if kind >= uint64(len(list)) {
			r.fail("it has something of an unknown kind")
			return
		}
		e := reflect.New(list[kind]).Elem()
		r.value(e)
		v.Set(e)
	default:
		r.fail("it has a " + v.Type().String())
	}
}
