package dbforpostgresql

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Database is a database on a flexible server.
type Database struct {
	pulumi.CustomResourceState

	Charset   pulumi.StringPtrOutput `pulumi:"charset"`
	Collation pulumi.StringPtrOutput `pulumi:"collation"`
	Name      pulumi.StringOutput    `pulumi:"name"`
	Type      pulumi.StringOutput    `pulumi:"type"`
}

// DatabaseArgs are the inputs of a Database.
type DatabaseArgs struct {
	Charset           pulumi.StringPtrInput
	Collation         pulumi.StringPtrInput
	DatabaseName      pulumi.StringPtrInput
	ResourceGroupName pulumi.StringInput // required
	ServerName        pulumi.StringInput // required
}

type databaseArgs struct {
	Charset           *string `pulumi:"charset"`
	Collation         *string `pulumi:"collation"`
	DatabaseName      *string `pulumi:"databaseName"`
	ResourceGroupName string  `pulumi:"resourceGroupName"`
	ServerName        string  `pulumi:"serverName"`
}

// ElementType returns the plain form that the engine receives.
func (DatabaseArgs) ElementType() reflect.Type { return reflect.TypeFor[databaseArgs]() }

// NewDatabase registers a database. It fails when a required input is missing.
func NewDatabase(ctx *pulumi.Context, name string, args *DatabaseArgs, opts ...pulumi.ResourceOption) (*Database, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if err := onServer(args.ResourceGroupName, args.ServerName); err != nil {
		return nil, err
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource Database
	if err := ctx.RegisterResource("azure-native:dbforpostgresql/v20240801:Database", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// Configuration is one server parameter of a flexible server.
type Configuration struct {
	pulumi.CustomResourceState

	Name   pulumi.StringOutput    `pulumi:"name"`
	Source pulumi.StringPtrOutput `pulumi:"source"`
	Type   pulumi.StringOutput    `pulumi:"type"`
	Value  pulumi.StringPtrOutput `pulumi:"value"`
}

// ConfigurationArgs are the inputs of a Configuration.
type ConfigurationArgs struct {
	ConfigurationName pulumi.StringPtrInput // the parameter, such as require_secure_transport
	ResourceGroupName pulumi.StringInput    // required
	ServerName        pulumi.StringInput    // required
	Source            pulumi.StringPtrInput // user-override or system-default
	Value             pulumi.StringPtrInput
}

type configurationArgs struct {
	ConfigurationName *string `pulumi:"configurationName"`
	ResourceGroupName string  `pulumi:"resourceGroupName"`
	ServerName        string  `pulumi:"serverName"`
	Source            *string `pulumi:"source"`
	Value             *string `pulumi:"value"`
}

// ElementType returns the plain form that the engine receives.
func (ConfigurationArgs) ElementType() reflect.Type { return reflect.TypeFor[configurationArgs]() }

// NewConfiguration registers a server parameter. It fails when a required input
// is missing.
func NewConfiguration(ctx *pulumi.Context, name string, args *ConfigurationArgs, opts ...pulumi.ResourceOption) (*Configuration, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if err := onServer(args.ResourceGroupName, args.ServerName); err != nil {
		return nil, err
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource Configuration
	if err := ctx.RegisterResource("azure-native:dbforpostgresql/v20240801:Configuration", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// Administrator is an Entra principal that administers a flexible server.
type Administrator struct {
	pulumi.CustomResourceState

	Name          pulumi.StringOutput    `pulumi:"name"`
	ObjectId      pulumi.StringPtrOutput `pulumi:"objectId"`
	PrincipalName pulumi.StringPtrOutput `pulumi:"principalName"`
	PrincipalType pulumi.StringPtrOutput `pulumi:"principalType"`
	Type          pulumi.StringOutput    `pulumi:"type"`
}

// AdministratorArgs are the inputs of an Administrator.
type AdministratorArgs struct {
	ObjectId          pulumi.StringPtrInput // object id in Entra
	PrincipalName     pulumi.StringPtrInput // also the name of the role in PostgreSQL
	PrincipalType     pulumi.StringPtrInput // Group, ServicePrincipal or User
	ResourceGroupName pulumi.StringInput    // required
	ServerName        pulumi.StringInput    // required
	TenantId          pulumi.StringPtrInput
}

type administratorArgs struct {
	ObjectId          *string `pulumi:"objectId"`
	PrincipalName     *string `pulumi:"principalName"`
	PrincipalType     *string `pulumi:"principalType"`
	ResourceGroupName string  `pulumi:"resourceGroupName"`
	ServerName        string  `pulumi:"serverName"`
	TenantId          *string `pulumi:"tenantId"`
}

// ElementType returns the plain form that the engine receives.
func (AdministratorArgs) ElementType() reflect.Type { return reflect.TypeFor[administratorArgs]() }

// NewAdministrator registers an administrator. It fails when a required input is
// missing.
func NewAdministrator(ctx *pulumi.Context, name string, args *AdministratorArgs, opts ...pulumi.ResourceOption) (*Administrator, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if err := onServer(args.ResourceGroupName, args.ServerName); err != nil {
		return nil, err
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource Administrator
	if err := ctx.RegisterResource("azure-native:dbforpostgresql/v20240801:Administrator", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// onServer reports which of the inputs that every part of a server needs is
// missing.
func onServer(group, server pulumi.StringInput) error {
	if group == nil {
		return errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if server == nil {
		return errors.New("invalid value for required argument 'ServerName'")
	}
	return nil
}
