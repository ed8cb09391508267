package gate

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/tillit-dev/tillit/promises"
)

// Rule is what a rule's METADATA says of it.
type Rule struct {
	ID          string // group/rule-name, such as crypto/tls-current
	Promise     promises.ID
	Title       string
	Description string
	Controls    []string // ISO/IEC 27001:2022 Annex A ids
	Severity    Severity
	Remediation string
	Types       []string // resource types it looks at
	Facts       []string // keys of data.facts it computes with
	// Alone says that one resource's inputs are all that a violation needs
	// (custom.scope: resource), so that it can be judged before others are known.
	Alone bool
	File  string
	Line  int
}

// Severity says how much a violation matters.
type Severity string

// The severities, from least to most.
const (
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

// Witnessed is the id of the rule that no package holds: a declared promise
// must have a witness. Its controls are the promise's own.
const Witnessed = "promise/witnessed"

var witnessed = Rule{
	ID:          Witnessed,
	Title:       "Every declared promise has something that keeps it",
	Description: "A promise that no resource keeps is broken, so that an empty estate cannot pass.",
	Severity:    Critical,
	Remediation: "Deploy what keeps the promise, or stop declaring it.",
}

var (
	rulePath     = regexp.MustCompile(`^data\.tillit\.rules\.([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)$`)
	resourceType = regexp.MustCompile(`^[a-z][a-z0-9-]*:[A-Za-z0-9/]+:[A-Za-z0-9]+$`)
)

// readRules reads and checks the metadata of every module under rules.
func readRules(modules map[string]*ast.Module, pack string, facts map[string]Fact) (map[string]Rule, error) {
	rules := map[string]Rule{}
	var faults []error
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		if !strings.HasPrefix(strings.TrimPrefix(file, pack+"/"), "rules/") {
			continue
		}
		rule, err := readRule(file, modules[file], facts)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if other, twice := rules[rule.ID]; twice {
			faults = append(faults, fmt.Errorf("%s:%d: the rule %s is already in %s; a rule is one file", file, rule.Line, rule.ID, other.File))
			continue
		}
		rules[rule.ID] = rule
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if len(rules) == 0 {
		return nil, fmt.Errorf("%s: not a policy pack: it has no rules", pack)
	}
	return rules, nil
}

// readRule reads one module's metadata and checks it against the module, the
// catalogue and the facts. All that is wrong is reported at once.
func readRule(file string, module *ast.Module, facts map[string]Fact) (Rule, error) {
	m := metadata{file: file, line: module.Package.Location.Row}
	match := rulePath.FindStringSubmatch(module.Package.Path.String())
	if match == nil {
		m.fault("a rule's package is tillit.rules.<group>.<rule>, this one is %s", module.Package.Path)
		return Rule{}, m.err()
	}
	if want := match[1] + "/" + match[2] + "/" + match[2] + ".rego"; !strings.HasSuffix(file, "rules/"+want) {
		m.fault("the package %s belongs in rules/%s", module.Package.Path, want)
	}
	note := packageNote(module)
	if note == nil {
		m.fault("the rule has no METADATA with scope: package")
		return Rule{}, m.err()
	}
	m.line, m.custom = note.Location.Row, note.Custom
	rule := Rule{
		ID:          match[1] + "/" + strings.ReplaceAll(match[2], "_", "-"),
		Title:       note.Title,
		Description: note.Description,
		Promise:     promises.ID(m.text("promise")),
		Severity:    Severity(m.text("severity")),
		Remediation: m.text("remediation"),
		Controls:    m.list("controls"),
		Types:       m.list("types"),
		Facts:       m.list("facts"),
		File:        file,
		Line:        module.Package.Location.Row,
	}
	switch scope := m.custom["scope"]; scope {
	case nil:
	case "resource":
		rule.Alone = true
	default:
		m.fault("METADATA custom.scope: %v is not resource; leave it out when the rule looks across resources", scope)
	}
	m.check(rule, module, facts)
	return rule, m.err()
}

func packageNote(module *ast.Module) *ast.Annotations {
	for _, a := range module.Annotations {
		if a.Scope == "package" {
			return a
		}
	}
	return nil
}

// metadata collects the faults found while a rule's METADATA is read.
type metadata struct {
	file   string
	line   int
	custom map[string]any
	faults []error
}

func (m *metadata) fault(format string, args ...any) {
	m.faultAt(m.line, format, args...)
}

func (m *metadata) faultAt(line int, format string, args ...any) {
	m.faults = append(m.faults, fmt.Errorf("%s:%d: %s", m.file, line, fmt.Sprintf(format, args...)))
}

func (m *metadata) err() error { return errors.Join(m.faults...) }

func (m *metadata) text(key string) string {
	s, _ := m.custom[key].(string)
	if strings.TrimSpace(s) == "" {
		m.fault("METADATA custom.%s is missing or is no text", key)
	}
	return s
}

func (m *metadata) list(key string) []string {
	items, ok := m.custom[key].([]any)
	if !ok {
		m.fault("METADATA custom.%s is missing or is no list", key)
		return nil
	}
	list := make([]string, 0, len(items))
	for _, item := range items {
		s, ok := item.(string)
		if !ok {
			m.fault("METADATA custom.%s: %v is no text", key, item)
			continue
		}
		list = append(list, s)
	}
	return list
}

func (m *metadata) check(rule Rule, module *ast.Module, facts map[string]Fact) {
	if rule.Title == "" {
		m.fault("METADATA title is missing")
	}
	if rule.Description == "" {
		m.fault("METADATA description is missing")
	}
	if _, known := promises.Lookup(rule.Promise); rule.Promise != "" && !known {
		m.fault("METADATA custom.promise: the catalogue has no promise %s", rule.Promise)
	}
	switch rule.Severity {
	case Low, Medium, High, Critical, "":
	default:
		m.fault("METADATA custom.severity: %s is none of low, medium, high, critical", rule.Severity)
	}
	controls := promises.Controls()
	if len(rule.Controls) == 0 {
		m.fault("METADATA custom.controls: a rule serves at least one control")
	}
	for _, control := range rule.Controls {
		if controls[control] == "" {
			m.fault("METADATA custom.controls: ISO/IEC 27001:2022 Annex A has no %s", control)
		}
	}
	if len(rule.Types) == 0 {
		m.fault("METADATA custom.types: a rule looks at one resource type or more")
	}
	for _, t := range rule.Types {
		if !resourceType.MatchString(t) {
			m.fault("METADATA custom.types: %q is no resource type such as azure-native:storage:StorageAccount", t)
		}
	}
	for _, fact := range rule.Facts {
		if _, known := facts[fact]; !known {
			m.fault("METADATA custom.facts: data.facts has no %s", fact)
		}
	}
	m.checkModule(rule, module)
}

// checkModule compares the metadata with the module: the promise constant, the
// sets it must define, and the facts it uses.
func (m *metadata) checkModule(rule Rule, module *ast.Module) {
	sets := map[string]bool{}
	var constant *ast.Rule
	for _, r := range module.Rules {
		switch name := r.Head.Ref()[0].String(); name {
		case "promise":
			constant = r
		case "witness", "violation", "undetermined":
			if r.Head.Key == nil || r.Head.Value != nil {
				m.faultAt(r.Location.Row, "%s must be a set: %s contains {…}", name, name)
			}
			sets[name] = true
		}
	}
	for _, name := range []string{"witness", "violation"} {
		if !sets[name] {
			m.fault("the rule defines no %s", name)
		}
	}
	switch {
	case constant == nil:
		m.fault("the rule defines no promise := %q", rule.Promise)
	case constant.Head.Value == nil || constant.Head.Value.Value.Compare(ast.String(rule.Promise)) != 0:
		m.faultAt(constant.Location.Row, "promise is %v here and %q in METADATA", constant.Head.Value, rule.Promise)
	}
	for fact, line := range usedFacts(module) {
		if !slices.Contains(rule.Facts, fact) {
			m.faultAt(line, "data.facts.%s is used and not listed in METADATA custom.facts", fact)
		}
	}
}

// usedFacts are the facts that a module names outright, with the first line
// that does.
func usedFacts(module *ast.Module) map[string]int {
	used := map[string]int{}
	ast.WalkRefs(module, func(ref ast.Ref) bool {
		if len(ref) > 2 && ref[0].Equal(ast.DefaultRootDocument) && ref[1].Equal(ast.StringTerm("facts")) {
			if key, ok := ref[2].Value.(ast.String); ok {
				if line, seen := used[string(key)]; !seen || ref[0].Location.Row < line {
					used[string(key)] = ref[0].Location.Row
				}
			}
		}
		return false
	})
	return used
}
