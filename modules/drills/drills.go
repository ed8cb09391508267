package drills

import (
	"errors"
	"fmt"
	"time"

	app "github.com/pulumi/pulumi-azure-native-sdk/app/v2/v20240301"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/network"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/modules/watch"
	"github.com/tillit-dev/tillit/promises"
)

// Args describe the scheduled drills.
type Args struct {
	Site     site.Site
	Image    string        // runbook image
	Every    time.Duration // backup.tested every; zero schedules nothing
	Drills   []string      // drill names, a job each
	Network  *network.Network
	Identity *identity.Identity // its workload "drill" runs the jobs
	Watch    *watch.Watch
	Reach    []pulumi.StringInput // scopes the drill identity reads and restores from
	Look     []pulumi.StringInput // scopes of which it reads the settings only
	Blobs    []pulumi.StringInput // accounts whose blobs it reads
	Beat     []pulumi.StringInput // accounts that get heartbeats
	Join     []pulumi.StringInput // scopes that what is restored has to join; may be none
	ReadSQL  []pulumi.StringInput // scopes with Azure SQL servers and copies that it reads; may be none
	SQL      []pulumi.StringInput // Azure SQL servers on which it restores; may be none
	// Redundant spreads the environment over zones (continuity.redundant).
	Redundant bool
}

// Drills is a Container Apps environment with a scheduled job per drill.
type Drills struct {
	pulumi.ResourceState
	EnvironmentID pulumi.StringOutput // also the private origin of the application
	DefaultDomain pulumi.StringOutput
	Workbench     pulumi.StringOutput // ARM id of the resource group in which drills make things

	args     Args
	workload identity.Workload
}

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Drills, error) {
	workload, ok := args.Identity.Workloads["drill"]
	if !ok {
		return nil, errors.New(`drills: there is no identity for the workload "drill"`)
	}
	d := &Drills{
		Workbench: pulumi.Sprintf("%s/resourceGroups/%s", args.Site.SubscriptionID(), args.Site.Group),
		args:      args, workload: workload,
	}
	if err := ctx.RegisterComponentResource("tillit:modules:Drills", name, d, opts...); err != nil {
		return nil, err
	}
	if err := d.build(ctx); err != nil {
		return nil, fmt.Errorf("drills: %w", err)
	}
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{"environmentId": d.EnvironmentID})
}

func (d *Drills) build(ctx *pulumi.Context) error {
	environment, err := d.environment(ctx)
	if err != nil {
		return err
	}
	d.DefaultDomain = environment.DefaultDomain
	d.EnvironmentID = environment.ID().ToStringOutput()
	if len(d.args.Drills) == 0 {
		return nil
	}
	if err := d.permit(ctx); err != nil {
		return err
	}
	return d.jobs(ctx)
}

// environment is where jobs and the application run: in a subnet of the inner
// network, without a public address, with TLS inside too, and spread over zones
// where that is promised.
func (d *Drills) environment(ctx *pulumi.Context) (*app.ManagedEnvironment, error) {
	s := d.args.Site
	subnet, err := d.args.Network.Subnet(s.Region, "jobs")
	if err != nil {
		return nil, err
	}
	environment, err := app.NewManagedEnvironment(ctx, s.Name("environment"), &app.ManagedEnvironmentArgs{
		EnvironmentName:   pulumi.String(s.Name("cae", s.Estate)),
		ResourceGroupName: s.Group,
		Location:          pulumi.String(s.Region),
		ZoneRedundant:     pulumi.Bool(d.args.Redundant && promises.Regions()[s.Region].Zones > 1),
		VnetConfiguration: app.VnetConfigurationArgs{InfrastructureSubnetId: subnet, Internal: pulumi.Bool(true)},
		WorkloadProfiles: app.WorkloadProfileArray{
			app.WorkloadProfileArgs{Name: pulumi.String(profile), WorkloadProfileType: pulumi.String(profile)},
		},
		// Logs leave through a diagnostic setting, which needs no shared key.
		AppLogsConfiguration:     app.AppLogsConfigurationArgs{Destination: pulumi.String("azure-monitor")},
		PeerTrafficConfiguration: app.ManagedEnvironmentPeerTrafficConfigurationArgs{Encryption: app.ManagedEnvironmentEncryptionArgs{Enabled: pulumi.Bool(true)}},
		Tags:                     s.Tagged(map[string]string{"class": "drills"}),
	}, pulumi.Parent(d))
	if err != nil {
		return nil, err
	}
	return environment, d.args.Watch.Diagnose(ctx, s.Name("environment"), "azure-native:app:ManagedEnvironment", s.Region, environment.ID().ToStringOutput())
}

// profile is the workload profile that costs nothing while nothing runs.
const profile = "Consumption"
