package apimanagement_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/apimanagement"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

// The properties that azure-native has for 2024-05-01, those left out that the
// estates do not set and no rule reads: an API's contact, licence, version set,
// sign-in of the developer portal and import of WSDL, an operation's requests
// and responses, a service's own certificates, a named value's tags. Read in
// github.com/pulumi/pulumi-azure-native-sdk/apimanagement/v2/v20240501 and, where
// they are the same, v20220801.
func TestNames(t *testing.T) {
	const policy = ` format policyId resourceGroupName serviceName value`
	const diagnostic = ` alwaysLog diagnosticId httpCorrelationProtocol logClientIp loggerId metrics
		operationNameFormat resourceGroupName serviceName verbosity sampling.percentage sampling.samplingType` + pipelines
	for _, c := range []struct {
		args pulumi.Input
		list string
	}{
		{apimanagement.ApiManagementServiceArgs{}, `
			customProperties disableGateway enableClientCertificate location natGatewayState notificationSenderEmail
			publicIpAddressId publicNetworkAccess publisherEmail publisherName resourceGroupName restore serviceName
			tags virtualNetworkType zones apiVersionConstraint.minApiVersion
			identity.type identity.userAssignedIdentities sku.capacity sku.name virtualNetworkConfiguration.subnetResourceId
			hostnameConfigurations[].certificateSource hostnameConfigurations[].defaultSslBinding
			hostnameConfigurations[].hostName hostnameConfigurations[].identityClientId hostnameConfigurations[].keyVaultId
			hostnameConfigurations[].negotiateClientCertificate hostnameConfigurations[].type
			additionalLocations[].disableGateway additionalLocations[].location additionalLocations[].natGatewayState
			additionalLocations[].publicIpAddressId additionalLocations[].zones additionalLocations[].sku.capacity
			additionalLocations[].sku.name additionalLocations[].virtualNetworkConfiguration.subnetResourceId`},
		{apimanagement.ApiArgs{}, `
			apiId apiRevision apiRevisionDescription apiType apiVersion apiVersionDescription apiVersionSetId description
			displayName format isCurrent path protocols resourceGroupName serviceName serviceUrl sourceApiId
			subscriptionRequired termsOfServiceUrl value
			subscriptionKeyParameterNames.header subscriptionKeyParameterNames.query`},
		{apimanagement.ApiOperationArgs{}, `
			apiId description displayName method operationId resourceGroupName serviceName urlTemplate
			templateParameters[].defaultValue templateParameters[].description templateParameters[].name
			templateParameters[].required templateParameters[].type templateParameters[].values`},
		{apimanagement.ProductArgs{}, `
			approvalRequired description displayName productId resourceGroupName serviceName state subscriptionRequired
			subscriptionsLimit terms`},
		{apimanagement.ProductApiArgs{}, `apiId productId resourceGroupName serviceName`},
		{apimanagement.SubscriptionArgs{}, `
			allowTracing appType displayName notify ownerId primaryKey resourceGroupName scope secondaryKey serviceName
			sid state`},
		{apimanagement.PolicyArgs{}, policy},
		{apimanagement.ProductPolicyArgs{}, `productId` + policy},
		{apimanagement.ApiPolicyArgs{}, `apiId` + policy},
		{apimanagement.ApiOperationPolicyArgs{}, `apiId operationId` + policy},
		{apimanagement.DiagnosticArgs{}, diagnostic},
		{apimanagement.ApiDiagnosticArgs{}, `apiId` + diagnostic},
		{apimanagement.LoggerArgs{}, `
			credentials description isBuffered loggerId loggerType resourceGroupName resourceId serviceName`},
		{apimanagement.NamedValueArgs{}, `
			displayName namedValueId resourceGroupName secret serviceName value keyVault.identityClientId
			keyVault.secretIdentifier`},
	} {
		moduletest.Spelled(t, c.args, c.list)
	}
}

const pipelines = `
	frontend.request.body.bytes frontend.request.headers
	frontend.request.dataMasking.headers[].mode frontend.request.dataMasking.headers[].value
	frontend.request.dataMasking.queryParams[].mode frontend.request.dataMasking.queryParams[].value
	frontend.response.body.bytes frontend.response.headers
	frontend.response.dataMasking.headers[].mode frontend.response.dataMasking.headers[].value
	frontend.response.dataMasking.queryParams[].mode frontend.response.dataMasking.queryParams[].value
	backend.request.body.bytes backend.request.headers
	backend.request.dataMasking.headers[].mode backend.request.dataMasking.headers[].value
	backend.request.dataMasking.queryParams[].mode backend.request.dataMasking.queryParams[].value
	backend.response.body.bytes backend.response.headers
	backend.response.dataMasking.headers[].mode backend.response.dataMasking.headers[].value
	backend.response.dataMasking.queryParams[].mode backend.response.dataMasking.queryParams[].value`

