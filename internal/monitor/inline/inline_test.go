package inline_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/monitor"
	"github.com/tillit-dev/tillit/internal/monitor/inline"
)

// thing is a resource of any type, with the outputs that tests read.
type thing struct {
	pulumi.CustomResourceState
	Name      pulumi.StringOutput    `pulumi:"name"`
	Location  pulumi.StringOutput    `pulumi:"location"`
	Tags      pulumi.StringMapOutput `pulumi:"tags"`
	KeyURI    pulumi.StringOutput    `pulumi:"keyUri"`
	Secret    pulumi.StringOutput    `pulumi:"secret"`
	Settings  pulumi.AnyOutput       `pulumi:"settings"`
	Principal pulumi.StringOutput    `pulumi:"principalId"`
}

func register(ctx *pulumi.Context, token, name string, props pulumi.Map, opts ...pulumi.ResourceOption) (*thing, error) {
	var t thing
	return &t, ctx.RegisterResource(token, name, props, &t, opts...)
}

func plan(t *testing.T, opts monitor.Options, program pulumi.RunFunc) (*inventory.Inventory, error) {
	t.Helper()
	if opts.Project == "" {
		opts.Project = "proj"
	}
	if opts.Stack == "" {
		opts.Stack = "dev"
	}
	return inline.Plan(t.Context(), opts, program)
}

