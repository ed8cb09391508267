package offprovider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/modules/moduletest"
	"github.com/tillit-dev/tillit/modules/offprovider"
	"github.com/tillit-dev/tillit/promises"
)

const subscription = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/g/providers/"

// build plans a copy, but for what change does to it. The ground has no identity
// for copies; another stands for it.
func build(t *testing.T, change func(*offprovider.Args)) (*inventory.Inventory, error) {
	t.Helper()
	return moduletest.Plan(t, func(ctx *pulumi.Context, g *moduletest.Ground) error {
		at, err := g.Site(ctx, "copies", moduletest.Primary)
		if err != nil {
			return err
		}
		g.Identity.Workloads["copy"] = g.Identity.Workloads["drill"]
		args := offprovider.Args{
			Site:          at,
			Place:         offprovider.Place{Target: "s3", Endpoint: "https://s3.provider.example", Bucket: "copies", Region: "fi-hel1"},
			Image:         "registry.example/runbook:1.2.3",
			EnvironmentID: pulumi.String(subscription + "Microsoft.App/managedEnvironments/e"),
			Keys:          g.Keys[moduletest.Primary],
			Identity:      g.Identity,
			Accounts:      []pulumi.StringInput{pulumi.String(subscription + "Microsoft.Storage/storageAccounts/docs")},
			Servers:       []pulumi.StringInput{pulumi.String(subscription + "Microsoft.Sql/servers/s")},
		}
		if change != nil {
			change(&args)
		}
		_, err = offprovider.New(ctx, "off-provider", args)
		return err
	})
}

func must(t *testing.T, change func(*offprovider.Args)) *inventory.Inventory {
	t.Helper()
	inv, err := build(t, change)
	if err != nil {
		t.Fatal(err)
	}
	moduletest.Sound(t, inv)
	return inv
}

func TestJob(t *testing.T) {
	job := moduletest.One(t, must(t, nil), "app:Job", "copy-off-provider")
	moduletest.Want(t, job, map[string]any{
		"configuration.triggerType":                          "Schedule",
		"configuration.scheduleTriggerConfig.cronExpression": "*/5 * * * *",
		"configuration.secrets.1.name":                       "access-key",
		"configuration.secrets.1.value":                      nil,
		"identity.type":                                      "UserAssigned",
		"template.containers.0.command":                      []any{"runbook"},
		"template.containers.0.args": []any{
			"copy", "--target", "s3", "--endpoint", "https://s3.provider.example", "--bucket", "copies", "--region", "fi-hel1", "--estate", "test",
		},
		"template.containers.0.env.3.name":      "COPY_RECIPIENT",
		"template.containers.0.env.3.secretRef": "recipient",
		"template.containers.0.env.4.name":      "COPY_ACCESS_KEY",
		"template.containers.0.env.5.name":      "COPY_SECRET_KEY",
	})
	for i, name := range []string{"recipient", "access-key", "secret-key"} {
		url, _ := moduletest.At(job, fmt.Sprintf("configuration.secrets.%d.keyVaultUrl", i)).(string)
		if !strings.HasPrefix(url, "https://kv") || !strings.HasSuffix(url, ".vault.azure.net/secrets/off-provider-"+name) {
			t.Errorf("the secret %s is %q", name, url)
		}
	}
	if waits := fmt.Sprint(job.DependsOn); !strings.Contains(waits, "role-copy-account-1") {
		t.Errorf("the job does not wait until it may read: %s", waits)
	}
}

func TestOverSFTP(t *testing.T) {
	job := moduletest.One(t, must(t, func(a *offprovider.Args) {
		a.Place = offprovider.Place{Target: "sftp", Endpoint: "sftp://copies.provider.example", Bucket: "copies"}
	}), "app:Job", "copy-off-provider")
	moduletest.Want(t, job, map[string]any{
		"template.containers.0.args": []any{
			"copy", "--target", "sftp", "--endpoint", "sftp://copies.provider.example", "--bucket", "copies", "--estate", "test",
		},
		"configuration.secrets.1.name":     "private-key",
		"configuration.secrets.2.name":     "host-key",
		"template.containers.0.env.5.name": "COPY_HOST_KEY",
	})
}