func TestRequired(t *testing.T) {
	text := pulumi.String("x")
	for i, err := range []error{
		second(apimanagement.NewApiManagementService(nil, "x", nil)),
		second(apimanagement.NewApiManagementService(nil, "x", &apimanagement.ApiManagementServiceArgs{
			PublisherEmail: text, PublisherName: text, ResourceGroupName: text,
		})),
		second(apimanagement.NewApi(nil, "x", nil)),
		second(apimanagement.NewApi(nil, "x", &apimanagement.ApiArgs{ResourceGroupName: text, ServiceName: text})),
		second(apimanagement.NewApiOperation(nil, "x", &apimanagement.ApiOperationArgs{ApiId: text})),
		second(apimanagement.NewProduct(nil, "x", &apimanagement.ProductArgs{ResourceGroupName: text, ServiceName: text})),
		second(apimanagement.NewProductApi(nil, "x", &apimanagement.ProductApiArgs{ApiId: text, ResourceGroupName: text, ServiceName: text})),
		second(apimanagement.NewSubscription(nil, "x", &apimanagement.SubscriptionArgs{DisplayName: text, ResourceGroupName: text, ServiceName: text})),
		second(apimanagement.NewPolicy(nil, "x", &apimanagement.PolicyArgs{ResourceGroupName: text, ServiceName: text})),
		second(apimanagement.NewProductPolicy(nil, "x", &apimanagement.ProductPolicyArgs{ResourceGroupName: text, ServiceName: text, Value: text})),
		second(apimanagement.NewApiPolicy(nil, "x", &apimanagement.ApiPolicyArgs{ResourceGroupName: text, ServiceName: text, Value: text})),
		second(apimanagement.NewApiOperationPolicy(nil, "x", &apimanagement.ApiOperationPolicyArgs{ApiId: text, ResourceGroupName: text, ServiceName: text, Value: text})),
		second(apimanagement.NewDiagnostic(nil, "x", &apimanagement.DiagnosticArgs{ResourceGroupName: text, ServiceName: text})),
		second(apimanagement.NewApiDiagnostic(nil, "x", &apimanagement.ApiDiagnosticArgs{LoggerId: text, ResourceGroupName: text, ServiceName: text})),
		second(apimanagement.NewLogger(nil, "x", &apimanagement.LoggerArgs{ResourceGroupName: text, ServiceName: text})),
		second(apimanagement.NewNamedValue(nil, "x", &apimanagement.NamedValueArgs{ResourceGroupName: text, ServiceName: text})),
	} {
		if err == nil {
			t.Errorf("%d: missing arguments were taken", i)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Keys and credentials are secret from the start, and nothing that was not given
// is sent.
func TestSecrets(t *testing.T) {
	inv, err := moduletest.Plan(t, func(ctx *pulumi.Context, _ *moduletest.Ground) error {
		name, group := pulumi.String("gateway"), pulumi.String("group")
		if _, err := apimanagement.NewSubscription(ctx, "key", &apimanagement.SubscriptionArgs{
			ResourceGroupName: group, ServiceName: name, Sid: pulumi.String("key"), DisplayName: pulumi.String("key"),
			Scope: pulumi.String("/products/p"), PrimaryKey: pulumi.String("hidden"),
		}); err != nil {
			return err
		}
		_, err := apimanagement.NewLogger(ctx, "logger", &apimanagement.LoggerArgs{
			ResourceGroupName: group, ServiceName: name, LoggerId: pulumi.String("hub"), LoggerType: pulumi.String("azureEventHub"),
			Credentials: pulumi.StringMap{"connectionString": pulumi.String("hidden")},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	secret := map[string]any{"$secret": true}
	moduletest.Want(t, moduletest.One(t, inv, "apimanagement:Subscription", "key"), map[string]any{
		"primaryKey": secret, "secondaryKey": nil, "allowTracing": nil, "scope": "/products/p",
	})
	moduletest.Want(t, moduletest.One(t, inv, "apimanagement:Logger", "logger"), map[string]any{"credentials": secret})
}
