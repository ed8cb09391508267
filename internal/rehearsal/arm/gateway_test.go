package arm_test

import (
	"testing"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

func TestGateways(t *testing.T) {
	c := start(t, arm.Options{})
	gateway := group + "/providers/Microsoft.ApiManagement/service/door"
	const sound = `{"location":"westeurope","sku":{"name":"PremiumV2","capacity":1},"properties":{"publisherEmail":"a@b.example","publisherName":"a"}}`
	elsewhere := group + "2"
	c.make(group, here, elsewhere, here, gateway, sound)
	c.want(c.do("PUT", elsewhere+"/providers/Microsoft.ApiManagement/service/Door", sound), 409, "ServiceAlreadyExists")
	other := group + "/providers/Microsoft.ApiManagement/service/other"
	for body, code := range map[string]string{
		`{"location":"westeurope","properties":{"publisherEmail":"a","publisherName":"a"}}`:                                                                                                                    "InvalidParameters",
		`{"location":"westeurope","sku":{"name":"PremiumV2"},"properties":{"publisherName":"a"}}`:                                                                                                              "InvalidParameters",
		`{"location":"westeurope","sku":{"name":"PremiumV2"},"properties":{"publisherEmail":"a","publisherName":"a","virtualNetworkType":"Internal"}}`:                                                         "InvalidParameters",
		`{"location":"westeurope","sku":{"name":"PremiumV2"},"properties":{"publisherEmail":"a","publisherName":"a","publicNetworkAccess":"Disabled"}}`:                                                        "ActivateServiceWithPrivateEndpointAccessNotAllowed",
		`{"location":"westeurope","sku":{"name":"StandardV2"},"properties":{"publisherEmail":"a","publisherName":"a","virtualNetworkType":"Internal","virtualNetworkConfiguration":{"subnetResourceId":"x"}}}`: "InvalidParameters",
	} {
		c.want(c.do("PUT", other, body), 400, code)
	}
	c.want(c.do("PUT", gateway+"/policies/policy", `{"properties":{"value":"<set-backend-service base-url=\"https://{{application}}\" />"}}`), 400, "ValidationError")
	c.want(c.do("PUT", gateway+"/subscriptions/key", `{"properties":{"scope":"/products/bank","displayName":"key"}}`), 400, "ValidationError")
	c.make(
		gateway+"/namedValues/application", `{"properties":{"displayName":"application","value":"a.example"}}`,
		gateway+"/policies/policy", `{"properties":{"value":"<set-backend-service base-url=\"https://{{application}}\" />"}}`,
		gateway+"/products/bank", `{"properties":{"displayName":"bank"}}`,
		gateway+"/subscriptions/key", `{"properties":{"scope":"/products/bank","displayName":"key"}}`,
	)
}
