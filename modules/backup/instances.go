package backup

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dataprotection"
	"github.com/tillit-dev/tillit/modules/retention"
	"github.com/tillit-dev/tillit/modules/site"
)

// Built-in roles that the vault's own identity gets on what it protects, by
// their ids in
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles.
const (
	longTermRetention = "c088a766-074b-43ba-90d4-1fb21feae531" // PostgreSQL Flexible Server Long Term Retention Backup Role
	reader            = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
	storageBackup     = "e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1" // Storage Account Backup Contributor
)

// source is something a Backup vault protects.
type source struct {
	name       string // in the estate, such as database
	armName    string
	id         pulumi.StringInput
	region     string
	datasource string // type in the vault
	armType    string
	policy     policy
	containers []string // for blobs
	roles      []grant
}

// policy is when copies are taken and how long each is kept.
type policy struct {
	rule     string // name of the backup rule
	kind     string // Full or Discrete
	schedule string // ISO 8601 repeating interval
	kept     string // ISO 8601 duration
}

// grant is a role on a scope.
type grant struct {
	name, role string
	scope      pulumi.StringInput
}

// protectPostgres takes weekly copies of the whole server, which is as often as
// Azure offers.
func (b *Backup) protectPostgres(ctx *pulumi.Context, vault *dataprotection.BackupVault) error {
	db := b.args.Database
	return b.instance(ctx, vault, source{
		name:       "database",
		armName:    db.Name,
		id:         db.ServerID,
		region:     db.Site.Region,
		datasource: "Microsoft.DBforPostgreSQL/flexibleServers",
		armType:    "Microsoft.DBforPostgreSQL/flexibleServers",
		policy: policy{
			rule: "BackupWeekly", kind: "Full",
			schedule: "R/2024-01-07T03:00:00+00:00/P1W",
			kept:     retention.Weekly(b.keep()),
		},
		roles: []grant{
			{"backup-database", longTermRetention, db.ServerID},
			{"backup-database-group", reader, pulumi.Sprintf("%s/resourceGroups/%s", db.Site.SubscriptionID(), db.Site.Group)},
		},
	})
}

// protectDocuments takes daily copies of every container of the operational
// account into the vault's own storage. The archive protects itself.
func (b *Backup) protectDocuments(ctx *pulumi.Context, vault *dataprotection.BackupVault) error {
	docs := b.args.Documents
	return b.instance(ctx, vault, source{
		name:       "documents",
		armName:    docs.Name,
		id:         docs.AccountID,
		region:     docs.Site.Region,
		datasource: "Microsoft.Storage/storageAccounts/blobServices",
		armType:    "Microsoft.Storage/storageAccounts",
		policy: policy{
			rule: "BackupDaily", kind: "Discrete",
			schedule: "R/2024-01-07T04:00:00+00:00/P1D",
			kept:     retention.Daily(b.keepDaily()),
		},
		containers: docs.Containers,
		roles:      []grant{{"backup-documents", storageBackup, docs.AccountID}},
	})
}

