package inventory

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

// A template does not say where it is deployed to. Ids in it are composed in the
// subscription of plans and in a resource group of this name.
const templateGroup = "template"

// standIn begins what stands for a name that is not known before the deployment:
// "{?1}". No real name has such characters.
const standIn = "{?"

// template is the parts of an ARM template that matter here.
type template struct {
	Schema     string               `json:"$schema"`
	Parameters map[string]parameter `json:"parameters"`
	Variables  map[string]any       `json:"variables"`
	Resources  any                  `json:"resources"`
	Template   *template            `json:"template"` // the answer of the REST API wraps it
	Error      *struct {
		Message string `json:"message"`
	} `json:"error"`
}

type parameter struct {
	Type    string `json:"type"`
	Default any    `json:"defaultValue"`
}

func isTemplate(o opening) bool {
	return o.keys["$schema"] && o.keys["resources"] || o.keys["template"]
}

// readTemplate reads an ARM template, such as `az group export` writes.
// Parameters have their defaults; what an expression does not say before a
// deployment is unknown.
func readTemplate(data []byte) (document, error) {
	var t template
	if err := unmarshal(data, &t); err != nil {
		return document{}, fmt.Errorf("read template: %w", err)
	}
	if t.Template != nil {
		t = *t.Template
	}
	if !strings.Contains(strings.ToLower(t.Schema), "deploymenttemplate.json") {
		return document{}, fmt.Errorf("read template: its $schema %q is not that of an ARM deployment template", t.Schema)
	}
	r := templateReader{arm: newARM(), eval: newEvaluator(t.Parameters, t.Variables), scope: "/subscriptions/" + azure.Subscription}
	if !strings.Contains(strings.ToLower(t.Schema), "subscriptiondeploymenttemplate") {
		r.scope += "/resourceGroups/" + templateGroup
	}
	r.eval.scope = r.scope
	var list []any
	switch resources := t.Resources.(type) {
	case []any:
		list = resources
	case map[string]any: // templates with symbolic names
		for _, name := range slices.Sorted(maps.Keys(resources)) {
			list = append(list, resources[name])
		}
	}
	if len(list) == 0 {
		return document{}, errors.New("read template: it has no resources, so there is nothing to judge")
	}
	for i, item := range list {
		if err := r.resource(item, "", "", 0); err != nil {
			return document{}, fmt.Errorf("read template: resources[%d]: %w", i, err)
		}
	}
	if r.eval.exhausted() {
		return document{}, fmt.Errorf("read template: its expressions make more than %d MB; give their values as parameters", maxWork>>20)
	}
	r.link()
	return r.arm.document(), nil
}

type templateReader struct {
	arm   *arm
	eval  *evaluator
	scope string
}

// resource reads one resource and those written within it, whose types and names
// are told in part.
func (r *templateReader) resource(item any, parentType, parentName string, depth int) error {
	raw, ok := item.(map[string]any)
	if !ok {
		return errors.New("it is no object")
	}
	if depth > maxDepth {
		return fmt.Errorf("resources within resources more than %d deep", maxDepth)
	}
	kind, _ := raw["type"].(string)
	if kind == "" {
		return errors.New("it has no type")
	}
	name := r.eval.text(raw["name"])
	if parentType != "" && !strings.Contains(strings.SplitN(kind, "/", 2)[0], ".") {
		kind, name = parentType+"/"+kind, parentName+"/"+name
	}
	scope := r.scope
	if raw["scope"] != nil {
		scope = r.eval.text(raw["scope"])
	}
	id := resourceID(scope, kind, name)
	if id == "" {
		return fmt.Errorf("its type %q and its name %q do not have the same number of parts", kind, name)
	}
	switch condition := r.eval.value(raw["condition"]); {
	case condition == false:
		return nil
	case condition != nil && condition != true:
		r.arm.skip(id, "whether it is deployed depends on what is not known")
		return nil
	case raw["copy"] != nil:
		r.arm.skip(id, "it is made in a loop")
		return nil
	case strings.EqualFold(kind, "Microsoft.Resources/deployments"):
		r.arm.skip(id, "it is a deployment of another template")
		return nil
	}
	if err := r.add(id, raw); err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	within, _ := raw["resources"].([]any)
	for i, child := range within {
		if err := r.resource(child, kind, name, depth+1); err != nil {
			return fmt.Errorf("%s: resources[%d]: %w", id, i, err)
		}
	}
	return nil
}

