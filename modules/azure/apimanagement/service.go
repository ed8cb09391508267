package apimanagement

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ApiManagementService is a gateway in front of APIs.
type ApiManagementService struct {
	pulumi.CustomResourceState

	GatewayUrl         pulumi.StringOutput      `pulumi:"gatewayUrl"`
	Location           pulumi.StringOutput      `pulumi:"location"`
	Name               pulumi.StringOutput      `pulumi:"name"`
	PrivateIPAddresses pulumi.StringArrayOutput `pulumi:"privateIPAddresses"`
	Tags               pulumi.StringMapOutput   `pulumi:"tags"`
	Type               pulumi.StringOutput      `pulumi:"type"`
}

// ApiManagementServiceArgs are the inputs of a gateway.
type ApiManagementServiceArgs struct {
	AdditionalLocations         []AdditionalLocationArgs
	ApiVersionConstraint        *ApiVersionConstraintArgs
	CustomProperties            pulumi.StringMapInput // protocols and ciphers, by names such as Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols.Tls11: True or False
	DisableGateway              pulumi.BoolPtrInput
	EnableClientCertificate     pulumi.BoolPtrInput // for the Consumption tier only
	HostnameConfigurations      []HostnameConfigurationArgs
	Identity                    *ServiceIdentityArgs
	Location                    pulumi.StringPtrInput
	NatGatewayState             pulumi.StringPtrInput // Enabled or Disabled
	NotificationSenderEmail     pulumi.StringPtrInput
	PublicIpAddressId           pulumi.StringPtrInput // for the classic tiers in a network
	PublicNetworkAccess         pulumi.StringPtrInput // Enabled or Disabled; cannot be Disabled at creation
	PublisherEmail              pulumi.StringInput    // required
	PublisherName               pulumi.StringInput    // required
	ResourceGroupName           pulumi.StringInput    // required
	Restore                     pulumi.BoolPtrInput   // takes a deleted service back
	ServiceName                 pulumi.StringPtrInput // unique across Azure
	Sku                         *SkuArgs              // required
	Tags                        pulumi.StringMapInput
	VirtualNetworkConfiguration *VirtualNetworkConfigurationArgs
	VirtualNetworkType          pulumi.StringPtrInput // None, External or Internal
	Zones                       pulumi.StringArrayInput
}

type apiManagementServiceArgs struct {
	AdditionalLocations         []additionalLocation         `pulumi:"additionalLocations"`
	ApiVersionConstraint        *apiVersionConstraint        `pulumi:"apiVersionConstraint"`
	CustomProperties            map[string]string            `pulumi:"customProperties"`
	DisableGateway              *bool                        `pulumi:"disableGateway"`
	EnableClientCertificate     *bool                        `pulumi:"enableClientCertificate"`
	HostnameConfigurations      []hostnameConfiguration      `pulumi:"hostnameConfigurations"`
	Identity                    *serviceIdentity             `pulumi:"identity"`
	Location                    *string                      `pulumi:"location"`
	NatGatewayState             *string                      `pulumi:"natGatewayState"`
	NotificationSenderEmail     *string                      `pulumi:"notificationSenderEmail"`
	PublicIpAddressId           *string                      `pulumi:"publicIpAddressId"`
	PublicNetworkAccess         *string                      `pulumi:"publicNetworkAccess"`
	PublisherEmail              string                       `pulumi:"publisherEmail"`
	PublisherName               string                       `pulumi:"publisherName"`
	ResourceGroupName           string                       `pulumi:"resourceGroupName"`
	Restore                     *bool                        `pulumi:"restore"`
	ServiceName                 *string                      `pulumi:"serviceName"`
	Sku                         sku                          `pulumi:"sku"`
	Tags                        map[string]string            `pulumi:"tags"`
	VirtualNetworkConfiguration *virtualNetworkConfiguration `pulumi:"virtualNetworkConfiguration"`
	VirtualNetworkType          *string                      `pulumi:"virtualNetworkType"`
	Zones                       []string                     `pulumi:"zones"`
}

// ElementType returns the plain form that the engine receives.
func (ApiManagementServiceArgs) ElementType() reflect.Type {
	return reflect.TypeFor[apiManagementServiceArgs]()
}

// NewApiManagementService registers a gateway. It fails when a required input is missing.
func NewApiManagementService(ctx *pulumi.Context, name string, args *ApiManagementServiceArgs, opts ...pulumi.ResourceOption) (*ApiManagementService, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.PublisherEmail == nil {
		return nil, errors.New("invalid value for required argument 'PublisherEmail'")
	}
	if args.PublisherName == nil {
		return nil, errors.New("invalid value for required argument 'PublisherName'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.Sku == nil {
		return nil, errors.New("invalid value for required argument 'Sku'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource ApiManagementService
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:ApiManagementService", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}
