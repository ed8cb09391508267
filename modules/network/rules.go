package network

import (
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// flow is traffic that a firewall lets through; what no flow names is denied.
type flow struct {
	name  string
	from  []string // address prefixes
	to    []string // address prefixes or service tags
	ports []string
}

// egressNetwork lets the database's own service reach what Azure needs it to:
// storage for its backups and Entra for sign-in.
//
// Source: https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-networking-private.
func (n *Network) egressNetwork(r *region) network.FirewallPolicyFilterRuleCollectionArgs {
	return collection("egress-services", 200,
		flow{"database-backups", []string{r.plan.database()}, []string{"Storage"}, []string{"443"}},
		flow{"database-sign-in", []string{r.plan.database()}, []string{"AzureActiveDirectory"}, []string{"443"}},
		flow{"apps-sign-in", []string{r.plan.apps()}, []string{"AzureActiveDirectory"}, []string{"443"}},
		flow{"apps-management", []string{r.plan.apps()}, []string{"AzureResourceManager"}, []string{"443"}},
		flow{"apps-telemetry", []string{r.plan.apps()}, []string{"AzureMonitor"}, []string{"443"}},
	)
}

// eastWest lets applications reach data, and a database its copy, in every
// region.
func (n *Network) eastWest() network.FirewallPolicyFilterRuleCollectionArgs {
	apps, data := n.everywhere(plan.apps), n.everywhere(plan.database)
	return collection("east-west", 210,
		flow{"apps-to-endpoints", apps, n.everywhere(plan.endpoints), []string{"443", "1433"}},
		flow{"apps-to-database", apps, data, []string{"5432", "6432"}},
		flow{"database-replication", data, data, []string{"5432"}},
	)
}

func collection(name string, priority int, flows ...flow) network.FirewallPolicyFilterRuleCollectionArgs {
	var rules pulumi.Array
	for _, f := range flows {
		rules = append(rules, network.NetworkRuleArgs{
			RuleType:             pulumi.String("NetworkRule"),
			Name:                 pulumi.String(f.name),
			IpProtocols:          pulumi.ToStringArray([]string{"TCP"}),
			SourceAddresses:      pulumi.ToStringArray(f.from),
			DestinationAddresses: pulumi.ToStringArray(f.to),
			DestinationPorts:     pulumi.ToStringArray(f.ports),
		})
	}
	return allow(name, priority, rules)
}

// egressApplication lets the container platform fetch its images, by name and
// over TLS only.
//
// Source: https://learn.microsoft.com/azure/container-apps/use-azure-firewall.
func (n *Network) egressApplication(r *region) network.FirewallPolicyFilterRuleCollectionArgs {
	hosts := append([]string{
		"mcr.microsoft.com", "*.data.mcr.microsoft.com",
		"login.microsoft.com", "*.login.microsoft.com", "*.identity.azure.net",
	}, n.args.Registries...)
	return allow("egress-images", 300, pulumi.Array{network.ApplicationRuleArgs{
		RuleType:        pulumi.String("ApplicationRule"),
		Name:            pulumi.String("images"),
		SourceAddresses: pulumi.ToStringArray([]string{r.plan.apps()}),
		TargetFqdns:     pulumi.ToStringArray(hosts),
		Protocols: network.FirewallPolicyRuleApplicationProtocolArray{network.FirewallPolicyRuleApplicationProtocolArgs{
			ProtocolType: pulumi.String("Https"), Port: pulumi.Int(443),
		}},
	}})
}

func allow(name string, priority int, rules pulumi.Array) network.FirewallPolicyFilterRuleCollectionArgs {
	return network.FirewallPolicyFilterRuleCollectionArgs{
		RuleCollectionType: pulumi.String("FirewallPolicyFilterRuleCollection"),
		Name:               pulumi.String(name),
		Priority:           pulumi.Int(priority),
		Action:             network.FirewallPolicyFilterRuleCollectionActionArgs{Type: pulumi.String("Allow")},
		Rules:              rules,
	}
}
