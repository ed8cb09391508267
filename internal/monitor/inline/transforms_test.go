package inline_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/monitor"
)

// mark is a transform that notes on the resource "after" that it was there.
func mark(word string, more pulumi.Map) pulumi.ResourceTransform {
	return func(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
		if args.Name != "after" {
			return nil
		}
		seen := pulumi.Array{}
		if before, ok := args.Props["seen"].(pulumi.Array); ok {
			seen = before
		}
		args.Props["seen"] = append(seen, pulumi.String(word))
		for key, v := range more {
			args.Props[key] = v
		}
		return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
	}
}

func TestTransforms(t *testing.T) {
	const value = "hunter2-hunter2"
	inv, err := plan(t, monitor.Options{}, func(ctx *pulumi.Context) error {
		plain, err := register(ctx, "p:index:A", "before", nil)
		if err != nil {
			return err
		}
		more := pulumi.Map{"from": plain.Principal, "secret": pulumi.ToSecret(pulumi.String(value))}
		if err := ctx.RegisterResourceTransform(mark("stack", more)); err != nil {
			return err
		}
		var parent pulumi.ResourceState
		if err := ctx.RegisterComponentResource("my:index:C", "c", &parent,
			pulumi.Transforms([]pulumi.ResourceTransform{mark("parent", nil)})); err != nil {
			return err
		}
		_, err = register(ctx, "p:index:A", "after", pulumi.Map{"given": pulumi.String("x"), "kept": plain.Principal}, pulumi.Parent(&parent),
			pulumi.Transforms([]pulumi.ResourceTransform{mark("own", nil)}))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	before, after := find(t, inv, "before"), find(t, inv, "after")
	if want := []any{"own", "parent", "stack"}; !reflect.DeepEqual(after.Props["seen"], want) {
		t.Errorf("seen = %v, want %v", after.Props["seen"], want)
	}
	if after.Props["given"] != "x" {
		t.Errorf("props = %v", after.Props)
	}
	if got := after.PropertyDependsOn["kept"]; !reflect.DeepEqual(got, []string{before.URN}) {
		t.Errorf("kept depends on %v", got)
	}
	if !inventory.IsUnknown(after.Props["from"]) {
		t.Errorf("from = %v, want unknown", after.Props["from"])
	}
	data, err := inv.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), value) || !strings.Contains(string(data), `"$secret"`) {
		t.Errorf("a transform's secret must leave its mark only:\n%s", data)
	}
}

func TestTransformsOfFunctionsAreRefused(t *testing.T) {
	_, err := plan(t, monitor.Options{}, func(ctx *pulumi.Context) error {
		return ctx.RegisterInvokeTransform(func(context.Context, *pulumi.InvokeTransformArgs) *pulumi.InvokeTransformResult { return nil })
	})
	if err == nil || !strings.Contains(err.Error(), "an invoke transform, which a plan cannot run") {
		t.Errorf("err = %v", err)
	}
}
