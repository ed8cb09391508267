package network

import (
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// spokes makes the region's networks for data and for what runs, behind the
// inner hub.
func (n *Network) spokes(r *region) error {
	var dns []string
	if n.args.Layers > 0 {
		dns = []string{r.plan.innerAddress()}
	}
	var err error
	if r.data, err = n.spoke(r, "data", r.plan.data(), dns, []spokeSubnet{
		{purpose: "endpoints", prefix: r.plan.endpoints(), rules: n.endpointRules()},
		{purpose: "database", prefix: r.plan.database(), rules: n.databaseRules(r), delegate: "Microsoft.DBforPostgreSQL/flexibleServers"},
	}); err != nil {
		return err
	}
	apps := []spokeSubnet{
		{purpose: "jobs", prefix: r.plan.jobs(), rules: n.jobRules(r), delegate: "Microsoft.App/environments"},
		{purpose: "application", prefix: r.plan.application(), rules: n.appRules(r, r.plan.application())},
	}
	if n.gatewayIn(r) {
		apps = append(apps, n.gatewaySubnet(r))
	}
	r.apps, err = n.spoke(r, "apps", r.plan.apps(), dns, apps)
	return err
}

type spokeSubnet struct {
	purpose, prefix string
	rules           []rule
	delegate        string // service that the subnet is handed over to
}

func (n *Network) spoke(r *region, purpose, prefix string, dns []string, subnets []spokeSubnet) (*vnet, error) {
	v, err := n.vnet(r, purpose, prefix, dns...)
	if err != nil {
		return nil, err
	}
	var table pulumi.StringOutput
	if n.args.Layers > 0 {
		table, err = n.routes(r, purpose, true, hop("default", "0.0.0.0/0", r.plan.innerAddress()))
		if err != nil {
			return nil, err
		}
	}
	for _, s := range subnets {
		group, err := n.securityGroup(r, s.purpose, s.rules)
		if err != nil {
			return nil, err
		}
		args := network.SubnetArgs{NetworkSecurityGroup: network.NetworkSecurityGroupTypeArgs{Id: group}}
		if n.args.Layers > 0 {
			args.RouteTable = network.RouteTableTypeArgs{Id: table}
		}
		if s.delegate != "" {
			args.Delegations = network.DelegationArray{network.DelegationArgs{
				Name: pulumi.String(s.purpose), ServiceName: pulumi.String(s.delegate),
			}}
		}
		id, err := n.subnet(v, s.purpose, s.prefix, args)
		if err != nil {
			return nil, err
		}
		r.subnets[s.purpose] = id
	}
	return v, n.peer(r.inner, v)
}
