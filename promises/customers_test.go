package promises

import (
	"slices"
	"testing"
)

func TestCustomers(t *testing.T) {
	d, err := FromConfig("e", map[string]string{
		"tillit:promises": `{"perimeter.allow-list": {}}`,
		"tillit:settings": `{"customers": {"acme": {"addresses": ["203.0.113.7", "198.51.100.0/28", "2001:db8::7"], "users": 3}, "b": {"addresses": ["203.0.113.8/32"]}}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	acme, b := d.Settings.Customers["acme"], d.Settings.Customers["b"]
	if acme.Users != 3 || !slices.Equal(acme.Addresses, []string{"203.0.113.7", "198.51.100.0/28", "2001:db8::7"}) {
		t.Errorf("acme is %+v", acme)
	}
	if b.Users != 1 || !slices.Equal(b.Addresses, []string{"203.0.113.8/32"}) {
		t.Errorf("b is %+v", b)
	}
}
