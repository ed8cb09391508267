package gateway

import (
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/modules/moduletest"
	"github.com/tillit-dev/tillit/promises"
)

func build(t *testing.T, change func(*Args)) (*inventory.Inventory, error) {
	t.Helper()
	return moduletest.Plan(t, func(ctx *pulumi.Context, g *moduletest.Ground) error {
		s, err := g.Site(ctx, "gateway", moduletest.Primary)
		if err != nil {
			return err
		}
		args := Args{
			Site: s, Network: g.Network, Watch: g.Watch, Identity: g.Identity.Workloads["documents"],
			Publisher: "operations@test.example", Backend: pulumi.String("application.test.example"),
			Customers: map[string]promises.Customer{
				"bank":    {Addresses: []string{"203.0.113.16/30", "2001:db8::16"}, Users: 25},
				"payroll": {Addresses: []string{"198.51.100.7"}, Users: 3},
			},
			AllowList: true, SubUsers: true, OptOut: true, Redundant: true,
		}
		if change != nil {
			change(&args)
		}
		_, err = New(ctx, "gateway", args)
		return err
	})
}

func must(t *testing.T, change func(*Args)) *inventory.Inventory {
	t.Helper()
	inv, err := build(t, change)
	if err != nil {
		t.Fatal(err)
	}
	moduletest.Sound(t, inv)
	return inv
}

func TestService(t *testing.T) {
	inv := must(t, nil)
	service := moduletest.One(t, inv, "apimanagement:ApiManagementService", "gateway")
	moduletest.Want(t, service, map[string]any{
		"location": moduletest.Primary, "sku.name": "PremiumV2", "sku.capacity": 3, "zones": []any{"1", "2", "3"},
		"virtualNetworkType": "Internal", "publicNetworkAccess": nil, "identity.type": "UserAssigned",
		"publisherEmail": "operations@test.example", "tags.class": "edge",
	})
	properties, _ := service.Props["customProperties"].(map[string]any)
	if len(properties) != 7 {
		t.Errorf("custom properties %v", properties)
	}
	for name, value := range properties {
		if value != "False" {
			t.Errorf("%s is %v", name, value)
		}
	}
	moduletest.One(t, inv, "insights:DiagnosticSetting", "diagnose-gateway")
	moduletest.Want(t, moduletest.One(t, inv, "apimanagement:Api", "api"), map[string]any{
		"subscriptionRequired": true, "protocols": []any{"https"}, "serviceUrl": nil,
	})
	if n := len(moduletest.Of(inv, "Gateway", "apimanagement:ApiOperation")); n != 5 {
		t.Errorf("%d operations", n)
	}
	moduletest.Want(t, moduletest.One(t, inv, "apimanagement:NamedValue", "application"), map[string]any{
		"value": "application.test.example", "displayName": "application",
	})
	single := must(t, func(a *Args) { a.Redundant = false })
	moduletest.Want(t, moduletest.One(t, single, "apimanagement:ApiManagementService", "gateway"), map[string]any{
		"sku.capacity": 1, "zones": nil,
	})
}

func TestProducts(t *testing.T) {
	inv := must(t, nil)
	moduletest.Want(t, moduletest.One(t, inv, "apimanagement:Product", "product-bank"), map[string]any{
		"subscriptionRequired": true, "approvalRequired": true, "subscriptionsLimit": 25, "state": "published",
	})
	moduletest.Want(t, moduletest.One(t, inv, "apimanagement:Subscription", "key-of-bank"), map[string]any{
		"scope": "/products/bank", "allowTracing": false, "primaryKey": nil,
	})
	moduletest.Want(t, moduletest.One(t, inv, "apimanagement:ProductApi", "api-of-payroll"), map[string]any{
		"apiId": apiName, "productId": "payroll",
	})
	policy := moduletest.One(t, inv, "apimanagement:ProductPolicy", "calls-of-bank")
	text, _ := policy.Props["value"].(string)
	got := values(t, text, "check-header")
	want := []string{"203.0.113.16", "203.0.113.17", "203.0.113.18", "203.0.113.19", "2001:db8::16"}
	if !slices.Equal(got, want) {
		t.Errorf("bank calls from %v", got)
	}
	for _, waits := range []string{"api-of-bank", "key-of-bank"} {
		for _, r := range inv.Resources {
			if r.Name == waits && !slices.Contains(r.DependsOn, policy.URN) {
				t.Errorf("%s is there before its policy", waits)
			}
		}
	}
	moduletest.Want(t, policy, map[string]any{"format": "rawxml", "productId": "bank"})
	if got := values(t, everyCall, "check-header"); len(got) > 0 {
		t.Errorf("every call is to come from %v", got)
	}
}

