// Package network builds the networks of an estate: in each region two hubs with
// a firewall each, and the spokes behind them.
//
//	internet ── edge hub: firewall ── inner hub: firewall ──┬─ data spoke
//	                                                        └─ apps spoke
//
// A virtual network can hold one Azure Firewall only, so two independent layers
// are two hubs. The inner firewall has no address on the internet for data: it
// is force-tunnelled, its default route is the edge firewall. Spokes are peered
// with the inner hub alone and send everything to its firewall, which is also
// their DNS server. Traffic that leaves or enters therefore passes both
// firewalls, under two policies, and there is no way around: no spoke knows the
// edge hub, no spoke subnet has a public address, and security groups refuse
// what the spokes do not need. Inner hubs of different regions are peered for
// replication, which passes both inner firewalls.
//
// The firewalls' private addresses follow from the address plan: Azure gives a
// firewall the first usable address of its subnet. Routes are therefore known
// before anything is made, and a preview can judge them.
//
// With two uplinks the primary region's outermost hub gets a zone-redundant
// ExpressRoute gateway and two circuits, over two operators at two peering
// locations. The gateway announces that hub only; offices reach what the edge
// firewall lets them.
//
// Sources: https://learn.microsoft.com/azure/firewall/management-nic,
// https://learn.microsoft.com/azure/firewall/forced-tunneling,
// https://learn.microsoft.com/azure/expressroute/design-architecture-for-resiliency.
package network
