package stacks_test

import (
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/modules/moduletest"
	"github.com/tillit-dev/tillit/promises"
)

const validationEU = "Pulumi.validation-eu.yaml"

// Calls reach the application through the gateway where there is one.
func TestGateway(t *testing.T) {
	inv := mustCompose(t, load(t, validationEU))
	gateways := of(inv, "apimanagement:ApiManagementService")
	if len(gateways) != 1 {
		t.Fatalf("%d gateways", len(gateways))
	}
	origin := moduletest.One(t, inv, "cdn:AFDOrigin", "origin")
	name := gateways[0].Props["serviceName"].(string)
	moduletest.Want(t, origin, map[string]any{
		"sharedPrivateLinkResource.privateLink.id": gateways[0].ID, "sharedPrivateLinkResource.groupId": "Gateway",
		"hostName": name + ".azure-api.net",
	})
	moduletest.Want(t, moduletest.One(t, inv, "cdn:AFDOriginGroup", "origins"), map[string]any{
		"healthProbeSettings.probePath": "/status-0123456789abcdef", "healthProbeSettings.probeRequestType": "GET",
	})
	moduletest.One(t, inv, "network:PrivateEndpoint", "pe-environment-francecentral")
	subnet := moduletest.One(t, inv, "network:Subnet", "vnet-apps-francecentral-gateway")
	moduletest.Want(t, subnet, map[string]any{"delegations.0.serviceName": "Microsoft.Web/hostingEnvironments"})
	if n := len(of(inv, "apimanagement:Product")); n != len(load(t, validationEU).Settings.Customers) {
		t.Errorf("%d products", n)
	}
}

func TestWithoutGateway(t *testing.T) {
	d := load(t, validationEU)
	for _, id := range []promises.ID{"perimeter.allow-list", "identity.sub-users", "log.opt-out"} {
		delete(d.Promises, id)
	}
	inv := mustCompose(t, d)
	for _, r := range inv.Resources {
		if strings.HasPrefix(r.Type, "azure-native:apimanagement:") {
			t.Errorf("%s is still there", r.URN)
		}
	}
	moduletest.Want(t, moduletest.One(t, inv, "cdn:AFDOrigin", "origin"), map[string]any{
		"sharedPrivateLinkResource.groupId": "managedEnvironments",
	})
	moduletest.Want(t, moduletest.One(t, inv, "cdn:AFDOriginGroup", "origins"), map[string]any{"healthProbeSettings.probePath": "/"})
}

func TestGatewayNeeds(t *testing.T) {
	for want, change := range map[string]func(*promises.Declaration){
		"hostname":  func(d *promises.Declaration) { d.Settings.Hostname = "" },
		"customers": func(d *promises.Declaration) { d.Settings.Customers = nil },
		"contact":   func(d *promises.Declaration) { d.Settings.Contact = "" },
	} {
		d := load(t, validationEU)
		change(d)
		if _, err := compose(t, d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
