package mutation

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// change is what an operator does to a value.
type change struct {
	operator string
	value    any // nil takes the value out
}

// worse are the words of Azure's enumerations and what somebody who weakens an
// estate would write instead, by the word in lower case.
var worse = map[string][]any{
	"deny":                    {"Alert", "Allow"},
	"block":                   {"Log"},
	"prevention":              {"Detection"},
	"locked":                  {"Unlocked", "Disabled"},
	"enabled":                 {"Disabled"},
	"disabled":                {"Enabled"},
	"alwayson":                {"Off"},
	"georedundant":            {"LocallyRedundant"},
	"geo":                     {"Local"},
	"standard_ragzrs":         {"Standard_LRS"},
	"standard_zrs":            {"Standard_LRS"},
	"premium":                 {"Standard"},
	"premium_azurefrontdoor":  {"Standard_AzureFrontDoor"},
	"standard":                {"Free"},
	"group":                   {"User"},
	"serviceprincipal":        {"User", "Group"},
	"application":             {"User"},
	"tls1_2":                  {"TLS1_0"},
	"tls12":                   {"TLS10"},
	"tlsv1.2":                 {"TLSv1"},
	"1.2":                     {"1.0"},
	"on":                      {"off"},
	"httpsonly":               {"HttpOnly", "MatchRequest"},
	"https":                   {"Http"},
	"microsoft.keyvault":      {"Microsoft.Storage"},
	"azurekeyvault":           {"SystemManaged"},
	"none":                    {"Blob"},
	"cannotdelete":            {"NotSpecified"},
	"default":                 {"DoNotEnforce"},
	"virtualappliance":        {"Internet"},
	"virtualnetworkinherited": {"Disabled"},
	"zoneredundant":           {"SameZone", "Disabled"},
	"rotate":                  {"Notify"},
	"privateonly":             {"Open"},
	"alllogs":                 {"other"},
	"allow":                   {"Deny"},
}

var (
	duration  = regexp.MustCompile(`^P(\d+[YMWD])*(T(\d+[HMS])+)?$`)
	repeating = regexp.MustCompile(`^(R/[^/]+/)P\w+$`)
)

// surroundings is what an operator knows of the estate: what else a value could
// point to.
type surroundings struct {
	ids     map[string][]string // by type
	types   map[string]string   // by id in lower case
	content map[string]string   // what is in a resource besides its name, by id in lower case
	parents map[string][]string // names of the parents of a type's resources, by parentKey
}

func look(inv *inventory.Inventory) surroundings {
	s := surroundings{ids: map[string][]string{}, types: map[string]string{}, content: map[string]string{}, parents: map[string][]string{}}
	for i := range inv.Resources {
		r := &inv.Resources[i]
		if r.ID != "" {
			s.ids[r.Type] = append(s.ids[r.Type], r.ID)
			s.types[strings.ToLower(r.ID)] = r.Type
			s.content[strings.ToLower(r.ID)] = content(r)
		}
		for _, parameter := range parameters(r.Type) {
			key := parentKey(r, parameter)
			if name, ok := r.Props[parameter].(string); ok && !slices.Contains(s.parents[key], name) {
				s.parents[key] = append(s.parents[key], name)
			}
		}
	}
	// A program registers resources in an order that differs from run to run, and
	// what a mutant points to should not.
	for _, list := range s.ids {
		slices.Sort(list)
	}
	for _, list := range s.parents {
		slices.Sort(list)
	}
	return s
}

// parentKey is what a resource has in common with those that its parent could
// be exchanged with: a name means something in its resource group only.
func parentKey(r *inventory.Resource, parameter string) string {
	return fmt.Sprint(r.Type, " ", parameter, " ", r.Props["resourceGroupName"])
}

func parameters(resource string) []string {
	t, ok := azure.Lookup(resource)
	if !ok {
		return nil
	}
	return t.PathParameters()
}

