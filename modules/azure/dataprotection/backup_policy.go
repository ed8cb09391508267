package dataprotection

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// BackupPolicy says when backups of one kind of data source are taken and how
// long they are kept.
type BackupPolicy struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
	Type pulumi.StringOutput `pulumi:"type"`
}

// BackupPolicyArgs are the inputs of a BackupPolicy.
type BackupPolicyArgs struct {
	BackupPolicyName  pulumi.StringPtrInput
	Properties        *BackupPolicyTypeArgs // required
	ResourceGroupName pulumi.StringInput    // required
	VaultName         pulumi.StringInput    // required
}

type backupPolicyArgs struct {
	BackupPolicyName  *string          `pulumi:"backupPolicyName"`
	Properties        backupPolicyType `pulumi:"properties"`
	ResourceGroupName string           `pulumi:"resourceGroupName"`
	VaultName         string           `pulumi:"vaultName"`
}

// ElementType returns the plain form that the engine receives.
func (BackupPolicyArgs) ElementType() reflect.Type { return reflect.TypeFor[backupPolicyArgs]() }

// NewBackupPolicy registers a policy. It fails when a required input is missing.
func NewBackupPolicy(ctx *pulumi.Context, name string, args *BackupPolicyArgs, opts ...pulumi.ResourceOption) (*BackupPolicy, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.Properties == nil {
		return nil, errors.New("invalid value for required argument 'Properties'")
	}
	if err := inVault(args.ResourceGroupName, args.VaultName); err != nil {
		return nil, err
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource BackupPolicy
	if err := ctx.RegisterResource("azure-native:dataprotection/v20240401:BackupPolicy", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// BackupPolicyTypeArgs are the rules of a policy.
type BackupPolicyTypeArgs struct {
	DatasourceTypes pulumi.StringArrayInput
	ObjectType      pulumi.StringInput // BackupPolicy
	PolicyRules     []PolicyRule
}

type backupPolicyType struct {
	DatasourceTypes []string `pulumi:"datasourceTypes"`
	ObjectType      string   `pulumi:"objectType"`
	PolicyRules     []any    `pulumi:"policyRules"`
}

// ElementType returns the plain form that the engine receives.
func (BackupPolicyTypeArgs) ElementType() reflect.Type { return reflect.TypeFor[backupPolicyType]() }

// PolicyRule is a rule of a policy: AzureBackupRuleArgs or
// AzureRetentionRuleArgs.
type PolicyRule interface {
	pulumi.Input
	policyRule()
}

// AzureBackupRuleArgs say when backups are taken and into which tier.
type AzureBackupRuleArgs struct {
	BackupParameters *AzureBackupParamsArgs
	DataStore        *DataStoreInfoBaseArgs
	Name             pulumi.StringInput
	ObjectType       pulumi.StringInput // AzureBackupRule
	Trigger          *ScheduleBasedTriggerContextArgs
}

type azureBackupRule struct {
	BackupParameters *azureBackupParams           `pulumi:"backupParameters"`
	DataStore        *dataStoreInfoBase           `pulumi:"dataStore"`
	Name             string                       `pulumi:"name"`
	ObjectType       string                       `pulumi:"objectType"`
	Trigger          *scheduleBasedTriggerContext `pulumi:"trigger"`
}

func (AzureBackupRuleArgs) policyRule() {}

// ElementType returns the plain form that the engine receives.
func (AzureBackupRuleArgs) ElementType() reflect.Type { return reflect.TypeFor[azureBackupRule]() }

// AzureRetentionRuleArgs say how long the backups of one tag are kept. The rule
// named Default holds for those without a tag.
type AzureRetentionRuleArgs struct {
	IsDefault  pulumi.BoolPtrInput
	Lifecycles []SourceLifeCycleArgs
	Name       pulumi.StringInput
	ObjectType pulumi.StringInput // AzureRetentionRule
}

type azureRetentionRule struct {
	IsDefault  *bool             `pulumi:"isDefault"`
	Lifecycles []sourceLifeCycle `pulumi:"lifecycles"`
	Name       string            `pulumi:"name"`
	ObjectType string            `pulumi:"objectType"`
}

func (AzureRetentionRuleArgs) policyRule() {}

// ElementType returns the plain form that the engine receives.
func (AzureRetentionRuleArgs) ElementType() reflect.Type {
	return reflect.TypeFor[azureRetentionRule]()
}

// AzureBackupParamsArgs say what kind of backup is taken.
type AzureBackupParamsArgs struct {
	BackupType pulumi.StringInput // Full or Discrete
	ObjectType pulumi.StringInput // AzureBackupParams
}

type azureBackupParams struct {
	BackupType string `pulumi:"backupType"`
	ObjectType string `pulumi:"objectType"`
}

// ElementType returns the plain form that the engine receives.
func (AzureBackupParamsArgs) ElementType() reflect.Type { return reflect.TypeFor[azureBackupParams]() }

// DataStoreInfoBaseArgs name a tier.
type DataStoreInfoBaseArgs struct {
	DataStoreType pulumi.StringInput // VaultStore, OperationalStore or ArchiveStore
	ObjectType    pulumi.StringInput // DataStoreInfoBase
}

type dataStoreInfoBase struct {
	DataStoreType string `pulumi:"dataStoreType"`
	ObjectType    string `pulumi:"objectType"`
}

// ElementType returns the plain form that the engine receives.
func (DataStoreInfoBaseArgs) ElementType() reflect.Type { return reflect.TypeFor[dataStoreInfoBase]() }

// ScheduleBasedTriggerContextArgs take backups on a schedule and tag them.
type ScheduleBasedTriggerContextArgs struct {
	ObjectType      pulumi.StringInput // ScheduleBasedTriggerContext
	Schedule        *BackupScheduleArgs
	TaggingCriteria []TaggingCriteriaArgs
}

type scheduleBasedTriggerContext struct {
	ObjectType      string            `pulumi:"objectType"`
	Schedule        *backupSchedule   `pulumi:"schedule"`
	TaggingCriteria []taggingCriteria `pulumi:"taggingCriteria"`
}

// ElementType returns the plain form that the engine receives.
func (ScheduleBasedTriggerContextArgs) ElementType() reflect.Type {
	return reflect.TypeFor[scheduleBasedTriggerContext]()
}

// BackupScheduleArgs are ISO 8601 repeating intervals, such as
// R/2024-01-07T02:00:00+00:00/P1W.
type BackupScheduleArgs struct {
	RepeatingTimeIntervals pulumi.StringArrayInput
	TimeZone               pulumi.StringPtrInput
}

type backupSchedule struct {
	RepeatingTimeIntervals []string `pulumi:"repeatingTimeIntervals"`
	TimeZone               *string  `pulumi:"timeZone"`
}

// ElementType returns the plain form that the engine receives.
func (BackupScheduleArgs) ElementType() reflect.Type { return reflect.TypeFor[backupSchedule]() }

// TaggingCriteriaArgs give a tag to the backups that meet the criteria, or to
// all that have none.
type TaggingCriteriaArgs struct {
	IsDefault       pulumi.BoolInput
	TagInfo         *RetentionTagArgs
	TaggingPriority pulumi.Float64Input // the lowest number wins; 99 for the default
}

type taggingCriteria struct {
	IsDefault       bool          `pulumi:"isDefault"`
	TagInfo         *retentionTag `pulumi:"tagInfo"`
	TaggingPriority float64       `pulumi:"taggingPriority"`
}

// ElementType returns the plain form that the engine receives.
func (TaggingCriteriaArgs) ElementType() reflect.Type { return reflect.TypeFor[taggingCriteria]() }

// RetentionTagArgs name the retention rule that holds for a tag.
type RetentionTagArgs struct {
	TagName pulumi.StringInput
}

type retentionTag struct {
	TagName string `pulumi:"tagName"`
}

// ElementType returns the plain form that the engine receives.
func (RetentionTagArgs) ElementType() reflect.Type { return reflect.TypeFor[retentionTag]() }

// SourceLifeCycleArgs say when a tier's backups are deleted.
type SourceLifeCycleArgs struct {
	DeleteAfter     *AbsoluteDeleteOptionArgs
	SourceDataStore *DataStoreInfoBaseArgs
}

type sourceLifeCycle struct {
	DeleteAfter     *absoluteDeleteOption `pulumi:"deleteAfter"`
	SourceDataStore *dataStoreInfoBase    `pulumi:"sourceDataStore"`
}

// ElementType returns the plain form that the engine receives.
func (SourceLifeCycleArgs) ElementType() reflect.Type { return reflect.TypeFor[sourceLifeCycle]() }

// AbsoluteDeleteOptionArgs delete a backup at an age, such as P54W.
type AbsoluteDeleteOptionArgs struct {
	Duration   pulumi.StringInput
	ObjectType pulumi.StringInput // AbsoluteDeleteOption
}

type absoluteDeleteOption struct {
	Duration   string `pulumi:"duration"`
	ObjectType string `pulumi:"objectType"`
}

// ElementType returns the plain form that the engine receives.
func (AbsoluteDeleteOptionArgs) ElementType() reflect.Type {
	return reflect.TypeFor[absoluteDeleteOption]()
}

// inVault reports which of the inputs that everything in a vault needs is
// missing.
func inVault(group, vault pulumi.StringInput) error {
	if group == nil {
		return errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if vault == nil {
		return errors.New("invalid value for required argument 'VaultName'")
	}
	return nil
}
