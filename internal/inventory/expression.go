package inventory

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

// maxWork bounds what the expressions of a template may make together, in bytes
// or so: a few variables that each double another would fill any memory. Azure
// takes no template that grows beyond 4 MB.
const maxWork = 128 << 20

// nodeWork is what one value counts for, beside its text.
const nodeWork = 64

// evaluator works out the expressions of an ARM template as far as they follow
// from the template alone: parameters with defaults, variables, names and ids.
// Everything else, such as reference(), is unknown. What makes a value unknown
// is noted, as the ids of the resources it asks of.
type evaluator struct {
	parameters map[string]parameter // by lower-case name
	variables  map[string]any
	scope      string
	depth      int
	done       int // of maxWork
	refs       []string
	standIns   map[string]string // of expressions that are not known
}

func newEvaluator(parameters map[string]parameter, variables map[string]any) *evaluator {
	e := &evaluator{parameters: map[string]parameter{}, variables: map[string]any{}, standIns: map[string]string{}}
	for name, p := range parameters {
		e.parameters[strings.ToLower(name)] = p
	}
	for name, v := range variables {
		e.variables[strings.ToLower(name)] = v
	}
	return e
}

// with works out a value and tells what resources it asks of.
func (e *evaluator) with(v any) (value any, refs []string) {
	e.refs = nil
	value = e.value(v)
	return value, e.refs
}

// text works out a name or an id, with stand-ins for the parts of it that are
// not known. Anything else than a text is empty.
func (e *evaluator) text(v any) string {
	s, _ := e.work(v).(string)
	return s
}

// standIn is what stands for an expression that is not known, always the same
// for the same expression.
func (e *evaluator) standIn(expression string) string {
	key := strings.Join(strings.Fields(expression), "")
	if e.standIns[key] == "" {
		e.standIns[key] = standIn + strconv.Itoa(len(e.standIns)+1) + "}"
	}
	return e.standIns[key]
}

// value works out every expression in a value. What has a stand-in in it is
// unknown.
func (e *evaluator) value(v any) any { return shown(e.work(v)) }

// exhausted tells that the template makes too much, so that its values are not to
// be trusted.
func (e *evaluator) exhausted() bool { return e.done > maxWork }

func shown(v any) any {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, standIn) {
			return Unknown()
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = shown(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key := range v {
			out[key] = shown(v[key])
		}
		return out
	}
	return v
}

// work is value with the stand-ins left in.
func (e *evaluator) work(v any) any {
	if e.done += nodeWork; e.exhausted() || e.depth == maxDepth {
		return Unknown()
	}
	e.depth++
	defer func() { e.depth-- }()
	switch v := v.(type) {
	case string:
		inner, ok := strings.CutPrefix(v, "[")
		switch {
		case !ok:
			return v
		case strings.HasPrefix(inner, "["): // an escaped bracket
			return inner
		case !strings.HasSuffix(inner, "]"):
			return v
		}
		p := parser{text: inner[:len(inner)-1], e: e}
		result := p.expression()
		if p.blanks(); p.failed || p.at != len(p.text) {
			return e.standIn(inner)
		}
		return result
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = e.work(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key == "copy" {
				if _, loop := v[key].([]any); loop { // of a property: it makes others
					return Unknown()
				}
			}
			out[key] = e.work(v[key])
		}
		return out
	}
	return v
}

// parser reads an expression from left to right: texts, numbers and calls, with
// properties and indexes behind them.
type parser struct {
	text   string
	at     int
	depth  int
	failed bool
	e      *evaluator
}

func (p *parser) blanks() {
	for p.at < len(p.text) && strings.ContainsRune(" \t\r\n", rune(p.text[p.at])) {
		p.at++
	}
}

func (p *parser) next() byte {
	p.blanks()
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) fail() any {
	p.failed = true
	return Unknown()
}

func (p *parser) expression() any {
	if p.depth++; p.depth > maxDepth || p.failed {
		return p.fail()
	}
	defer func() { p.depth-- }()
	p.blanks()
	start := p.at
	v := p.operand()
	for !p.failed {
		switch p.next() {
		case '.':
			p.at++
			p.blanks()
			v = member(v, p.word())
			continue
		case '[':
			p.at++
			key := p.expression()
			if p.next() != ']' {
				return p.fail()
			}
			p.at++
			v = member(v, key)
			continue
		}
		break
	}
	if IsUnknown(v) {
		return p.e.standIn(p.text[start:p.at])
	}
	return v
}

// operand is a text, a number or a call.
func (p *parser) operand() any {
	switch c := p.next(); {
	case c == '\'':
		return p.quoted()
	case c == '-' || c >= '0' && c <= '9':
		start := p.at
		for p.at++; p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9'; p.at++ {
		}
		n, err := strconv.ParseFloat(p.text[start:p.at], 64)
		if err != nil {
			return p.fail()
		}
		return n
	}
	return p.call()
}

// quoted reads a text in single quotes; a quote in it is doubled.
func (p *parser) quoted() any {
	var b strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		if p.text[p.at] != '\'' {
			b.WriteByte(p.text[p.at])
			continue
		}
		if p.at++; p.at == len(p.text) || p.text[p.at] != '\'' {
			return b.String()
		}
		b.WriteByte('\'')
	}
	return p.fail()
}