// weaken is every change that a value's type calls for. Taking the value out is
// not among them.
func (s surroundings) weaken(r *inventory.Resource, property string, v any) []change {
	switch v := v.(type) {
	case bool:
		return []change{{"flip", !v}}
	case float64:
		var changes []change
		if half := math.Floor(v / 2); half > 0 {
			changes = append(changes, change{"halve", half})
		}
		if v != 0 {
			changes = append(changes, change{"zero", 0.0})
		}
		return changes
	case []any:
		if len(v) > 1 { // of one element dropping it is the same
			return []change{{"empty", []any{}}}
		}
	case string:
		if slices.Contains(parameters(r.Type), property) && !strings.HasPrefix(v, "/") {
			return s.elsewhere(parentKey(r, property), v)
		}
		return append(s.text(v), wider(property, v)...)
	}
	return nil
}

// owner is the built-in role that may do everything.
const owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"

// wider makes of what a rule, a role or an assignment names all that there is.
func wider(property, v string) []change {
	last := property[strings.LastIndexByte(property, '.')+1:]
	switch last {
	case "actions", "dataActions", "destinationAddresses", "destinationAddressPrefix", "sourceAddresses", "sourceAddressPrefix", "targetFqdns":
		if v != "*" && v != "Internet" { // which is everything already
			return []change{{"widen", "*"}}
		}
	case "roleDefinitionId":
		if at := strings.LastIndexByte(v, '/'); v[at+1:] != owner {
			return []change{{"widen", v[:at+1] + owner}}
		}
	case "scope":
		if parts := strings.Split(v, "/"); len(parts) > 3 && parts[1] == "subscriptions" {
			return []change{{"widen", strings.Join(parts[:3], "/")}}
		}
	}
	return nil
}

// elsewhere moves a child to another parent of its kind.
func (s surroundings) elsewhere(key, name string) []change {
	for _, other := range s.parents[key] {
		if other != name {
			return []change{{"move", other}}
		}
	}
	return nil
}

func (s surroundings) text(v string) []change {
	if values, known := worse[strings.ToLower(v)]; known {
		changes := make([]change, len(values))
		for i, value := range values {
			changes[i] = change{"downgrade", value}
			if value == "Deny" {
				changes[i].operator = "tighten"
			}
		}
		return changes
	}
	switch {
	case strings.HasPrefix(v, "/subscriptions/"):
		return s.reroute(v)
	case region(v):
		return []change{{"relocate", "eastus"}}
	case repeating.MatchString(v):
		return []change{{"stretch", repeating.ReplaceAllString(v, "${1}P10Y")}}
	case duration.MatchString(v) && v != "P":
		return []change{{"shorten", "PT1M"}}
	}
	if prefix, err := netip.ParsePrefix(v); err == nil {
		if prefix.Bits() == 0 {
			return []change{{"readdress", "192.0.2.0/24"}}
		}
		return []change{{"readdress", "192.0.2.0/24"}, {"open", "0.0.0.0/0"}}
	}
	if _, err := netip.ParseAddr(v); err == nil {
		return []change{{"readdress", "192.0.2.1"}}
	}
	return []change{{"alter", "other"}}
}

// content is a resource's properties without its name and tags, as text.
func content(r *inventory.Resource) string {
	props := maps.Clone(r.Props)
	delete(props, "tags")
	for _, parameter := range parameters(r.Type) {
		delete(props, parameter)
	}
	text, err := json.Marshal(props)
	if err != nil {
		return r.ID
	}
	return string(text)
}

// reroute points an id to another resource of its type and to one that is not
// there. A twin would do as well, so another is taken where there is one.
func (s surroundings) reroute(id string) []change {
	var changes []change
	for _, other := range s.ids[s.types[strings.ToLower(id)]] {
		twin := s.content[strings.ToLower(other)] == s.content[strings.ToLower(id)]
		switch {
		case strings.EqualFold(other, id):
		case len(changes) == 0:
			changes = append(changes, change{"reroute", other})
		case !twin && s.content[strings.ToLower(changes[0].value.(string))] == s.content[strings.ToLower(id)]:
			changes[0].value = other
		}
	}
	if parent := strings.LastIndexByte(id, '/'); strings.Count(id, "/") > 2 {
		return append(changes, change{"misdirect", id[:parent] + "/elsewhere"})
	}
	return append(changes, change{"misdirect", "/subscriptions/99999999-9999-4999-8999-999999999999"})
}

// region tells whether a value is the name of an Azure region in Europe.
func region(v string) bool {
	_, known := promises.Regions()[strings.ToLower(v)]
	return known
}
