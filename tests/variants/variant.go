package variants

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/stacks"
)

// Kind says in which way a variant breaks its promise.
type Kind string

// The three ways to break a promise.
const (
	Missing  Kind = "missing"
	Weakened Kind = "weakened"
	Bypassed Kind = "bypassed"
)

// Variant is one broken estate and the rule that must refuse it.
type Variant struct {
	Promise promises.ID
	Kind    Kind
	Name    string
	Rule    string // must be among the rules that report a violation
	Means   string // the database it is about; empty for any

	declare func(*promises.Declaration)                  // what the program is composed from
	edit    func(name string, props pulumi.Input) bool   // changes a resource's arguments; reports whether it did
	add     func(ctx *pulumi.Context, name string) error // registers what should not be there
}

// String names the variant for a test.
func (v Variant) String() string {
	if v.Promise == "" {
		return v.Name
	}
	return fmt.Sprintf("%s/%s/%s", v.Promise, v.Kind, strings.ReplaceAll(v.Name, " ", "-"))
}

// Program composes the broken estate from a sound declaration. It fails when
// the variant changed nothing, since it would then prove nothing.
func (v Variant) Program(sound *promises.Declaration) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		declared := *sound
		declared.Promises = maps.Clone(sound.Promises)
		if v.declare != nil {
			v.declare(&declared)
		}
		edited := false
		if v.edit != nil {
			if err := ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
				if v.edit(args.Name, args.Props) {
					edited = true
				}
				return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
			}); err != nil {
				return err
			}
		}
		if err := stacks.Estate(ctx, &declared); err != nil {
			return err
		}
		if v.edit != nil && !edited {
			return fmt.Errorf("variant %s changed no resource", v)
		}
		if v.add != nil {
			return v.add(ctx, "side-door")
		}
		return nil
	}
}

// without composes the estate as if the promise had not been made.
func without(id promises.ID) func(*promises.Declaration) {
	return func(d *promises.Declaration) { delete(d.Promises, id) }
}

// with composes the estate as if a promise's parameter had another value.
func with(id promises.ID, param string, change func(*promises.Value)) func(*promises.Declaration) {
	return func(d *promises.Declaration) {
		declared := d.Promises[id]
		declared.Params = maps.Clone(declared.Params)
		value := declared.Params[param]
		change(&value)
		declared.Params[param] = value
		d.Promises[id] = declared
	}
}

// on edits the arguments of every resource of one SDK type whose Pulumi name
// contains a part; an empty part means all of them.
func on[T any](part string, change func(*T)) func(string, pulumi.Input) bool {
	return func(name string, props pulumi.Input) bool {
		args, ok := any(props).(*T)
		if !ok || !strings.Contains(name, part) {
			return false
		}
		change(args)
		return true
	}
}

// Combined breaks an estate in every way of a list at once, so that one plan or
// one deployment shows the findings of many rules.
func Combined(name string, list []Variant) Variant {
	all := Variant{Name: name}
	var edits []func(string, pulumi.Input) bool
	for _, v := range list {
		if v.edit != nil {
			edits = append(edits, v.edit)
		}
	}
	if len(edits) > 0 {
		all.edit = func(name string, props pulumi.Input) bool {
			edited := false
			for _, edit := range edits {
				edited = edit(name, props) || edited
			}
			return edited
		}
	}
	all.declare = func(d *promises.Declaration) {
		for _, v := range list {
			if v.declare != nil {
				v.declare(d)
			}
		}
	}
	all.add = func(ctx *pulumi.Context, name string) error {
		for i, v := range list {
			if v.add == nil {
				continue
			}
			if err := v.add(ctx, fmt.Sprintf("%s-%d", name, i)); err != nil {
				return err
			}
		}
		return nil
	}
	return all
}

// Edited are the variants of a list that only change what is there, and so can be
// deployed.
func Edited(list []Variant) []Variant {
	return slices.DeleteFunc(slices.Clone(list), func(v Variant) bool { return v.edit == nil })
}

// Of are the variants of a list that break in one way.
func Of(kind Kind, list []Variant) []Variant {
	return slices.DeleteFunc(slices.Clone(list), func(v Variant) bool { return v.Kind != kind })
}