func (r *templateReader) add(id string, raw map[string]any) error {
	out := &armResource{id: id, unresolved: strings.Contains(id, standIn), external: raw["existing"] == true, propertyDependsOn: map[string][]string{}}
	out.partial = out.external
	body := map[string]any{}
	put := func(into map[string]any, name string, v any) {
		value, refs := r.eval.with(v)
		into[name] = value
		if len(refs) > 0 {
			out.propertyDependsOn[name] = refs
		}
	}
	for _, name := range []string{"extendedLocation", "identity", "kind", "location", "managedBy", "plan", "sku", "tags", "zones"} {
		if v, ok := raw[name]; ok {
			put(body, name, v)
		}
	}
	switch properties := raw["properties"].(type) {
	case map[string]any:
		inner := map[string]any{}
		for name, v := range properties {
			put(inner, name, v)
		}
		body["properties"] = inner
	case nil:
	default:
		out.partial = true // an expression gives them
	}
	depends, _ := raw["dependsOn"].([]any)
	for _, v := range depends {
		if text := r.eval.text(v); text != "" {
			out.dependsOn = append(out.dependsOn, text)
		}
	}
	var err error
	if out.body, err = canonicalProps(body); err != nil {
		return err
	}
	return r.arm.add(out)
}

// link turns what resources say they depend on, an id or a bare name, into the
// URNs of resources that are there.
func (r *templateReader) link() {
	urns := map[string]string{}
	for _, list := range [][]*Resource{r.arm.resources, r.arm.external} {
		for _, resource := range list {
			urns[strings.ToLower(resource.Name)] = resource.URN
		}
	}
	for _, list := range [][]*Resource{r.arm.resources, r.arm.external} {
		for _, resource := range list {
			urns[strings.ToLower(resource.URN)] = resource.URN
		}
	}
	known := func(from []string) []string {
		var out []string
		for _, name := range from {
			if urn, ok := urns[strings.ToLower(name)]; ok {
				out = append(out, urn)
			}
		}
		return SortedURNs(out)
	}
	for _, resource := range r.arm.resources {
		resource.DependsOn = known(resource.DependsOn)
		for property, refs := range resource.PropertyDependsOn {
			if resource.PropertyDependsOn[property] = known(refs); resource.PropertyDependsOn[property] == nil {
				delete(resource.PropertyDependsOn, property)
			}
		}
	}
}

// resourceID composes an id from a scope, a type such as
// Microsoft.Network/virtualNetworks/subnets and a name such as net/jobs; empty
// when their parts do not match.
func resourceID(scope, kind, name string) string {
	namespace, types, ok := strings.Cut(kind, "/")
	if !ok || name == "" {
		return ""
	}
	kinds, names := strings.Split(types, "/"), strings.Split(name, "/")
	if len(kinds) != len(names) {
		return ""
	}
	id := strings.TrimSuffix(scope, "/")
	if id != "" && !strings.HasPrefix(id, "/") {
		id = "/" + id
	}
	if strings.EqualFold(kind, "Microsoft.Resources/resourceGroups") {
		if i := strings.Index(strings.ToLower(id), "/resourcegroups/"); i >= 0 {
			id = id[:i]
		}
	} else {
		id += "/providers/" + namespace
	}
	for i := range kinds {
		if names[i] == "" {
			return ""
		}
		id += "/" + kinds[i] + "/" + names[i]
	}
	return id
}
