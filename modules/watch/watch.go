package watch

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/site"
)

const day = 24 * time.Hour

// Args describe where logs go and how long they stay.
type Args struct {
	Sites       map[string]site.Site // log site by region; an archive stands in each, since diagnostics reach only their own region
	Primary     string
	Keys        map[string]*keys.Keys // by region; nil means platform keys
	Identity    *identity.Identity    // its workload "logs" encrypts the archives
	Traceable   time.Duration         // log.traceable for; zero keeps Azure's default and exports no activity log
	TamperProof time.Duration         // log.tamper-proof for; zero builds no WORM archive
	Private     bool                  // perimeter.private-data: the workspace is reached over a private link scope
	Alarms      bool                  // continuity.monitored
	Contact     string
	Web         bool          // perimeter.waf: alarm when a request is blocked
	Vaults      bool          // there are key vaults: alarm when a key is refused, deleted or changed
	MaxDrillAge time.Duration // alarm when a drill has not passed for this long; zero sets no alarm
	MaxCopyLag  time.Duration // alarm when the copy at another provider is further behind; zero sets no alarm
}

// Archive is the WORM storage of one region's logs.
type Archive struct {
	AccountID pulumi.StringOutput
	Name      pulumi.StringOutput
}

// Watch holds the workspace, the log archives, the alerts and who is told.
type Watch struct {
	pulumi.ResourceState
	WorkspaceID         pulumi.StringOutput // ARM id
	WorkspaceCustomerID pulumi.StringOutput
	ActionGroupID       pulumi.StringOutput // empty without alarms
	PrivateLinkScopeID  pulumi.StringOutput // empty unless private
	Archives            map[string]Archive  // by region

	args Args
}

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Watch, error) {
	w := &Watch{
		args:               args,
		Archives:           map[string]Archive{},
		ActionGroupID:      pulumi.String("").ToStringOutput(),
		PrivateLinkScopeID: pulumi.String("").ToStringOutput(),
	}
	if args.Alarms && args.Contact == "" {
		return nil, errors.New("watch: alarms need somebody to tell: set contact under tillit:settings")
	}
	if err := ctx.RegisterComponentResource("tillit:modules:Watch", name, w, opts...); err != nil {
		return nil, err
	}
	if err := w.workspace(ctx); err != nil {
		return nil, err
	}
	if args.TamperProof > 0 {
		for _, region := range slices.Sorted(maps.Keys(args.Sites)) {
			if err := w.archive(ctx, region); err != nil {
				return nil, err
			}
		}
	}
	// The workspace's own log says who searched and who deleted.
	if err := w.Diagnose(ctx, "workspace", "azure-native:operationalinsights:Workspace", args.Primary, w.WorkspaceID); err != nil {
		return nil, err
	}
	if args.Traceable > 0 {
		if err := w.activity(ctx); err != nil {
			return nil, err
		}
	}
	if args.Alarms {
		if err := w.alarms(ctx); err != nil {
			return nil, err
		}
	}
	return w, ctx.RegisterResourceOutputs(w, pulumi.Map{"workspaceId": w.WorkspaceID})
}

// home is the site of everything that stands once.
func (w *Watch) home() site.Site { return w.args.Sites[w.args.Primary] }

// activity sends the subscription's activity log, which says who changed what,
// to the workspace and the archive. It has no category groups.
func (w *Watch) activity(ctx *pulumi.Context) error {
	var logs insights.LogSettingsArray
	for _, category := range []string{
		"Administrative", "Alert", "Autoscale", "Policy", "Recommendation", "ResourceHealth", "Security", "ServiceHealth",
	} {
		logs = append(logs, insights.LogSettingsArgs{Category: pulumi.String(category), Enabled: pulumi.Bool(true)})
	}
	args := &insights.DiagnosticSettingArgs{
		Name:        pulumi.String("tillit-" + w.home().Estate),
		ResourceUri: pulumi.String(w.home().SubscriptionID()),
		WorkspaceId: w.WorkspaceID,
		Logs:        logs,
	}
	if archive, ok := w.Archives[w.args.Primary]; ok {
		args.StorageAccountId = archive.AccountID
	}
	_, err := insights.NewDiagnosticSetting(ctx, "activity-log", args, pulumi.Parent(w))
	return err
}
