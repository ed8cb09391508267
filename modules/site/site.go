package site

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Site is where a component stands: one region of one estate, and the resource
// group that holds the component's resources there.
type Site struct {
	Estate       string
	Region       string             // ARM name, such as westeurope
	Subscription string             // subscription id the estate is deployed to
	Tenant       string             // Entra tenant id
	Group        pulumi.StringInput // name of the resource group
	Tags         pulumi.StringMap   // tags every resource of the component carries
}

// Name returns the name of a resource that need only be unique in its resource
// group: parts and region joined by hyphens, such as "fw-edge-westeurope".
func (s Site) Name(parts ...string) string {
	return strings.Join(append(parts, s.Region), "-")
}

// GlobalName returns a name that is unique across Azure, of lower-case letters
// and digits and at most 24 long, as storage accounts and key vaults demand.
// It is the same for the same estate, region and kind.
func (s Site) GlobalName(kind string) string {
	sum := sha256.Sum256([]byte(s.Subscription + "/" + s.Estate + "/" + s.Region + "/" + kind))
	name := kind + Plain(s.Estate)
	if len(name) > 16 {
		name = name[:16]
	}
	return name + hex.EncodeToString(sum[:4])
}

// Plain drops everything but letters and digits from a name, for the kinds of
// resources that take nothing else.
func Plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// Tagged returns the site's tags with some of them replaced, such as class or
// retention for a store that is kept longer than its surroundings.
func (s Site) Tagged(tags map[string]string) pulumi.StringMap {
	all := pulumi.StringMap{}
	maps.Copy(all, s.Tags)
	for name, value := range tags {
		all[name] = pulumi.String(value)
	}
	return all
}

// SubscriptionID returns the ARM id of the site's subscription.
func (s Site) SubscriptionID() string { return "/subscriptions/" + s.Subscription }
