package variants

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/apimanagement"
	"github.com/tillit-dev/tillit/promises"
)

// gateway are the broken variants of what is promised at the API gateway:
// perimeter.allow-list, identity.sub-users and log.opt-out, and of what else is
// promised where there is one.
func gateway(d *promises.Declaration) []Variant {
	if d.Has("perimeter.allow-list") || d.Has("identity.sub-users") || d.Has("log.opt-out") {
		return slices.Concat(atGateway, besideGateway)
	}
	return nil
}

var besideGateway = []Variant{
	{
		Promise: "residency.primary", Kind: Bypassed, Name: "a gateway outside the union too", Rule: "residency/primary-region",
		edit: on("", func(a *apimanagement.ApiManagementServiceArgs) {
			a.AdditionalLocations = []apimanagement.AdditionalLocationArgs{{Location: pulumi.String("eastus"), Sku: a.Sku}}
		}),
	},
	{
		Promise: "perimeter.waf", Kind: Bypassed, Name: "a gateway that all reach", Rule: "perimeter/gateway-is-private",
		edit: on("", func(a *apimanagement.ApiManagementServiceArgs) { a.VirtualNetworkType = pulumi.String("External") }),
	},
	{
		Promise: "crypto.transit", Kind: Weakened, Name: "a gateway that speaks old TLS", Rule: "crypto/gateway-tls",
		edit: on("", func(a *apimanagement.ApiManagementServiceArgs) {
			a.CustomProperties = pulumi.StringMap{
				"Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols.Tls10": pulumi.String("True"),
			}
		}),
	},
	{
		Promise: "crypto.transit", Kind: Bypassed, Name: "an API over plain HTTP", Rule: "crypto/gateway-tls",
		edit: on("", func(a *apimanagement.ApiArgs) { a.Protocols = pulumi.ToStringArray([]string{"http", "https"}) }),
	},
}

