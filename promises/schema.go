package promises

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Schema returns a JSON Schema (draft-07, which YAML editors understand) of a
// stack config file: our keys in full, with the catalogue's titles, and every
// other key as it is. It says less than Load, which also knows the bounds of
// durations and what contradicts what. The bytes are indented and end in a
// newline; the same catalogue gives the same bytes.
func Schema() []byte {
	promises := map[string]any{}
	for _, p := range Catalogue() {
		promises[string(p.ID)] = p.schema()
	}
	names := make([]any, len(ourKeys))
	for i, key := range ourFullKeys() {
		names[i] = key
	}
	config := map[string]any{
		"type":        "object",
		"description": "Configuration of the stack. The keys of tillit are checked; all others are left alone.",
		"required":    []any{"tillit:promises"},
		"properties": map[string]any{
			"tillit:promises": closed("What the estate promises, from the catalogue.", promises, nil),
			"tillit:means":    meansSchema(),
			"tillit:waivers":  waiversSchema(),
			"tillit:settings": settingsSchema(),
		},
		"propertyNames": map[string]any{"anyOf": []any{
			map[string]any{"enum": names},
			map[string]any{"not": map[string]any{"pattern": "^(tillit:|(" + strings.Join(ourKeys, "|") + ")$)"}},
		}},
	}
	config["properties"].(map[string]any)["tillit:promises"].(map[string]any)["minProperties"] = 1
	b, err := json.MarshalIndent(map[string]any{
		"$schema":     "http://json-schema.org/draft-07/schema#",
		"title":       "A tillit estate",
		"description": "A Pulumi stack config file that declares what an estate promises.",
		"type":        "object",
		"required":    []any{"config"},
		"properties":  map[string]any{"config": config},
	}, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("promises: schema: %v", err)) // it holds only maps, lists and strings
	}
	return append(b, '\n')
}

// closed is a mapping with only these keys; without required ones it may be
// left empty.
func closed(description string, properties map[string]any, required []any) map[string]any {
	s := map[string]any{
		"type":                 "object",
		"description":          description,
		"properties":           properties,
		"additionalProperties": false,
	}
	if len(required) > 0 {
		s["required"] = required
	} else {
		s["type"] = []any{"object", "null"}
	}
	return s
}

func (p Promise) schema() map[string]any {
	parameters := map[string]any{}
	var required []any
	for _, q := range p.Parameters {
		parameters[q.Name] = q.schema()
		if q.Required {
			required = append(required, q.Name)
		}
	}
	description := fmt.Sprintf("%s.\n\nKept: %s. ISO/IEC 27001:2022: %s.",
		p.Title["en"], strings.Join(p.Kept(), ", "), strings.Join(p.Controls, ", "))
	return closed(description, parameters, required)
}

func (q Parameter) schema() map[string]any {
	description := q.Title["en"]
	if q.Min != "" {
		description += fmt.Sprintf(" (%s to %s)", q.Min, q.Max)
	}
	if q.Default != "" {
		description += "; " + q.Default + " when left out"
	}
	s := map[string]any{"description": description + ".", "type": "string"}
	switch q.Type {
	case "duration":
		s["pattern"], s["minLength"] = durationPattern, 2
	case "number":
		s["type"], s["pattern"] = []any{"integer", "string"}, "^[0-9]+$" // in quotes or not
		s["minimum"], s["maximum"] = json.Number(q.Min), json.Number(q.Max)
	case "list":
		s["type"], s["minItems"], s["uniqueItems"] = "array", 1, true
		s["items"] = map[string]any{"type": plainScalar}
	case "region":
		s["enum"] = anyList(regionNames())
	case "country":
		s["enum"] = anyList(countries())
	case "version":
		// A plain 1.2 is a number to YAML, and is taken.
		s["type"] = []any{"string", "number"}
		values := anyList(q.Values)
		for _, v := range q.Values {
			if _, err := strconv.ParseFloat(v, 64); err == nil {
				values = append(values, json.Number(v))
			}
		}
		s["enum"] = values
	case "url":
		s["pattern"] = "^https://"
	default:
		s["enum"] = anyList(q.Values)
	}
	return s
}

// plainScalar are the types of a text that may go without quotes: 17 is a fine
// ticket.
var plainScalar = []any{"string", "number", "boolean"}

const durationPattern = "^(([0-9]+y)?([0-9]+mo)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?" +
	"|P([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?)$"

func anyList(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

func meansSchema() map[string]any {
	properties := map[string]any{}
	for name, slot := range slots {
		properties[name] = map[string]any{"type": "string", "enum": anyList(slot.mechanisms()), "description": slot.is + "."}
	}
	return closed("The mechanism that keeps the promises, where there is a choice.", properties, nil)
}

func waiversSchema() map[string]any {
	line := func(description string) map[string]any {
		return map[string]any{"type": plainScalar, "minLength": 1, "description": description}
	}
	rule := line("The rule, such as backup/retention.")
	rule["pattern"] = ruleName.String()
	expires := line("The day from which the waiver no longer holds, such as 2027-01-31.")
	expires["pattern"] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
	return map[string]any{
		"type":        []any{"array", "null"},
		"description": "Violations that the estate accepts, each of one rule on some resources until a day.",
		"items": closed("One waiver.", map[string]any{
			"rule":     rule,
			"resource": line("The resource's URN; * stands for any run of characters. It must say which resource."),
			"reason":   line("Why the violation is accepted."),
			"owner":    line("Who answers for it."),
			"ticket":   line("Where it is followed up."),
			"expires":  expires,
		}, anyList(waiverWords)),
	}
}

func settingsSchema() map[string]any {
	properties := map[string]any{}
	for word, s := range plainSettings {
		properties[word] = map[string]any{"type": "string", "pattern": s.form.String(), "description": "It is " + s.is + "."}
	}
	for word, s := range mapSettings {
		values := map[string]any{}
		for w, must := range s.words {
			values[w] = map[string]any{"type": "string", "pattern": must.pattern.String(), "description": "It is " + must.is + "."}
		}
		properties[word] = closed("It has "+strings.Join(sortedKeys(s.words), ", ")+".", values, nil)
	}
	properties["customers"] = customersSchema()
	properties["checks"] = checksSchema()
	return closed("Facts that the program needs and no promise states.", properties, nil)
}
