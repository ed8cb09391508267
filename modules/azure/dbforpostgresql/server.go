package dbforpostgresql

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Server is a PostgreSQL flexible server.
type Server struct {
	pulumi.CustomResourceState

	FullyQualifiedDomainName pulumi.StringOutput    `pulumi:"fullyQualifiedDomainName"`
	Location                 pulumi.StringOutput    `pulumi:"location"`
	Name                     pulumi.StringOutput    `pulumi:"name"`
	State                    pulumi.StringOutput    `pulumi:"state"`
	Tags                     pulumi.StringMapOutput `pulumi:"tags"`
	Type                     pulumi.StringOutput    `pulumi:"type"`
	Version                  pulumi.StringPtrOutput `pulumi:"version"`
}

// ServerArgs are the inputs of a Server.
type ServerArgs struct {
	AdministratorLogin         pulumi.StringPtrInput
	AdministratorLoginPassword pulumi.StringPtrInput
	AuthConfig                 *AuthConfigArgs
	AvailabilityZone           pulumi.StringPtrInput
	Backup                     *BackupArgs
	CreateMode                 pulumi.StringPtrInput // Default, Create, Update, PointInTimeRestore, GeoRestore, Replica
	DataEncryption             *DataEncryptionArgs
	HighAvailability           *HighAvailabilityArgs
	Identity                   *UserAssignedIdentityArgs
	Location                   pulumi.StringPtrInput
	MaintenanceWindow          *MaintenanceWindowArgs
	Network                    *NetworkArgs
	PointInTimeUTC             pulumi.StringPtrInput
	Replica                    *ReplicaArgs
	ReplicationRole            pulumi.StringPtrInput
	ResourceGroupName          pulumi.StringInput    // required
	ServerName                 pulumi.StringPtrInput // unique across Azure
	Sku                        *SkuArgs
	SourceServerResourceId     pulumi.StringPtrInput
	Storage                    *StorageArgs
	Tags                       pulumi.StringMapInput
	Version                    pulumi.StringPtrInput // major version, such as 16
}

type serverArgs struct {
	AdministratorLogin         *string               `pulumi:"administratorLogin"`
	AdministratorLoginPassword *string               `pulumi:"administratorLoginPassword"`
	AuthConfig                 *authConfig           `pulumi:"authConfig"`
	AvailabilityZone           *string               `pulumi:"availabilityZone"`
	Backup                     *backup               `pulumi:"backup"`
	CreateMode                 *string               `pulumi:"createMode"`
	DataEncryption             *dataEncryption       `pulumi:"dataEncryption"`
	HighAvailability           *highAvailability     `pulumi:"highAvailability"`
	Identity                   *userAssignedIdentity `pulumi:"identity"`
	Location                   *string               `pulumi:"location"`
	MaintenanceWindow          *maintenanceWindow    `pulumi:"maintenanceWindow"`
	Network                    *network              `pulumi:"network"`
	PointInTimeUTC             *string               `pulumi:"pointInTimeUTC"`
	Replica                    *replica              `pulumi:"replica"`
	ReplicationRole            *string               `pulumi:"replicationRole"`
	ResourceGroupName          string                `pulumi:"resourceGroupName"`
	ServerName                 *string               `pulumi:"serverName"`
	Sku                        *sku                  `pulumi:"sku"`
	SourceServerResourceId     *string               `pulumi:"sourceServerResourceId"`
	Storage                    *storage              `pulumi:"storage"`
	Tags                       map[string]string     `pulumi:"tags"`
	Version                    *string               `pulumi:"version"`
}

// ElementType returns the plain form that the engine receives.
func (ServerArgs) ElementType() reflect.Type { return reflect.TypeFor[serverArgs]() }

// NewServer registers a flexible server. It fails when a required input is
// missing.
func NewServer(ctx *pulumi.Context, name string, args *ServerArgs, opts ...pulumi.ResourceOption) (*Server, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.AdministratorLoginPassword != nil {
		args.AdministratorLoginPassword = pulumi.ToSecret(args.AdministratorLoginPassword).(pulumi.StringPtrInput)
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource Server
	if err := ctx.RegisterResource("azure-native:dbforpostgresql/v20240801:Server", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}
