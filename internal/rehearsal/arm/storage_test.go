package arm_test

import (
	"testing"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

func TestLifecyclePolicies(t *testing.T) {
	c := start(t, arm.Options{})
	c.make(group, here, store, here)
	const rule = `{"name":"expire","type":"Lifecycle","definition":{"filters":{"blobTypes":["blockBlob"]},"actions":{"baseBlob":{"delete":{"daysAfterCreationGreaterThan":0}}}}}`
	policies := store + "/managementPolicies/"
	rules := func(list string) string { return `{"properties":{"policy":{"rules":[` + list + `]}}}` }
	for _, refused := range []struct{ name, list string }{
		{"no rule", ``},
		{"two of a name", rule + `,` + rule},
		{"no name", `{"definition":{"filters":{"blobTypes":["blockBlob"]},"actions":{"baseBlob":{}}}}`},
		{"no action", `{"name":"a","definition":{"filters":{"blobTypes":["blockBlob"]},"actions":{}}}`},
		{"for no blobs", `{"name":"a","definition":{"actions":{"baseBlob":{}}}}`},
	} {
		t.Run(refused.name, func(t *testing.T) {
			c.want(c.do("PUT", policies+"default", rules(refused.list)), 400, "InvalidValuesForRequestParameters")
		})
	}
	c.want(c.do("PUT", policies+"mine", rules(rule)), 404, "HttpResourceNotFound")
	c.make(policies+"default", rules(rule))
}

func TestRestorePolicies(t *testing.T) {
	c := start(t, arm.Options{})
	worm := group + "/providers/Microsoft.Storage/storageAccounts/worm"
	c.make(group, here, store, here, worm, `{"location":"westeurope","properties":{"immutableStorageWithVersioning":{"enabled":true}}}`)
	const good = `{"properties":{"restorePolicy":{"enabled":true,"days":7},"isVersioningEnabled":true,"changeFeed":{"enabled":true},"deleteRetentionPolicy":{"enabled":true,"days":14}}}`
	service := store + "/blobServices/default"
	for _, refused := range []string{
		`{"properties":{"restorePolicy":{"enabled":true,"days":7}}}`,
		`{"properties":{"restorePolicy":{"enabled":true,"days":7},"isVersioningEnabled":true,"deleteRetentionPolicy":{"enabled":true,"days":14}}}`,
		`{"properties":{"restorePolicy":{"enabled":true,"days":14},"isVersioningEnabled":true,"changeFeed":{"enabled":true},"deleteRetentionPolicy":{"enabled":true,"days":14}}}`,
	} {
		c.want(c.do("PUT", service, refused), 400, "InvalidValuesForRequestParameters")
	}
	c.want(c.do("PUT", worm+"/blobServices/default", good), 409, "ConflictFeatureEnabled")
	c.make(service, good, worm+"/blobServices/default", `{"properties":{"isVersioningEnabled":true}}`)
}
