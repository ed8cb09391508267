package network

import (
	"net/netip"
	"testing"
)

// No two networks of any two regions share an address, every subnet lies in its
// network, and a firewall has the address that Azure gives it.
func TestPlan(t *testing.T) {
	var networks []netip.Prefix
	for i := range 200 {
		p := newPlan(i)
		block := netip.MustParsePrefix(p.block())
		for _, hub := range []struct {
			network string
			subnets []string
		}{
			{p.edge(), []string{p.edgeFirewall(), p.edgeGateway()}},
			{p.inner(), []string{p.innerFirewall(), p.innerManagement(), p.innerGateway()}},
			{p.data(), []string{p.endpoints(), p.database()}},
			{p.apps(), []string{p.jobs(), p.application(), p.gateway()}},
		} {
			network := netip.MustParsePrefix(hub.network)
			if network != network.Masked() || !block.Contains(network.Addr()) || network.Bits() < block.Bits() {
				t.Fatalf("%s is no network of %s", network, block)
			}
			networks = append(networks, network)
			for j, s := range hub.subnets {
				subnet := netip.MustParsePrefix(s)
				if subnet != subnet.Masked() || !network.Contains(subnet.Addr()) || subnet.Bits() <= network.Bits() {
					t.Fatalf("%s is no subnet of %s", subnet, network)
				}
				for _, other := range hub.subnets[:j] {
					if subnet.Overlaps(netip.MustParsePrefix(other)) {
						t.Fatalf("%s overlaps %s", subnet, other)
					}
				}
			}
		}
		for subnet, address := range map[string]string{p.edgeFirewall(): p.edgeAddress(), p.innerFirewall(): p.innerAddress()} {
			first := netip.MustParsePrefix(subnet).Addr()
			for range 4 {
				first = first.Next()
			}
			if first.String() != address {
				t.Errorf("the firewall in %s has %s, not %s", subnet, first, address)
			}
		}
	}
	for i, a := range networks {
		for _, b := range networks[:i] {
			if a.Overlaps(b) {
				t.Fatalf("%s overlaps %s", a, b)
			}
		}
	}
}
