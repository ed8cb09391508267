package network

import "fmt"

// plan is the addresses of one region, 10.16.0.0/16 for the first and so on:
//
//	.0.0/22   edge hub     firewall .0.0/26, gateway .0.128/26
//	.4.0/22   inner hub    firewall .4.0/26, its management .4.64/26, gateway .4.128/26
//	.16.0/20  data spoke   endpoints .16.0/24, database .17.0/24
//	.32.0/20  apps spoke   jobs .32.0/23, application .34.0/24, gateway .35.0/24
type plan struct{ second int }

func newPlan(index int) plan { return plan{second: 16 + index} }

func (p plan) prefix(third, fourth, bits int) string {
	return fmt.Sprintf("10.%d.%d.%d/%d", p.second, third, fourth, bits)
}

func (p plan) block() string           { return p.prefix(0, 0, 16) }
func (p plan) edge() string            { return p.prefix(0, 0, 22) }
func (p plan) edgeFirewall() string    { return p.prefix(0, 0, 26) }
func (p plan) edgeGateway() string     { return p.prefix(0, 128, 26) }
func (p plan) inner() string           { return p.prefix(4, 0, 22) }
func (p plan) innerFirewall() string   { return p.prefix(4, 0, 26) }
func (p plan) innerManagement() string { return p.prefix(4, 64, 26) }
func (p plan) innerGateway() string    { return p.prefix(4, 128, 26) }
func (p plan) data() string            { return p.prefix(16, 0, 20) }
func (p plan) endpoints() string       { return p.prefix(16, 0, 24) }
func (p plan) database() string        { return p.prefix(17, 0, 24) }
func (p plan) apps() string            { return p.prefix(32, 0, 20) }
func (p plan) jobs() string            { return p.prefix(32, 0, 23) }
func (p plan) application() string     { return p.prefix(34, 0, 24) }
func (p plan) gateway() string         { return p.prefix(35, 0, 24) }

// Azure keeps the first four addresses of a subnet and gives a firewall the
// next. Source: https://learn.microsoft.com/azure/virtual-network/ip-services/private-ip-addresses.
func (p plan) edgeAddress() string  { return fmt.Sprintf("10.%d.0.4", p.second) }
func (p plan) innerAddress() string { return fmt.Sprintf("10.%d.4.4", p.second) }

// everywhere lists one prefix of every region.
func (n *Network) everywhere(of func(plan) string) []string {
	var prefixes []string
	for _, name := range n.order() {
		prefixes = append(prefixes, of(n.regions[name].plan))
	}
	return prefixes
}
