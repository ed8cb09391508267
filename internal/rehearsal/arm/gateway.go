package arm

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

const gatewayType = "microsoft.apimanagement/service"

// namedValue is how a policy refers to a named value.
var namedValue = regexp.MustCompile(`\{\{([A-Za-z0-9._-]+)\}\}`)

// gatewayRefuses reports what API Management does not take of a gateway and of
// its parts.
//
// Sources: Azure/azure-rest-api-specs#24947, hashicorp/terraform-provider-azurerm
// pull request 31789, MicrosoftDocs/azure-docs articles/api-management/inject-vnet-v2.md,
// api-management-howto-properties.md.
func (s *Server) gatewayRefuses(path string, current *resource, body map[string]any) *fault {
	kind := strings.ToLower(azure.TypeOf(path))
	switch {
	case kind == gatewayType:
		return s.gatewayFault(path, current, body)
	case !strings.HasPrefix(kind, gatewayType+"/"):
		return nil
	}
	service := strings.ToLower(path)
	for strings.ToLower(azure.TypeOf(service)) != gatewayType {
		service = parentOf(service)
	}
	switch {
	case strings.HasSuffix(kind, "/policies"):
		for _, found := range namedValue.FindAllStringSubmatch(dig(body, "properties", "value"), -1) {
			if s.resources[service+"/namedvalues/"+strings.ToLower(found[1])] == nil {
				return failf(http.StatusBadRequest, "ValidationError", "One or more fields contain incorrect values: Cannot find a property '%s'", found[1])
			}
		}
	case kind == gatewayType+"/subscriptions":
		scope := strings.ToLower(dig(body, "properties", "scope"))
		if strings.HasPrefix(scope, "/products/") && s.resources[service+scope] == nil {
			return failf(http.StatusBadRequest, "ValidationError", "Subscription scope '%s' names no product of the service.", scope)
		}
	}
	return nil
}

func (s *Server) gatewayFault(path string, current *resource, body map[string]any) *fault {
	name := path[strings.LastIndex(path, "/")+1:]
	for _, other := range s.inOrder(func(r *resource) bool { return strings.EqualFold(r.arm, gatewayType) }) {
		if !strings.EqualFold(other.id, path) && strings.EqualFold(other.id[strings.LastIndex(other.id, "/")+1:], name) {
			return failf(http.StatusConflict, "ServiceAlreadyExists", "Api service already exists: %s", name)
		}
	}
	for _, required := range [][]string{{"sku", "name"}, {"properties", "publisherEmail"}, {"properties", "publisherName"}} {
		if dig(body, required...) == "" {
			return failf(http.StatusBadRequest, "InvalidParameters", "Invalid parameter: %s is required.", strings.Join(required, "."))
		}
	}
	if current == nil && dig(body, "properties", "publicNetworkAccess") == "Disabled" {
		return failf(http.StatusBadRequest, "ActivateServiceWithPrivateEndpointAccessNotAllowed", "Blocking all public network access by setting property `publicNetworkAccess` of API Management service %s is not enabled during service creation.", path)
	}
	if network := dig(body, "properties", "virtualNetworkType"); network == "Internal" || network == "External" {
		switch {
		case dig(body, "properties", "virtualNetworkConfiguration", "subnetResourceId") == "":
			return failf(http.StatusBadRequest, "InvalidParameters", "Invalid parameter: virtualNetworkConfiguration.subnetResourceId is required when virtualNetworkType is %s.", network)
		case network == "Internal" && !insideTiers[dig(body, "sku", "name")]:
			return failf(http.StatusBadRequest, "InvalidParameters", "Virtual network type Internal is not supported in the tier %s.", dig(body, "sku", "name"))
		}
	}
	return nil
}

// insideTiers are the tiers whose gateways can stand inside a network.
var insideTiers = map[string]bool{"Developer": true, "Premium": true, "PremiumV2": true}