// find returns the resource with a Pulumi name.
func find(t *testing.T, inv *inventory.Inventory, name string) inventory.Resource {
	t.Helper()
	for _, r := range inv.Resources {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no resource %q", name)
	return inventory.Resource{}
}

func TestAzureIDsAndRelations(t *testing.T) {
	inv, err := plan(t, monitor.Options{}, func(ctx *pulumi.Context) error {
		group, err := register(ctx, "azure-native:resources:ResourceGroup", "group", pulumi.Map{
			"resourceGroupName": pulumi.String("rg-data"), "location": pulumi.String("westeurope"),
			"tags": pulumi.StringMap{"estate": pulumi.String("dev")},
		})
		if err != nil {
			return err
		}
		vault, err := register(ctx, "azure-native:keyvault/v20230701:Vault", "vault", pulumi.Map{
			"resourceGroupName": group.Name, "vaultName": pulumi.String("kv-data"), "location": group.Location,
		})
		if err != nil {
			return err
		}
		key, err := register(ctx, "azure-native:keyvault:Key", "key", pulumi.Map{
			"resourceGroupName": group.Name, "vaultName": vault.Name, "keyName": pulumi.String("storage"),
		})
		if err != nil {
			return err
		}
		_, err = register(ctx, "other:index:Reader", "reader", pulumi.Map{
			"group": group.ID(), "vault": vault.ID(), "key": key.KeyURI, "principal": vault.Principal, "tag": group.Tags.MapIndex(pulumi.String("estate")),
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const group = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-data"
	vault := find(t, inv, "vault")
	if want := group + "/providers/Microsoft.KeyVault/vaults/kv-data"; vault.ID != want {
		t.Errorf("vault id = %q, want %q", vault.ID, want)
	}
	if vault.Type != "azure-native:keyvault:Vault" {
		t.Errorf("type = %q, want it without the API version", vault.Type)
	}
	if want := "urn:pulumi:dev::proj::azure-native:keyvault/v20230701:Vault::vault"; vault.URN != want {
		t.Errorf("urn = %q, want %q: URNs are Pulumi's own", vault.URN, want)
	}
	reader := find(t, inv, "reader")
	for property, want := range map[string]string{
		"group": group, "vault": vault.ID, "tag": "dev",
		"key": "https://kv-data.vault.azure.net/keys/storage",
	} {
		if reader.Props[property] != want {
			t.Errorf("%s = %v, want %s", property, reader.Props[property], want)
		}
	}
	if !inventory.IsUnknown(reader.Props["principal"]) {
		t.Errorf("principal = %v, want unknown: only Azure can say it", reader.Props["principal"])
	}
	if got := reader.PropertyDependsOn["vault"]; len(got) != 1 || got[0] != vault.URN {
		t.Errorf("vault depends on %v", got)
	}
	if reader.ID != "" {
		t.Errorf("id = %q, want none: no ids are made up for packages that are not known", reader.ID)
	}
	if !strings.HasPrefix(vault.Position, "inline_test.go:") {
		t.Errorf("position = %q, want this file", vault.Position)
	}
}

func TestSecretsLeaveOnlyTheirMark(t *testing.T) {
	const value = "hunter2-hunter2"
	var log strings.Builder
	inv, err := plan(t, monitor.Options{Log: &log}, func(ctx *pulumi.Context) error {
		secret := pulumi.ToSecret(pulumi.String(value)).(pulumi.StringOutput)
		first, err := register(ctx, "p:index:A", "first", pulumi.Map{
			"secret": secret,
			"nested": pulumi.Map{"list": pulumi.Array{pulumi.String("plain"), secret}},
		})
		if err != nil {
			return err
		}
		_ = ctx.Log.Warn("the password is "+value, nil)
		_, err = register(ctx, "p:index:A", "second", pulumi.Map{
			"copied": first.Secret, "unknownAndSecret": pulumi.ToSecret(first.Principal),
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := inv.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"inventory": string(data), "log": log.String()} {
		if strings.Contains(text, value) {
			t.Errorf("the %s shows the secret:\n%s", name, text)
		}
	}
	if !strings.Contains(log.String(), "warning: the password is [secret]") {
		t.Errorf("log = %q", log.String())
	}
	first, second := find(t, inv, "first"), find(t, inv, "second")
	nested := first.Props["nested"].(map[string]any)["list"].([]any)
	for what, v := range map[string]any{
		"a secret": first.Props["secret"], "one within a list": nested[1],
		"one read from another resource": second.Props["copied"],
		"one that is unknown too":        second.Props["unknownAndSecret"],
	} {
		if !inventory.IsSecret(v) {
			t.Errorf("%s = %v, want the secret mark", what, v)
		}
	}
	if nested[0] != "plain" {
		t.Errorf("beside a secret: %v, want what it is", nested[0])
	}
}

func TestObjectsComeBackUnknown(t *testing.T) {
	inv, err := plan(t, monitor.Options{}, func(ctx *pulumi.Context) error {
		first, err := register(ctx, "p:index:A", "first", pulumi.Map{"settings": pulumi.Map{"given": pulumi.String("x")}})
		if err != nil {
			return err
		}
		_, err = register(ctx, "p:index:A", "second", pulumi.Map{"settings": first.Settings})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := find(t, inv, "second").Props["settings"]; !inventory.IsUnknown(got) {
		t.Errorf("settings = %v, want unknown: a provider may add to an object", got)
	}
}

func TestComponentsQualifyURNs(t *testing.T) {
	inv, err := plan(t, monitor.Options{}, func(ctx *pulumi.Context) error {
		var outer, inner pulumi.ResourceState
		if err := ctx.RegisterComponentResource("my:index:Outer", "o", &outer); err != nil {
			return err
		}
		if err := ctx.RegisterComponentResource("my:index:Inner", "i", &inner, pulumi.Parent(&outer)); err != nil {
			return err
		}
		_, err := register(ctx, "p:index:A", "a", nil, pulumi.Parent(&inner))
		if err != nil {
			return err
		}
		return ctx.RegisterResourceOutputs(&outer, pulumi.Map{})
	})
	if err != nil {
		t.Fatal(err)
	}
	a := find(t, inv, "a")
	if want := "urn:pulumi:dev::proj::my:index:Outer$my:index:Inner$p:index:A::a"; a.URN != want {
		t.Errorf("urn = %q, want %q", a.URN, want)
	}
	if a.Parent != find(t, inv, "i").URN {
		t.Errorf("parent = %q", a.Parent)
	}
	if c := find(t, inv, "o"); c.Custom || !a.Custom {
		t.Error("a component must not be custom, a resource must")
	}
}

func TestFunctions(t *testing.T) {
	ask := func(token string) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			var result map[string]any
			if err := ctx.Invoke(token, nil, &result); err != nil {
				return err
			}
			_, err := register(ctx, "p:index:A", "a", pulumi.ToMap(map[string]any{"seen": result}))
			return err
		}
	}
	t.Run("who the program runs as", func(t *testing.T) {
		inv, err := plan(t, monitor.Options{}, ask("azure-native:authorization:getClientConfig"))
		if err != nil {
			t.Fatal(err)
		}
		seen := find(t, inv, "a").Props["seen"].(map[string]any)
		if seen["subscriptionId"] != "00000000-0000-4000-8000-000000000001" || seen["tenantId"] != "00000000-0000-4000-8000-000000000002" {
			t.Errorf("got %v", seen)
		}
	})
	t.Run("one that nobody can answer", func(t *testing.T) {
		_, err := plan(t, monitor.Options{}, ask("aws:ec2/getAmi:getAmi"))
		if err == nil || !strings.Contains(err.Error(), "aws:ec2/getAmi:getAmi") || !strings.Contains(err.Error(), "--answer") {
			t.Errorf("err = %v, want one that names the function and the way on", err)
		}
	})
	t.Run("one with an answer", func(t *testing.T) {
		answers := map[string]map[string]any{"aws:ec2/getAmi:getAmi": {"id": "ami-1"}}
		inv, err := plan(t, monitor.Options{Answers: answers}, ask("aws:ec2/getAmi:getAmi"))
		if err != nil {
			t.Fatal(err)
		}
		if seen := find(t, inv, "a").Props["seen"].(map[string]any); seen["id"] != "ami-1" {
			t.Errorf("got %v", seen)
		}
	})
}

// What goes wrong must stop the plan and say what and where.
func TestFaults(t *testing.T) {
	var ignored pulumi.ResourceState
	for name, c := range map[string]struct {
		program pulumi.RunFunc
		want    string
	}{
		"panic": {func(*pulumi.Context) error { panic("out of cheese") }, "the program panicked: out of cheese"},
		"error": {func(*pulumi.Context) error { return errors.New("no such zone") }, "no such zone"},
		"remote component": {func(ctx *pulumi.Context) error {
			return ctx.RegisterRemoteComponentResource("eks:index:Cluster", "c", nil, &ignored)
		}, `eks:index:Cluster "c", a component that a plugin builds`},
		"duplicate": {func(ctx *pulumi.Context) error {
			if _, err := register(ctx, "p:index:A", "a", nil); err != nil {
				return err
			}
			_, err := register(ctx, "p:index:A", "a", nil)
			return err
		}, "duplicate resource URN urn:pulumi:dev::proj::p:index:A::a"},
	} {
		t.Run(name, func(t *testing.T) {
			inv, err := plan(t, monitor.Options{}, c.program)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("err = %v, want %q", err, c.want)
			}
			if inv != nil {
				t.Error("an inventory beside the error")
			}
		})
	}
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	hang := make(chan struct{})
	defer close(hang)
	_, err := inline.Plan(ctx, monitor.Options{Project: "p", Stack: "s"}, func(*pulumi.Context) error {
		cancel(errors.New("enough"))
		<-hang
		return nil
	})
	if err == nil || err.Error() != "enough" {
		t.Errorf("err = %v, want the cause", err)
	}
}

func TestTwoRunsGiveEqualBytes(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		for _, name := range []string{"c", "a", "b"} {
			if _, err := register(ctx, "p:index:A", name, pulumi.Map{"x": pulumi.String("<&>")}); err != nil {
				return err
			}
		}
		return nil
	}
	var previous string
	for range 3 {
		inv, err := plan(t, monitor.Options{}, program)
		if err != nil {
			t.Fatal(err)
		}
		data, err := inv.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if previous != "" && previous != string(data) {
			t.Fatalf("two runs differ:\n%s\n%s", previous, data)
		}
		previous = string(data)
	}
	if !strings.Contains(previous, `"<&>"`) {
		t.Error("the JSON escapes what needs no escape")
	}
}