// The job reads, and nothing else; of the vault it reads its own secrets only.
func TestPermissions(t *testing.T) {
	inv := must(t, nil)
	scopes := map[string]string{}
	for _, r := range moduletest.Of(inv, "Identity", "authorization:RoleAssignment") {
		if strings.HasPrefix(r.Name, "role-copy-") {
			scopes[r.Name] = fmt.Sprint(moduletest.At(r, "scope"))
		}
	}
	for name, end := range map[string]string{
		"role-copy-off-provider-recipient":  "/secrets/off-provider-recipient",
		"role-copy-off-provider-access-key": "/secrets/off-provider-access-key",
		"role-copy-off-provider-secret-key": "/secrets/off-provider-secret-key",
		"role-copy-account-1":               "/storageAccounts/docs",
		"role-copy-server-1":                "/servers/s",
	} {
		if !strings.HasSuffix(scopes[name], end) {
			t.Errorf("%s is on %q, want …%s", name, scopes[name], end)
		}
	}
	if len(scopes) != 5 {
		t.Errorf("%d roles: %v", len(scopes), scopes)
	}
	role := moduletest.One(t, inv, "authorization:RoleDefinition", "role-definition-copy-read")
	for _, action := range moduletest.At(role, "permissions.0.actions").([]any) {
		if !strings.HasSuffix(action.(string), "/read") {
			t.Errorf("the job may %s", action)
		}
	}
}

func TestBadArguments(t *testing.T) {
	for want, change := range map[string]func(*offprovider.Args){
		`no identity for the workload "copy"`: func(a *offprovider.Args) { delete(a.Identity.Workloads, "copy") },
		"images: runbook":                     func(a *offprovider.Args) { a.Image = "" },
	} {
		if _, err := build(t, change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func TestLocate(t *testing.T) {
	for _, c := range []struct {
		target, endpoint, region string
		host                     string
		port                     int
		fault                    string
	}{
		{target: "s3", endpoint: "https://s3.provider.example", region: "fi", host: "s3.provider.example", port: 443},
		{target: "s3", endpoint: "https://s3.provider.example:9443", region: "fi", host: "s3.provider.example", port: 9443},
		{target: "sftp", endpoint: "sftp://copies.provider.example", host: "copies.provider.example", port: 22},
		{target: "s3", endpoint: "https://s3.provider.example", fault: "offProvider: region: s3 has regions"},
		{target: "s3", endpoint: "sftp://copies.provider.example", region: "fi", fault: "a copy over s3 goes to https://…, not to sftp://copies.provider.example"},
		{target: "sftp", endpoint: "https://s3.provider.example", fault: "a copy over sftp goes to sftp://…"},
		{target: "sftp", endpoint: "sftp://copies.provider.example:99999", fault: "99999 is no port"},
		{target: "s3", region: "fi", fault: "offProvider: endpoint: backup.off-provider needs to know where the copy goes"},
		{target: "tape", endpoint: "https://s3.provider.example", fault: `"tape" is neither s3 nor sftp`},
	} {
		d := &promises.Declaration{
			Promises: map[promises.ID]promises.Declared{"backup.off-provider": {Params: promises.Params{"target": {Text: c.target}}}},
			Settings: promises.Settings{OffProvider: map[string]string{"endpoint": c.endpoint, "bucket": "copies", "region": c.region}},
		}
		place, err := offprovider.Locate(d)
		if c.fault != "" {
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		if err != nil || place.Host != c.host || place.Port != c.port {
			t.Errorf("%+v: %+v, %v", c, place, err)
		}
	}
}
