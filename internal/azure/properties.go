package azure

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

//go:generate go run ./gen

// Kind is what a property's value must be.
type Kind string

// The kinds of values. An object's properties are in Field.Object.
const (
	Text    Kind = "string"
	Integer Kind = "integer"
	Number  Kind = "number"
	Boolean Kind = "boolean"
	Any     Kind = "any"
	Object  Kind = "object"
)

// Field is one property as azure-native takes it. A list or a map of texts is a
// field of kind Text within lists or maps.
type Field struct {
	Kind     Kind
	Of       string // the object's type, such as network.Delegation
	Wraps    string // one letter for each wrapping, outermost first: l for a list, m for a map
	Required bool
}

// Schema holds the properties of a resource or of an object within one.
type Schema struct {
	Fields map[string]Field
	// Flattened says that ARM keeps most of the object under "properties".
	Flattened bool

	folded map[string]string // names by their lower-case form
}

// Object returns the properties of an object field; nil for other kinds.
func (f Field) Object() *Schema {
	if f.Kind != Object {
		return nil
	}
	return properties().objects[f.Of]
}

// Properties returns the inputs of a type; false when the table does not have
// it. The names come from the SDK's own types.
func Properties(token string) (*Schema, bool) {
	s, ok := properties().resources[Canonical(token)]
	return s, ok
}

// keepsProperties reports that azure-native leaves the type's "properties"
// where ARM has it.
func keepsProperties(token string, value map[string]any) bool {
	if s, ok := Properties(token); ok {
		_, has := s.Fields["properties"]
		return has
	}
	_, has := value["properties"]
	return has
}

// Table is the form of properties.json: for each resource and each object its
// properties, written as "string", "[]network.Delegation", "{}any", with a "!"
// behind what is required.
type Table struct {
	Resources map[string]map[string]string `json:"resources"`
	Objects   map[string]map[string]string `json:"objects"`
	Flattened []string                     `json:"flattened"` // objects that ARM keeps under "properties"
}

//go:embed properties.json
var propertiesTable []byte

type schemas struct {
	resources map[string]*Schema
	objects   map[string]*Schema
}

var properties = sync.OnceValue(func() schemas {
	var t Table
	// The table is built in; the package's test proves that it parses.
	_ = json.Unmarshal(propertiesTable, &t)
	out := schemas{resources: map[string]*Schema{}, objects: map[string]*Schema{}}
	for name, fields := range t.Objects {
		out.objects[name] = newSchema(fields, slices.Contains(t.Flattened, name))
	}
	for name, fields := range t.Resources {
		out.resources[name] = newSchema(fields, false)
	}
	return out
})

func newSchema(fields map[string]string, flattened bool) *Schema {
	s := &Schema{Fields: parseFields(fields), Flattened: flattened, folded: make(map[string]string, len(fields))}
	for name := range fields {
		s.folded[strings.ToLower(name)] = name
	}
	return s
}

func parseFields(in map[string]string) map[string]Field {
	out := make(map[string]Field, len(in))
	for name, text := range in {
		var f Field
		text, f.Required = strings.CutSuffix(text, "!")
		for {
			if rest, ok := strings.CutPrefix(text, "[]"); ok {
				text, f.Wraps = rest, f.Wraps+"l"
			} else if rest, ok := strings.CutPrefix(text, "{}"); ok {
				text, f.Wraps = rest, f.Wraps+"m"
			} else {
				break
			}
		}
		if f.Kind = Kind(text); strings.Contains(text, ".") {
			f.Kind, f.Of = Object, text
		}
		out[name] = f
	}
	return out
}