func TestLog(t *testing.T) {
	diagnostic := moduletest.One(t, must(t, nil), "apimanagement:Diagnostic", "logged")
	moduletest.Want(t, diagnostic, map[string]any{
		"diagnosticId": "azuremonitor", "logClientIp": false, "verbosity": "error", "sampling.percentage": 100,
	})
	for _, message := range []string{"frontend.request", "frontend.response", "backend.request", "backend.response"} {
		moduletest.Want(t, diagnostic, map[string]any{
			message + ".body.bytes": 0, message + ".headers": []any{},
		})
	}
	moduletest.Want(t, diagnostic, map[string]any{
		"frontend.request.dataMasking.queryParams.0.value": "*", "backend.request.dataMasking.queryParams.0.mode": "Hide",
	})
}

// What is not promised is not built.
func TestWithout(t *testing.T) {
	open := must(t, func(a *Args) { a.AllowList, a.Customers = false, nil })
	text, _ := moduletest.One(t, open, "apimanagement:ProductPolicy", "calls-of-"+everybody).Props["value"].(string)
	if strings.Contains(text, "check-header") || !strings.Contains(text, "<base />") {
		t.Errorf("without an allow-list: %s", text)
	}
	moduletest.Want(t, moduletest.One(t, must(t, func(a *Args) { a.SubUsers = false }), "apimanagement:Product", "product-bank"), map[string]any{
		"approvalRequired": nil, "subscriptionsLimit": nil,
	})
	if n := len(moduletest.Of(must(t, func(a *Args) { a.OptOut = false }), "Gateway", "apimanagement:Diagnostic")); n > 0 {
		t.Errorf("%d diagnostics", n)
	}
}

func TestNeeds(t *testing.T) {
	for want, change := range map[string]func(*Args){
		"set contact":   func(a *Args) { a.Publisher = "" },
		"set customers": func(a *Args) { a.Customers = nil },
		"bank":          func(a *Args) { a.Customers = map[string]promises.Customer{"bank": {Addresses: []string{"10.0.0.0/x"}}} },
	} {
		if _, err := build(t, change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// A range is written out: each of its addresses, and no other.
func TestSingle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.IntRange(24, 32).Draw(t, "bits")
		addr := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address")))
		prefix := netip.PrefixFrom(addr, bits).Masked()
		all, err := single([]string{prefix.String()})
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 1<<(32-bits) {
			t.Fatalf("%s has %d addresses", prefix, len(all))
		}
		seen := map[string]bool{}
		for _, text := range all {
			if !prefix.Contains(netip.MustParseAddr(text)) || seen[text] {
				t.Fatalf("%s is not in %s, or twice", text, prefix)
			}
			seen[text] = true
		}
	})
}

// Policies are well-formed, whatever a customer is called.
func TestWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values(t, callsOf(rapid.StringMatching(`[ -~]*`).Draw(t, "customer"), []string{"203.0.113.7"}), "check-header")
	})
}

// values reads a policy as XML and returns the values within an element.
func values(t interface {
	Helper()
	Fatalf(string, ...any)
}, policy, within string) []string {
	t.Helper()
	var found []string
	inside, value := 0, false
	for dec := xml.NewDecoder(strings.NewReader(policy)); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("%v in %s", err, policy)
		}
		switch part := token.(type) {
		case xml.StartElement:
			if part.Name.Local == within {
				inside++
			}
			value = part.Name.Local == "value"
		case xml.EndElement:
			if part.Name.Local == within {
				inside--
			}
			value = false
		case xml.CharData:
			if inside > 0 && value {
				found = append(found, string(part))
			}
		}
	}
}
