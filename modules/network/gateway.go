package network

import "github.com/pulumi/pulumi-azure-native-sdk/network/v2"

// gatewayIn tells whether the API gateway stands in a region.
func (n *Network) gatewayIn(r *region) bool {
	return n.args.Gateway && r.site.Region == n.args.Primary
}

// gatewaySubnet is the gateway's own: a gateway of a v2 tier wants a subnet that
// is handed over to the service and holds nothing else.
//
// Source: MicrosoftDocs/azure-docs articles/api-management/inject-vnet-v2.md (03e5750a).
func (n *Network) gatewaySubnet(r *region) spokeSubnet {
	return spokeSubnet{
		purpose:  "gateway",
		prefix:   r.plan.gateway(),
		rules:    n.gatewayRules(r),
		delegate: "Microsoft.Web/hostingEnvironments",
	}
}

// gatewayRules: nobody comes in over the network, since Front Door comes over
// private link. A header by which Front Door names the caller could otherwise
// come from anybody inside. Out go calls to the application, and what the
// service keeps in storage and reads from vaults.
func (n *Network) gatewayRules(r *region) []rule {
	own := []string{r.plan.gateway()}
	return []rule{
		{name: "own-subnet", in: true, peers: own},
		{name: "load-balancer", in: true, peers: []string{"AzureLoadBalancer"}},
		{name: "own-subnet", peers: own},
		{name: "application", peers: n.everywhere(plan.endpoints), ports: []string{"443"}},
		{name: "storage", peers: []string{"Storage"}, ports: []string{"443"}},
		{name: "secrets", peers: []string{"AzureKeyVault"}, ports: []string{"443"}},
		n.names(r),
	}
}

// egressGateway lets the gateway's own service reach what it runs on.
func (n *Network) egressGateway(r *region) network.FirewallPolicyFilterRuleCollectionArgs {
	own := []string{r.plan.gateway()}
	return collection("egress-gateway", 230,
		flow{"gateway-storage", own, []string{"Storage"}, []string{"443"}},
		flow{"gateway-secrets", own, []string{"AzureKeyVault"}, []string{"443"}},
	)
}