func (p *parser) word() string {
	start := p.at
	for p.at < len(p.text) && (p.text[p.at] == '_' || p.text[p.at] >= '0' && p.text[p.at] <= '9' ||
		p.text[p.at]|0x20 >= 'a' && p.text[p.at]|0x20 <= 'z') {
		p.at++
	}
	return p.text[start:p.at]
}

func (p *parser) call() any {
	name := p.word()
	if name == "" || p.next() != '(' {
		return p.fail()
	}
	p.at++
	var args []any
	for p.next() != ')' {
		if len(args) > 0 {
			if p.next() != ',' {
				return p.fail()
			}
			p.at++
		}
		if args = append(args, p.expression()); p.failed {
			return Unknown()
		}
	}
	p.at++
	return p.e.call(strings.ToLower(name), args)
}

// member is a property of an object or an item of a list.
func member(v, key any) any {
	switch v := v.(type) {
	case map[string]any:
		if IsSecret(v) {
			return Secret()
		}
		if name, ok := key.(string); ok {
			for k, value := range v {
				if strings.EqualFold(k, name) {
					return value
				}
			}
		}
	case []any:
		if n, ok := key.(float64); ok && n >= 0 && n < float64(len(v)) {
			return v[int(n)]
		}
	}
	return Unknown()
}

// call works out a function of ARM's. A secret makes everything that is made
// from it one.
func (e *evaluator) call(name string, args []any) any {
	for _, arg := range args {
		if IsSecret(arg) {
			return Secret()
		}
	}
	texts := make([]string, len(args))
	known := true
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			texts[i] = arg
		case float64:
			texts[i] = strconv.FormatFloat(arg, 'f', -1, 64)
		default:
			known = false
		}
	}
	switch {
	case name == "parameters" && len(args) == 1 && known:
		return e.parameter(texts[0])
	case name == "variables" && len(args) == 1 && known:
		if v, ok := e.variables[strings.ToLower(texts[0])]; ok {
			return e.work(v)
		}
	case (name == "resourceid" || name == "subscriptionresourceid" || name == "extensionresourceid") && len(args) > 1:
		if id := e.id(name, args); id != "" {
			if strings.Contains(id, standIn) {
				e.refs = append(e.refs, id)
			}
			return id
		}
	case name == "reference" && len(args) > 0 && known:
		e.refs = append(e.refs, texts[0])
	case name == "concat" && known:
		for _, text := range texts {
			e.done += len(text)
		}
		if !e.exhausted() {
			return strings.Join(texts, "")
		}
	case name == "format" && len(args) > 0 && known:
		s := texts[0]
		for i, text := range texts[1:] {
			slot := "{" + strconv.Itoa(i) + "}"
			if e.done += len(s) + strings.Count(s, slot)*len(text); e.exhausted() {
				return Unknown()
			}
			s = strings.ReplaceAll(s, slot, text)
		}
		return s
	case name == "tolower" && len(args) == 1 && known:
		return strings.ToLower(texts[0])
	case name == "toupper" && len(args) == 1 && known:
		return strings.ToUpper(texts[0])
	case name == "subscription" && len(args) == 0:
		return map[string]any{"id": "/subscriptions/" + azure.Subscription, "subscriptionId": azure.Subscription}
	case name == "resourcegroup" && len(args) == 0 && strings.HasSuffix(e.scope, "/"+templateGroup):
		return map[string]any{"id": e.scope, "name": Unknown(), "location": Unknown()}
	case name == "true" && len(args) == 0:
		return true
	case name == "false" && len(args) == 0:
		return false
	}
	return Unknown()
}

// parameter is a parameter's default.
func (e *evaluator) parameter(name string) any {
	p, ok := e.parameters[strings.ToLower(name)]
	switch {
	case ok && strings.HasPrefix(strings.ToLower(p.Type), "secure"):
		return Secret()
	case !ok || p.Default == nil:
		return Unknown()
	}
	return e.work(p.Default)
}

// id composes what resourceId and its kin do. A name that is not known has a
// stand-in, so that the id is that of the resource with the same name.
func (e *evaluator) id(function string, args []any) string {
	scope := e.scope
	texts := make([]string, len(args))
	for i, arg := range args {
		s, ok := arg.(string)
		if !ok {
			return ""
		}
		texts[i] = s
	}
	switch function {
	case "extensionresourceid":
		scope, texts = texts[0], texts[1:]
	case "subscriptionresourceid":
		scope = "/subscriptions/" + azure.Subscription
	}
	kind := slices.IndexFunc(texts, func(s string) bool { return strings.Contains(s, "/") })
	switch {
	case kind < 0 || kind > 2:
		return ""
	case kind == 1 && function == "resourceid":
		scope = "/subscriptions/" + azure.Subscription + "/resourceGroups/" + texts[0]
	case kind == 2:
		scope = "/subscriptions/" + texts[0] + "/resourceGroups/" + texts[1]
	}
	return resourceID(scope, texts[kind], strings.Join(texts[kind+1:], "/"))
}
