package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

const sdk = "github.com/pulumi/pulumi-azure-native-sdk/"

// ours holds the typed resources for namespaces the pinned SDK cannot be had for.
const ours = "github.com/tillit-dev/tillit/modules/azure/"

// source is one Go package that defines resource types.
type source struct {
	prefix string // of object names in the table, such as network
	files  map[string][]byte
	// structs are the input structs, those whose fields have pulumi tags, by name.
	structs map[string]*ast.StructType
}

// build reads the properties of the types.
func build(tokens []string) (*azure.Table, error) {
	table := &azure.Table{Resources: map[string]map[string]string{}, Objects: map[string]map[string]string{}}
	var paths []string
	for _, tok := range tokens {
		paths = append(paths, candidates(tok)...)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	dirs, err := locate(paths)
	if err != nil {
		return nil, err
	}
	if err := fetch(tokens, paths, dirs); err != nil {
		return nil, err
	}
	loaded := map[string]*source{}
	var errs []error
	for _, tok := range tokens {
		errs = append(errs, addResource(table, tok, dirs, loaded))
	}
	slices.Sort(table.Flattened)
	return table, errors.Join(errs...)
}

// candidates lists the packages that may define a type, in order.
func candidates(tok string) []string {
	t, _ := azure.Lookup(tok)
	namespace := strings.Split(tok, ":")[1]
	version := "v" + strings.ReplaceAll(t.APIVersion, "-", "")
	return []string{ours + namespace, sdk + namespace + "/v2", sdk + namespace + "/v2/" + version}
}

// locate finds the folders of those packages that exist.
func locate(paths []string) (map[string]string, error) {
	cmd := exec.Command("go", append([]string{"list", "-find", "-e", "-f", "{{.ImportPath}}\t{{.Dir}}"}, paths...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	dirs := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if dir != "" {
			dirs[path] = dir
		}
	}
	return dirs, nil
}

// addResource finds the type's definition and adds its properties and those of
// every object within.
func addResource(table *azure.Table, tok string, dirs map[string]string, loaded map[string]*source) error {
	t, _ := azure.Lookup(tok)
	other := ""
	for _, path := range candidates(tok) {
		dir, ok := dirs[path]
		if !ok {
			continue
		}
		s := loaded[path]
		if s == nil {
			var err error
			if s, err = load(path, dir); err != nil {
				return err
			}
			loaded[path] = s
		}
		file, text, ok := s.registers(tok)
		if !ok {
			continue
		}
		if version := statedVersion(text, tok); version != "" && version != t.APIVersion {
			other = " with API version " + t.APIVersion + " (there is " + version + ")"
			continue
		}
		fields, err := s.resource(table, file, text, tok)
		if err != nil {
			return err
		}
		table.Resources[tok] = fields
		return nil
	}
	return fmt.Errorf("%s: no package defines it%s; looked in %s", tok, other, strings.Join(candidates(tok), ", "))
}

func load(path, dir string) (*source, error) {
	prefix := strings.TrimPrefix(strings.TrimPrefix(path, sdk), ours)
	s := &source{
		prefix:  strings.Replace(prefix, "/v2", "", 1),
		files:   map[string][]byte{},
		structs: map[string]*ast.StructType{},
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s.files[name] = text
		// The SDK keeps objects in pulumiTypes*.go; ours are small enough to read whole.
		if strings.HasPrefix(path, ours) || strings.HasPrefix(filepath.Base(name), "pulumiTypes") {
			if err := s.parse(name); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

func (s *source) parse(name string) error {
	f, err := parser.ParseFile(token.NewFileSet(), name, s.files[name], parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if ok {
			if st, ok := spec.Type.(*ast.StructType); ok {
				s.structs[spec.Name.Name] = st
			}
		}
		return !ok
	})
	return nil
}

// registers finds the file that registers the token, with its API version or
// without.
func (s *source) registers(tok string) (string, []byte, bool) {
	parts := strings.Split(tok, ":")
	want := regexp.MustCompile(`RegisterResource\(\s*"` + parts[0] + ":" + parts[1] + `(/v\w+)?:` + parts[2] + `"`)
	for name, text := range s.files {
		if want.Match(text) {
			return name, text, true
		}
	}
	return "", nil, false
}

var versionText = regexp.MustCompile(`Uses Azure REST API version ([\w-]+?)\.`)

func statedVersion(text []byte, tok string) string {
	at := bytes.Index(text, []byte("type "+tok[strings.LastIndex(tok, ":")+1:]+" struct"))
	if at < 0 {
		return ""
	}
	if found := versionText.FindSubmatch(text[:at]); found != nil {
		return string(found[1])
	}
	return ""
}

var requiredText = regexp.MustCompile(`invalid value for required argument '(\w+)'`)

// resource reads the arguments of a resource: the plain struct that carries the
// property names, and from the constructor which of them are required.
func (s *source) resource(table *azure.Table, file string, text []byte, tok string) (map[string]string, error) {
	if err := s.parse(file); err != nil {
		return nil, err
	}
	kind := tok[strings.LastIndex(tok, ":")+1:]
	st := s.plain(kind + "Args")
	if st == nil {
		return nil, fmt.Errorf("%s: %s has no plain argument struct of it", tok, file)
	}
	fields := s.fields(table, st)
	start := bytes.Index(text, []byte("func New"+kind+"("))
	end := start + max(0, bytes.Index(text[max(0, start):], []byte("\n}\n")))
	required := map[string]bool{}
	if start >= 0 {
		for _, m := range requiredText.FindAllSubmatch(text[start:end], -1) {
			required[strings.ToLower(string(m[1]))] = true
		}
	}
	for name, field := range fields {
		fields[name] = strings.TrimSuffix(field, "!")
		if required[strings.ToLower(name)] || strings.HasSuffix(field, "!") {
			fields[name] += "!"
		}
	}
	return fields, nil
}

// plain finds the unexported struct of a name: the SDK writes afdoriginArgs
// beside AFDOriginArgs.
func (s *source) plain(name string) *ast.StructType {
	for n, st := range s.structs {
		if strings.EqualFold(n, name) && !ast.IsExported(n) {
			return st
		}
	}
	return nil
}

func (s *source) fields(table *azure.Table, st *ast.StructType) map[string]string {
	out := map[string]string{}
	for _, f := range st.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("pulumi")
		name, _, _ := strings.Cut(tag, ",")
		if name == "" {
			continue
		}
		out[name] = s.fieldType(table, f.Type)
		switch f.Type.(type) {
		case *ast.Ident, *ast.SelectorExpr: // neither pointer, list, map nor interface
			out[name] += "!"
		}
	}
	return out
}

func (s *source) fieldType(table *azure.Table, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return s.fieldType(table, e.X)
	case *ast.ArrayType:
		return "[]" + s.fieldType(table, e.Elt)
	case *ast.MapType:
		return "{}" + s.fieldType(table, e.Value)
	case *ast.Ident:
		switch e.Name {
		case "string":
			return string(azure.Text)
		case "int":
			return string(azure.Integer)
		case "float64":
			return string(azure.Number)
		case "bool":
			return string(azure.Boolean)
		case "any":
			return string(azure.Any)
		}
		if st := s.structs[e.Name]; st != nil {
			return s.object(table, e.Name, st)
		}
		return string(azure.Text) // an enumeration
	}
	return string(azure.Any) // interface{}: one of several types
}

func (s *source) object(table *azure.Table, name string, st *ast.StructType) string {
	full := s.prefix + "." + strings.TrimSuffix(name, "Args")
	if _, done := table.Objects[full]; done {
		return full
	}
	table.Objects[full] = nil // types may contain themselves
	fields := s.fields(table, st)
	table.Objects[full] = fields
	if flattened(full, fields) {
		table.Flattened = append(table.Flattened, full)
	}
	return full
}

// flattened says whether ARM keeps an object's own properties one level down.
// The network provider does so for every part that has an id and a name of its
// own, and for a few that have only a name.
func flattened(name string, fields map[string]string) bool {
	if !strings.HasPrefix(name, "network") {
		return false
	}
	if name == "network.PrivateDnsZoneConfig" {
		return true
	}
	_, id := fields["id"]
	_, named := fields["name"]
	return id && named
}
