package promises

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
)

// Customer is one of those who call the service's API.
type Customer struct {
	Addresses []string // whence its keys work: public addresses, or ranges of them in CIDR form
	Users     int      // how many keys it may hold, for sub-users of its own
}

var (
	customerForm  = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$`)
	customerWords = []string{"addresses", "users"}
)

// Bounds on a customer's keys and on the ranges of its addresses: a gateway
// behind another proxy compares addresses one by one, so that a range has to be
// short enough to be written out.
const (
	mostUsers     = 1000
	shortestRange = 24
)

// customers reads who calls the API and from where.
func (p *parser) customers(n *node) {
	for _, e := range p.mapping(n, "customers", "customers, such as acme: { addresses: [203.0.113.7] }") {
		if !customerForm.MatchString(e.key.text) {
			p.add(e.key, "customers: %s is not a short name of lower-case letters, digits and hyphens, such as acme", quote(e.key.text))
			continue
		}
		if c, ok := p.customer(e.key, e.value); ok {
			set(&p.declaration.Settings.Customers, e.key.text, c)
		}
	}
}

func (p *parser) customer(key, n *node) (c Customer, ok bool) {
	before := len(p.list)
	c.Users = 1
	for _, e := range p.mapping(n, "customers: "+key.text, "addresses and users") {
		switch e.key.text {
		case "addresses":
			c.Addresses = p.addresses(key.text, e.value)
		case "users":
			text, ok := p.line(e.value, key.text+": users")
			if !ok {
				continue
			}
			users, err := strconv.Atoi(text)
			if err != nil || users < 1 || users > mostUsers {
				p.add(e.value, "%s: users: %s is not a number from 1 to %d", key.text, quote(text), mostUsers)
			}
			c.Users = users
		default:
			p.add(e.key, "a customer has no %s: %s", quote(e.key.text), Suggest(e.key.text, customerWords))
		}
	}
	if len(c.Addresses) == 0 && len(p.list) == before {
		p.add(key, "customers: %s has no addresses, so that no key of it could work: write addresses: [203.0.113.7]", key.text)
	}
	return c, len(p.list) == before
}

func (p *parser) addresses(customer string, n *node) []string {
	if n.kind != list {
		p.add(n, "%s: addresses must be a list of addresses, such as [203.0.113.7, 198.51.100.0/28]; it is %s", customer, n.kind)
		return nil
	}
	var all []string
	for _, item := range n.items {
		text, ok := p.line(item, customer+": addresses")
		if !ok {
			continue
		}
		fault := addressFault(text)
		if fault == "" && slices.Contains(all, text) {
			fault = "is given twice"
		}
		if fault != "" {
			p.add(item, "%s: addresses: %s %s", customer, quote(text), fault)
			continue
		}
		all = append(all, text)
	}
	return all
}

// addressFault says what is wrong with an address or a range; empty when nothing
// is.
func addressFault(text string) string {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return "is not an address or a range, such as 203.0.113.7 or 198.51.100.0/28"
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	addr := prefix.Addr()
	switch {
	case prefix.Masked() != prefix:
		return "has bits set behind its length: write " + prefix.Masked().String()
	case addr.Is4In6():
		return "is an IPv4 address in IPv6 form: write " + addr.Unmap().String()
	case addr.IsUnspecified() && prefix.Bits() == 0:
		return "is everybody's address"
	case !addr.IsGlobalUnicast() || addr.IsPrivate():
		return "is not a public address, which is what the service sees of a caller"
	case addr.Is4() && prefix.Bits() < shortestRange:
		return "is too wide: name ranges of /" + strconv.Itoa(shortestRange) + " and longer"
	case addr.Is6() && !prefix.IsSingleIP():
		return "is a range of IPv6 addresses: name single ones"
	case text != addr.String() && text != prefix.String():
		return "is not written as usual: write " + addr.String()
	}
	return ""
}

// customersSchema says of tillit:settings: customers what a schema can.
func customersSchema() map[string]any {
	return map[string]any{
		"type":          []any{"object", "null"},
		"description":   "Those who call the API, by name: from which public addresses their keys work, and how many they may hold.",
		"propertyNames": map[string]any{"pattern": customerForm.String()},
		"additionalProperties": closed("One customer.", map[string]any{
			"addresses": map[string]any{
				"type": "array", "minItems": 1, "uniqueItems": true, "items": map[string]any{"type": "string"},
				"description": "Addresses, or ranges in CIDR form no wider than /" + strconv.Itoa(shortestRange) + ".",
			},
			"users": map[string]any{
				"type": []any{"integer", "string"}, "pattern": "^[0-9]+$", "minimum": 1, "maximum": mostUsers,
				"description": "How many keys it may hold, for its sub-users; 1 when left out.",
			},
		}, []any{"addresses"}),
	}
}
