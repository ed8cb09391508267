package network

import (
	"fmt"

	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
)

const (
	blobZone  = "privatelink.blob.core.windows.net"
	queueZone = "privatelink.queue.core.windows.net"
)

// backupRegions are the codes that Azure Backup has for regions in its zone
// names. Source: https://learn.microsoft.com/azure/backup/scripts/geo-code-list.
var backupRegions = map[string]string{
	"francecentral":      "frc",
	"germanywestcentral": "gwc",
	"italynorth":         "itn",
	"northeurope":        "ne",
	"norwayeast":         "nwe",
	"norwaywest":         "nww",
	"polandcentral":      "plc",
	"spaincentral":       "spc",
	"swedencentral":      "sdc",
	"switzerlandnorth":   "szn",
	"uksouth":            "uks",
	"westeurope":         "we",
}

// zoneNames lists the private DNS zones of a private link group for a target in
// a region. Source: https://learn.microsoft.com/azure/private-link/private-endpoint-dns.
func (n *Network) zoneNames(group, region string) ([]string, error) {
	switch group {
	case "blob":
		return []string{blobZone}, nil
	case "queue":
		return []string{queueZone}, nil
	case "vault":
		return []string{"privatelink.vaultcore.azure.net"}, nil
	case "sqlServer":
		return []string{"privatelink.database.windows.net"}, nil
	case "postgresqlServer":
		// A server in a delegated subnet has no endpoint; its zone need only end so.
		return []string{n.args.Sites[n.args.Primary].Estate + ".private.postgres.database.azure.com"}, nil
	case "azuremonitor":
		return []string{
			"privatelink.monitor.azure.com",
			"privatelink.oms.opinsights.azure.com",
			"privatelink.ods.opinsights.azure.com",
			"privatelink.agentsvc.azure-automation.net",
			blobZone,
		}, nil
	case "managedEnvironments":
		return []string{"privatelink." + region + ".azurecontainerapps.io"}, nil
	case "AzureBackup":
		code, ok := backupRegions[region]
		if !ok {
			return nil, fmt.Errorf("network: Azure Backup's private zone in %s is not known", region)
		}
		return []string{"privatelink." + code + ".backup.windowsazure.com", blobZone, queueZone}, nil
	}
	return nil, fmt.Errorf("network: %q is no private link group of the estate", group)
}

// Zone returns the id of the private DNS zone of a private link group, such as
// blob, vault, sqlServer, postgresqlServer, AzureBackup. The zone is made on
// first use.
func (n *Network) Zone(group string) (pulumi.StringOutput, error) {
	names, err := n.zoneNames(group, n.args.Primary)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return n.zone(names[0])
}

// zone makes a private DNS zone and links it to the networks that ask Azure's
// DNS: the inner hubs, whose firewalls answer for the spokes. A database in a
// subnet of its own wants its zone linked to that network too, and without
// firewalls the spokes ask for themselves.
func (n *Network) zone(name string) (pulumi.StringOutput, error) {
	if id, ok := n.zones[name]; ok {
		return id, nil
	}
	home := n.args.Sites[n.args.Primary]
	made, err := network.NewPrivateZone(n.ctx, "zone-"+name, &network.PrivateZoneArgs{
		PrivateZoneName:   pulumi.String(name),
		ResourceGroupName: home.Group,
		Location:          pulumi.String("Global"),
		Tags:              home.Tagged(map[string]string{"purpose": "names"}),
	}, pulumi.Parent(n))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	var links []pulumi.Resource
	for _, region := range n.order() {
		r := n.regions[region]
		for _, v := range []*vnet{r.inner, r.data, r.apps} {
			link, err := network.NewVirtualNetworkLink(n.ctx, "link-"+name+"-"+v.name, &network.VirtualNetworkLinkArgs{
				VirtualNetworkLinkName: pulumi.String(v.name),
				PrivateZoneName:        site.Known(n.ctx, name, made),
				ResourceGroupName:      home.Group,
				Location:               pulumi.String("Global"),
				RegistrationEnabled:    pulumi.Bool(false),
				VirtualNetwork:         network.SubResourceArgs{Id: v.id},
				Tags:                   home.Tagged(map[string]string{"purpose": "names"}),
			}, pulumi.Parent(n))
			if err != nil {
				return pulumi.StringOutput{}, err
			}
			links = append(links, link)
		}
	}
	id := pulumi.OutputWithDependencies(n.ctx.Context(), made.ID().ToStringOutput(), links...).(pulumi.StringOutput)
	n.zones[name] = id
	return id, nil
}
