package apimanagement

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// AdditionalLocationArgs are one more region that the gateway stands in.
type AdditionalLocationArgs struct {
	DisableGateway              pulumi.BoolPtrInput
	Location                    pulumi.StringInput
	NatGatewayState             pulumi.StringPtrInput
	PublicIpAddressId           pulumi.StringPtrInput
	Sku                         *SkuArgs
	VirtualNetworkConfiguration *VirtualNetworkConfigurationArgs
	Zones                       pulumi.StringArrayInput
}

type additionalLocation struct {
	DisableGateway              *bool                        `pulumi:"disableGateway"`
	Location                    string                       `pulumi:"location"`
	NatGatewayState             *string                      `pulumi:"natGatewayState"`
	PublicIpAddressId           *string                      `pulumi:"publicIpAddressId"`
	Sku                         sku                          `pulumi:"sku"`
	VirtualNetworkConfiguration *virtualNetworkConfiguration `pulumi:"virtualNetworkConfiguration"`
	Zones                       []string                     `pulumi:"zones"`
}

// ElementType returns the plain form that the engine receives.
func (AdditionalLocationArgs) ElementType() reflect.Type {
	return reflect.TypeFor[additionalLocation]()
}

// ApiVersionConstraintArgs refuse older versions of the management API.
type ApiVersionConstraintArgs struct {
	MinApiVersion pulumi.StringPtrInput // such as 2021-08-01
}

type apiVersionConstraint struct {
	MinApiVersion *string `pulumi:"minApiVersion"`
}

// ElementType returns the plain form that the engine receives.
func (ApiVersionConstraintArgs) ElementType() reflect.Type {
	return reflect.TypeFor[apiVersionConstraint]()
}

// HostnameConfigurationArgs give an endpoint of the service a name of its own.
type HostnameConfigurationArgs struct {
	CertificateSource          pulumi.StringPtrInput // Managed, KeyVault, Custom or BuiltIn
	DefaultSslBinding          pulumi.BoolPtrInput
	HostName                   pulumi.StringInput
	IdentityClientId           pulumi.StringPtrInput
	KeyVaultId                 pulumi.StringPtrInput // the certificate's secret id
	NegotiateClientCertificate pulumi.BoolPtrInput
	Type                       pulumi.StringInput // Proxy, Portal, Management, Scm or DeveloperPortal
}

type hostnameConfiguration struct {
	CertificateSource          *string `pulumi:"certificateSource"`
	DefaultSslBinding          *bool   `pulumi:"defaultSslBinding"`
	HostName                   string  `pulumi:"hostName"`
	IdentityClientId           *string `pulumi:"identityClientId"`
	KeyVaultId                 *string `pulumi:"keyVaultId"`
	NegotiateClientCertificate *bool   `pulumi:"negotiateClientCertificate"`
	Type                       string  `pulumi:"type"`
}

// ElementType returns the plain form that the engine receives.
func (HostnameConfigurationArgs) ElementType() reflect.Type {
	return reflect.TypeFor[hostnameConfiguration]()
}

// ServiceIdentityArgs are the identities that the gateway signs in with.
type ServiceIdentityArgs struct {
	Type                   pulumi.StringInput      // SystemAssigned, UserAssigned, both or None
	UserAssignedIdentities pulumi.StringArrayInput // ARM ids
}

type serviceIdentity struct {
	Type                   string   `pulumi:"type"`
	UserAssignedIdentities []string `pulumi:"userAssignedIdentities"`
}

// ElementType returns the plain form that the engine receives.
func (ServiceIdentityArgs) ElementType() reflect.Type { return reflect.TypeFor[serviceIdentity]() }

// SkuArgs are the gateway's tier and its number of units.
type SkuArgs struct {
	Capacity pulumi.IntInput    // units
	Name     pulumi.StringInput // such as Premium, StandardV2 or PremiumV2
}

type sku struct {
	Capacity int    `pulumi:"capacity"`
	Name     string `pulumi:"name"`
}

// ElementType returns the plain form that the engine receives.
func (SkuArgs) ElementType() reflect.Type { return reflect.TypeFor[sku]() }

// VirtualNetworkConfigurationArgs place the gateway in a subnet.
type VirtualNetworkConfigurationArgs struct {
	SubnetResourceId pulumi.StringPtrInput
}

type virtualNetworkConfiguration struct {
	SubnetResourceId *string `pulumi:"subnetResourceId"`
}

// ElementType returns the plain form that the engine receives.
func (VirtualNetworkConfigurationArgs) ElementType() reflect.Type {
	return reflect.TypeFor[virtualNetworkConfiguration]()
}