// instance makes the policy of a source, gives the vault the roles it needs and
// puts the source under the policy.
func (b *Backup) instance(ctx *pulumi.Context, vault *dataprotection.BackupVault, from source) error {
	s := b.args.Site
	vaultName := site.Known(ctx, b.vaultName(), vault)
	made, err := dataprotection.NewBackupPolicy(ctx, s.Name("policy", from.name), &dataprotection.BackupPolicyArgs{
		BackupPolicyName:  pulumi.String(from.name),
		ResourceGroupName: s.Group,
		VaultName:         vaultName,
		Properties:        from.policy.args(from.datasource),
	}, pulumi.Parent(b))
	if err != nil {
		return err
	}
	var granted []pulumi.Resource
	for _, g := range from.roles {
		role, err := b.args.Identity.Assign(ctx, g.name, vault.PrincipalId(), "ServicePrincipal", g.role, g.scope)
		if err != nil {
			return err
		}
		granted = append(granted, role)
	}
	what := &dataprotection.DatasourceArgs{
		DatasourceType:   pulumi.String(from.datasource),
		ObjectType:       pulumi.String("Datasource"),
		ResourceID:       from.id,
		ResourceLocation: pulumi.String(from.region),
		ResourceName:     pulumi.String(from.armName),
		ResourceType:     pulumi.String(from.armType),
		ResourceUri:      from.id.ToStringOutput().ToStringPtrOutput(),
	}
	set := *what
	set.ObjectType = pulumi.String("DatasourceSet")
	info := &dataprotection.PolicyInfoArgs{PolicyId: made.ID().ToStringOutput()}
	if from.containers != nil {
		info.PolicyParameters = &dataprotection.PolicyParametersArgs{
			BackupDatasourceParametersList: []dataprotection.BlobBackupDatasourceParametersArgs{{
				ObjectType:     pulumi.String("BlobBackupDatasourceParameters"),
				ContainersList: pulumi.ToStringArray(from.containers),
			}},
		}
	}
	_, err = dataprotection.NewBackupInstance(ctx, s.Name("backup", from.name), &dataprotection.BackupInstanceArgs{
		BackupInstanceName: pulumi.String(from.name + "-" + from.armName),
		ResourceGroupName:  s.Group,
		VaultName:          vaultName,
		Properties: &dataprotection.BackupInstanceTypeArgs{
			ObjectType:        pulumi.String("BackupInstance"),
			FriendlyName:      pulumi.String(from.armName),
			DataSourceInfo:    what,
			DataSourceSetInfo: &set,
			PolicyInfo:        info,
		},
		Tags: b.tags(),
	}, pulumi.Parent(b), pulumi.DependsOn(granted))
	return err
}

// args are the policy as the vault wants it: one schedule, all copies under the
// default tag, one retention.
func (p policy) args(datasource string) *dataprotection.BackupPolicyTypeArgs {
	store := &dataprotection.DataStoreInfoBaseArgs{
		DataStoreType: pulumi.String("VaultStore"),
		ObjectType:    pulumi.String("DataStoreInfoBase"),
	}
	return &dataprotection.BackupPolicyTypeArgs{
		ObjectType:      pulumi.String("BackupPolicy"),
		DatasourceTypes: pulumi.ToStringArray([]string{datasource}),
		PolicyRules: []dataprotection.PolicyRule{
			dataprotection.AzureBackupRuleArgs{
				Name:       pulumi.String(p.rule),
				ObjectType: pulumi.String("AzureBackupRule"),
				BackupParameters: &dataprotection.AzureBackupParamsArgs{
					BackupType: pulumi.String(p.kind),
					ObjectType: pulumi.String("AzureBackupParams"),
				},
				DataStore: store,
				Trigger: &dataprotection.ScheduleBasedTriggerContextArgs{
					ObjectType: pulumi.String("ScheduleBasedTriggerContext"),
					Schedule: &dataprotection.BackupScheduleArgs{
						RepeatingTimeIntervals: pulumi.ToStringArray([]string{p.schedule}),
						TimeZone:               pulumi.String("UTC"),
					},
					TaggingCriteria: []dataprotection.TaggingCriteriaArgs{{
						IsDefault:       pulumi.Bool(true),
						TagInfo:         &dataprotection.RetentionTagArgs{TagName: pulumi.String("Default")},
						TaggingPriority: pulumi.Float64(99),
					}},
				},
			},
			dataprotection.AzureRetentionRuleArgs{
				Name:       pulumi.String("Default"),
				ObjectType: pulumi.String("AzureRetentionRule"),
				IsDefault:  pulumi.Bool(true),
				Lifecycles: []dataprotection.SourceLifeCycleArgs{{
					SourceDataStore: store,
					DeleteAfter: &dataprotection.AbsoluteDeleteOptionArgs{
						ObjectType: pulumi.String("AbsoluteDeleteOption"),
						Duration:   pulumi.String(p.kept),
					},
				}},
			},
		},
	}
}