var atGateway = []Variant{
	{
		Promise: "perimeter.allow-list", Kind: Missing, Name: "no addresses", Rule: "perimeter/allow-list",
		declare: without("perimeter.allow-list"),
	},
	{
		Promise: "perimeter.allow-list", Kind: Weakened, Name: "calls without a key", Rule: "perimeter/keys-required",
		edit: on("", func(a *apimanagement.ApiArgs) { a.SubscriptionRequired = pulumi.Bool(false) }),
	},
	{
		Promise: "perimeter.allow-list", Kind: Weakened, Name: "an open product", Rule: "perimeter/keys-required",
		edit: on("", func(a *apimanagement.ProductArgs) { a.SubscriptionRequired = pulumi.Bool(false) }),
	},
	{
		Promise: "perimeter.allow-list", Kind: Weakened, Name: "everybody's addresses", Rule: "perimeter/allow-list",
		edit: on("", func(a *apimanagement.ProductPolicyArgs) {
			a.Value = inbound(`<base /><ip-filter action="allow"><address-range from="0.0.0.0" to="255.255.255.255" /></ip-filter>`)
		}),
	},
	{
		Promise: "perimeter.allow-list", Kind: Weakened, Name: "what the caller says of itself", Rule: "perimeter/allow-list",
		edit: on("", func(a *apimanagement.ProductPolicyArgs) {
			a.Value = inbound(`<base /><check-header name="X-Forwarded-For" failed-check-httpcode="403" failed-check-error-message="no" ignore-case="true"><value>203.0.113.7</value></check-header>`)
		}),
	},
	{
		Promise: "perimeter.allow-list", Kind: Weakened, Name: "the key for everything works", Rule: "perimeter/allow-list",
		edit: on("", func(a *apimanagement.PolicyArgs) {
			a.Value = inbound(`<set-backend-service base-url="https://{{application}}" />`)
		}),
	},
	{
		Promise: "perimeter.allow-list", Kind: Bypassed, Name: "a key to every API", Rule: "perimeter/allow-list",
		add: key("/apis"),
	},
	{
		Promise: "perimeter.allow-list", Kind: Bypassed, Name: "an API past its product's policy", Rule: "perimeter/allow-list",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := apimanagement.NewApiPolicy(ctx, name, &apimanagement.ApiPolicyArgs{
				ResourceGroupName: pulumi.String("rg-side"), ServiceName: pulumi.String("side-door"), ApiId: pulumi.String("side"),
				PolicyId: pulumi.String("policy"), Format: pulumi.String("rawxml"), Value: inbound(`<rate-limit calls="10" renewal-period="60" />`),
			})
			return err
		},
	},
	{
		Promise: "perimeter.allow-list", Kind: Bypassed, Name: "a gateway that all reach", Rule: "perimeter/allow-list",
		edit: on("", func(a *apimanagement.ApiManagementServiceArgs) { a.VirtualNetworkType = pulumi.String("External") }),
	},
	{
		Promise: "identity.sub-users", Kind: Missing, Name: "keys not counted", Rule: "identity/sub-users",
		edit: on("", func(a *apimanagement.ProductArgs) { a.SubscriptionsLimit = nil }),
	},
	{
		Promise: "identity.sub-users", Kind: Weakened, Name: "keys nobody approves", Rule: "identity/sub-users",
		edit: on("", func(a *apimanagement.ProductArgs) { a.ApprovalRequired = pulumi.Bool(false) }),
	},
	{
		Promise: "identity.sub-users", Kind: Bypassed, Name: "a key to everything", Rule: "identity/sub-users",
		add: key("/"),
	},
	{
		Promise: "log.opt-out", Kind: Missing, Name: "the gateway is not told", Rule: "log/no-request-data",
		declare: without("log.opt-out"),
	},
	{
		Promise: "log.opt-out", Kind: Weakened, Name: "bodies are logged", Rule: "log/no-request-data",
		edit: on("", func(a *apimanagement.DiagnosticArgs) {
			a.Frontend = &apimanagement.PipelineArgs{Request: &apimanagement.MessageArgs{Body: &apimanagement.BodyArgs{Bytes: pulumi.Int(8192)}}}
		}),
	},
	{
		Promise: "log.opt-out", Kind: Weakened, Name: "addresses are logged", Rule: "log/no-request-data",
		edit: on("", func(a *apimanagement.DiagnosticArgs) { a.LogClientIp = pulumi.Bool(true) }),
	},
	{
		Promise: "log.opt-out", Kind: Bypassed, Name: "one API logs bodies", Rule: "log/no-request-data",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := apimanagement.NewApiDiagnostic(ctx, name, &apimanagement.ApiDiagnosticArgs{
				ResourceGroupName: pulumi.String("rg-side"), ServiceName: pulumi.String("side-door"), ApiId: pulumi.String("side"),
				DiagnosticId: pulumi.String("applicationinsights"), LoggerId: pulumi.String("insights"), LogClientIp: pulumi.Bool(false),
				Backend: &apimanagement.PipelineArgs{Response: &apimanagement.MessageArgs{Body: &apimanagement.BodyArgs{Bytes: pulumi.Int(1024)}}},
			})
			return err
		},
	},
	{
		Promise: "log.opt-out", Kind: Bypassed, Name: "a policy sends requests away", Rule: "log/no-request-data",
		edit: on("", func(a *apimanagement.ProductPolicyArgs) {
			text, _ := a.Value.(pulumi.String)
			a.Value = pulumi.String(strings.Replace(string(text), "</inbound>", `<log-to-eventhub logger-id="hub">@(context.Request.Body.As&lt;string&gt;(true))</log-to-eventhub></inbound>`, 1))
		}),
	},
}

// inbound is a policy document that does one thing with a call.
func inbound(does string) pulumi.String {
	return pulumi.String("<policies><inbound>" + does + "</inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>")
}

// key is one more key of a gateway.
func key(scope string) func(*pulumi.Context, string) error {
	return func(ctx *pulumi.Context, name string) error {
		_, err := apimanagement.NewSubscription(ctx, name, &apimanagement.SubscriptionArgs{
			ResourceGroupName: pulumi.String("rg-side"), ServiceName: pulumi.String("side-door"), Sid: pulumi.String("side"),
			DisplayName: pulumi.String("side"), Scope: pulumi.String(scope), State: pulumi.String("active"),
		})
		return err
	}
}
