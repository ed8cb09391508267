package gateway

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/apimanagement"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/promises"
)

// apiName names the one API there is: the application's, whole.
const apiName = "service"

// rule gives the service its own policy.
func (g *Gateway) rule(ctx *pulumi.Context) error {
	host, err := apimanagement.NewNamedValue(ctx, "application", &apimanagement.NamedValueArgs{
		NamedValueId:      pulumi.String("application"),
		DisplayName:       pulumi.String("application"),
		Value:             g.args.Backend.ToStringOutput().ToStringPtrOutput(),
		ServiceName:       g.service,
		ResourceGroupName: g.args.Site.Group,
	}, pulumi.Parent(g))
	if err != nil {
		return err
	}
	_, err = apimanagement.NewPolicy(ctx, "every-call", &apimanagement.PolicyArgs{
		PolicyId:          pulumi.String("policy"),
		Format:            pulumi.String("rawxml"),
		Value:             pulumi.String(everyCall),
		ServiceName:       g.service,
		ResourceGroupName: g.args.Site.Group,
	}, pulumi.Parent(g), pulumi.DependsOn([]pulumi.Resource{host})) // a policy may name only values that exist
	return err
}

// offer makes the API: whatever path and method, over HTTPS, with a key.
func (g *Gateway) offer(ctx *pulumi.Context) error {
	api, err := apimanagement.NewApi(ctx, "api", &apimanagement.ApiArgs{
		ApiId:                pulumi.String(apiName),
		DisplayName:          pulumi.String(apiName),
		Path:                 pulumi.String(""),
		Protocols:            pulumi.ToStringArray([]string{"https"}),
		SubscriptionRequired: pulumi.Bool(true),
		ServiceName:          g.service,
		ResourceGroupName:    g.args.Site.Group,
	}, pulumi.Parent(g))
	if err != nil {
		return err
	}
	g.api = site.Known(ctx, apiName, api)
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		name := strings.ToLower(method)
		if _, err := apimanagement.NewApiOperation(ctx, "operation-"+name, &apimanagement.ApiOperationArgs{
			OperationId:       pulumi.String(name),
			DisplayName:       pulumi.String(name),
			Method:            pulumi.String(method),
			UrlTemplate:       pulumi.String("/*"),
			ApiId:             g.api,
			ServiceName:       g.service,
			ResourceGroupName: g.args.Site.Group,
		}, pulumi.Parent(g)); err != nil {
			return err
		}
	}
	return nil
}

// everybody is the one product of an estate that does not name its customers.
const everybody = "customers"

// products makes a product for every customer, with the API in it and the first
// key to it.
func (g *Gateway) products(ctx *pulumi.Context) error {
	customers := g.args.Customers
	if len(customers) == 0 {
		customers = map[string]promises.Customer{everybody: {Users: 1}}
	}
	for _, name := range slices.Sorted(maps.Keys(customers)) {
		if err := g.product(ctx, name, customers[name]); err != nil {
			return fmt.Errorf("gateway: %s: %w", name, err)
		}
	}
	return nil
}

func (g *Gateway) product(ctx *pulumi.Context, name string, customer promises.Customer) error {
	args := &apimanagement.ProductArgs{
		ProductId:            pulumi.String(name),
		DisplayName:          pulumi.String(name),
		State:                pulumi.String("published"),
		SubscriptionRequired: pulumi.Bool(true),
		ServiceName:          g.service,
		ResourceGroupName:    g.args.Site.Group,
	}
	if g.args.SubUsers {
		args.ApprovalRequired = pulumi.Bool(true)
		args.SubscriptionsLimit = pulumi.Int(customer.Users)
	}
	made, err := apimanagement.NewProduct(ctx, "product-"+name, args, pulumi.Parent(g))
	if err != nil {
		return err
	}
	product := site.Known(ctx, name, made)
	var addresses []string
	if g.args.AllowList {
		if addresses, err = single(customer.Addresses); err != nil {
			return err
		}
	}
	policy, err := apimanagement.NewProductPolicy(ctx, "calls-of-"+name, &apimanagement.ProductPolicyArgs{
		PolicyId:          pulumi.String("policy"),
		ProductId:         product,
		Format:            pulumi.String("rawxml"),
		Value:             pulumi.String(callsOf(name, addresses)),
		ServiceName:       g.service,
		ResourceGroupName: g.args.Site.Group,
	}, pulumi.Parent(g))
	if err != nil {
		return err
	}
	// No key opens the API before the addresses are checked.
	after := pulumi.DependsOn([]pulumi.Resource{policy})
	if _, err := apimanagement.NewProductApi(ctx, "api-of-"+name, &apimanagement.ProductApiArgs{
		ApiId:             g.api,
		ProductId:         product,
		ServiceName:       g.service,
		ResourceGroupName: g.args.Site.Group,
	}, pulumi.Parent(g), after); err != nil {
		return err
	}
	_, err = apimanagement.NewSubscription(ctx, "key-of-"+name, &apimanagement.SubscriptionArgs{
		Sid:               pulumi.String(name),
		DisplayName:       pulumi.String(name),
		Scope:             site.Known(ctx, "/products/"+name, made),
		State:             pulumi.String("active"),
		AllowTracing:      pulumi.Bool(false),
		ServiceName:       g.service,
		ResourceGroupName: g.args.Site.Group,
	}, pulumi.Parent(g), after)
	return err
}
