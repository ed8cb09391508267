package offprovider

import (
	"strings"

	app "github.com/pulumi/pulumi-azure-native-sdk/app/v2/v20240301"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// schedule starts the job every five minutes, as often as PostgreSQL's own log
// is archived and twice as often as Azure SQL's.
const schedule = "*/5 * * * *"

// timeout is how long a run may take, in seconds. The first copy of everything
// takes longer, and is made by several runs.
const timeout = 60 * 60

func (o *OffProvider) job(ctx *pulumi.Context, granted []pulumi.Resource) error {
	s, place := o.args.Site, o.args.Place
	args := []string{"copy", "--target", place.Target, "--endpoint", place.Endpoint, "--bucket", place.Bucket}
	if place.Region != "" {
		args = append(args, "--region", place.Region)
	}
	env := app.EnvironmentVarArray{
		// Tells the Azure SDK which identity to sign in with.
		app.EnvironmentVarArgs{Name: pulumi.String("AZURE_CLIENT_ID"), Value: o.workload.ClientID},
		app.EnvironmentVarArgs{Name: pulumi.String("AZURE_TENANT_ID"), Value: pulumi.String(s.Tenant)},
		app.EnvironmentVarArgs{Name: pulumi.String("AZURE_SUBSCRIPTION_ID"), Value: pulumi.String(s.Subscription)},
	}
	var secrets app.SecretArray
	for _, name := range place.secrets() {
		env = append(env, app.EnvironmentVarArgs{Name: pulumi.String(variable(name)), SecretRef: pulumi.String(name)})
		secrets = append(secrets, app.SecretArgs{
			Name: pulumi.String(name),
			// What is not known here would hide the whole configuration from a preview.
			Identity:    o.workload.KnownID,
			KeyVaultUrl: pulumi.Sprintf("%ssecrets/%s", o.args.Keys.VaultURI, inVault(name)),
		})
	}
	_, err := app.NewJob(ctx, "copy-off-provider", &app.JobArgs{
		JobName:             pulumi.String("copy-off-provider"),
		ResourceGroupName:   s.Group,
		Location:            pulumi.String(s.Region),
		EnvironmentId:       o.args.EnvironmentID,
		WorkloadProfileName: pulumi.String("Consumption"),
		Identity: app.ManagedServiceIdentityArgs{
			Type:                   pulumi.String("UserAssigned"),
			UserAssignedIdentities: pulumi.StringArray{o.workload.ID},
		},
		Configuration: app.JobConfigurationArgs{
			TriggerType:       pulumi.String("Schedule"),
			ReplicaTimeout:    pulumi.Int(timeout),
			ReplicaRetryLimit: pulumi.Int(0), // the next run comes soon
			Secrets:           secrets,
			ScheduleTriggerConfig: app.JobConfigurationScheduleTriggerConfigArgs{
				CronExpression:         pulumi.String(schedule),
				Parallelism:            pulumi.Int(1),
				ReplicaCompletionCount: pulumi.Int(1),
			},
		},
		Template: app.JobTemplateArgs{Containers: app.ContainerArray{app.ContainerArgs{
			Name:      pulumi.String("runbook"),
			Image:     pulumi.String(o.args.Image),
			Command:   pulumi.ToStringArray([]string{"runbook"}),
			Args:      pulumi.ToStringArray(append(args, "--estate", s.Estate)),
			Resources: app.ContainerResourcesArgs{Cpu: pulumi.Float64(1), Memory: pulumi.String("2Gi")},
			Env:       env,
		}}},
		Tags: s.Tagged(map[string]string{"class": "backup", "purpose": "copy-off-provider"}),
	}, pulumi.Parent(o), pulumi.DependsOn(granted))
	return err
}

// variable is the environment variable that a secret reaches the job in:
// COPY_ACCESS_KEY.
func variable(secret string) string {
	return "COPY_" + strings.ToUpper(strings.ReplaceAll(secret, "-", "_"))
}

// inVault is a secret's name in the key vault: off-provider-access-key.
func inVault(secret string) string { return "off-provider-" + secret }
