package drills

import (
	app "github.com/pulumi/pulumi-azure-native-sdk/app/v2/v20240301"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// drillTimeout is how long a drill may take, in seconds: the twelve hours within
// which Azure says that restores usually end. The objective is the drill's own
// to judge.
const drillTimeout = 12 * 60 * 60

// heartbeat is the job that leaves a mark in the data every few minutes, from
// which a drill tells how much a restore lost, and reports how old the last
// passed run of every drill is, for the alarm.
var heartbeat = job{name: "heartbeat", cron: "*/5 * * * *", args: []string{"heartbeat"}, timeout: 240}

// job is one scheduled run of the runbook binary.
type job struct {
	name    string
	cron    string
	args    []string
	timeout int // seconds
}

// jobs makes a job for every drill, and the heartbeat.
func (d *Drills) jobs(ctx *pulumi.Context) error {
	jobs := []job{heartbeat}
	for i, drill := range d.args.Drills {
		cron, err := schedule(d.args.Every, i)
		if err != nil {
			return err
		}
		// A job is told by name that it works on production, as a person is.
		jobs = append(jobs, job{name: "drill-" + drill, cron: cron, args: []string{"run", drill, "--confirm", d.args.Site.Estate}, timeout: drillTimeout})
	}
	for _, j := range jobs {
		if err := d.job(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

func (d *Drills) job(ctx *pulumi.Context, j job) error {
	s := d.args.Site
	_, err := app.NewJob(ctx, j.name, &app.JobArgs{
		JobName:             pulumi.String(j.name),
		ResourceGroupName:   s.Group,
		Location:            pulumi.String(s.Region),
		EnvironmentId:       d.EnvironmentID,
		WorkloadProfileName: pulumi.String(profile),
		Identity: app.ManagedServiceIdentityArgs{
			Type:                   pulumi.String("UserAssigned"),
			UserAssignedIdentities: pulumi.StringArray{d.workload.ID},
		},
		Configuration: app.JobConfigurationArgs{
			TriggerType:       pulumi.String("Schedule"),
			ReplicaTimeout:    pulumi.Int(j.timeout),
			ReplicaRetryLimit: pulumi.Int(0),
			ScheduleTriggerConfig: app.JobConfigurationScheduleTriggerConfigArgs{
				CronExpression:         pulumi.String(j.cron),
				Parallelism:            pulumi.Int(1),
				ReplicaCompletionCount: pulumi.Int(1),
			},
		},
		Template: app.JobTemplateArgs{Containers: app.ContainerArray{app.ContainerArgs{
			Name:      pulumi.String("runbook"),
			Image:     pulumi.String(d.args.Image),
			Command:   pulumi.ToStringArray([]string{"runbook"}),
			Args:      pulumi.ToStringArray(append(j.args, "--estate", s.Estate)),
			Resources: app.ContainerResourcesArgs{Cpu: pulumi.Float64(1), Memory: pulumi.String("2Gi")},
			Env: app.EnvironmentVarArray{
				// Tells the Azure SDK which identity to sign in with.
				app.EnvironmentVarArgs{Name: pulumi.String("AZURE_CLIENT_ID"), Value: d.workload.ClientID},
				app.EnvironmentVarArgs{Name: pulumi.String("AZURE_TENANT_ID"), Value: pulumi.String(s.Tenant)},
				app.EnvironmentVarArgs{Name: pulumi.String("AZURE_SUBSCRIPTION_ID"), Value: pulumi.String(s.Subscription)},
			},
		}}},
		Tags: s.Tagged(map[string]string{"class": "drills", "purpose": j.name}),
	}, pulumi.Parent(d))
	return err
}
