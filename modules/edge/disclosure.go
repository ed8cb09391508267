package edge

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/cdn/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
)

// wellKnown is where RFC 9116 has people look for how to report a weakness.
const wellKnown = "/.well-known/security.txt"

// disclosure redirects that place to the promised address, and returns the rule
// sets the route has to apply.
func (e *Edge) disclosure(ctx *pulumi.Context) (cdn.ResourceReferenceArray, error) {
	if e.args.Disclosure == "" {
		return nil, nil
	}
	to, err := url.Parse(e.args.Disclosure)
	if err != nil {
		return nil, fmt.Errorf("edge: assurance.disclosure: %w", err)
	}
	if to.Scheme != "https" || to.Host == "" {
		return nil, fmt.Errorf("edge: assurance.disclosure: %q is no https address", e.args.Disclosure)
	}
	if strings.EqualFold(to.Host, e.args.Hostname) && to.Path == wellKnown {
		return nil, fmt.Errorf("edge: assurance.disclosure: %q would be redirected to itself; name where the text really is", e.args.Disclosure)
	}
	const setName = "disclosure" // letters and digits only
	set, err := cdn.NewRuleSet(ctx, "rules-disclosure", &cdn.RuleSetArgs{
		RuleSetName:       pulumi.String(setName),
		ProfileName:       e.profile,
		ResourceGroupName: e.args.Site.Group,
	}, pulumi.Parent(e))
	if err != nil {
		return nil, err
	}
	redirect := cdn.UrlRedirectActionParametersArgs{
		TypeName:            pulumi.String("DeliveryRuleUrlRedirectActionParameters"),
		RedirectType:        pulumi.String("Found"),
		DestinationProtocol: pulumi.String("Https"),
		CustomHostname:      pulumi.String(to.Host),
		CustomPath:          pulumi.String("/" + strings.TrimPrefix(to.Path, "/")),
	}
	if to.RawQuery != "" {
		redirect.CustomQueryString = pulumi.String(to.RawQuery)
	}
	rule, err := cdn.NewRule(ctx, "rule-security-txt", &cdn.RuleArgs{
		RuleName:                pulumi.String("securitytxt"),
		RuleSetName:             site.Known(ctx, setName, set),
		ProfileName:             e.profile,
		ResourceGroupName:       e.args.Site.Group,
		Order:                   pulumi.Int(1),
		MatchProcessingBehavior: pulumi.String("Stop"),
		Conditions: pulumi.Array{cdn.DeliveryRuleUrlPathConditionArgs{
			Name: pulumi.String("UrlPath"),
			Parameters: cdn.UrlPathMatchConditionParametersArgs{
				TypeName:        pulumi.String("DeliveryRuleUrlPathMatchConditionParameters"),
				Operator:        pulumi.String("Equal"),
				NegateCondition: pulumi.Bool(false),
				MatchValues:     pulumi.ToStringArray([]string{wellKnown}),
				Transforms:      pulumi.ToStringArray([]string{"Lowercase"}),
			},
		}},
		Actions: pulumi.Array{cdn.UrlRedirectActionArgs{
			Name:       pulumi.String("UrlRedirect"),
			Parameters: redirect,
		}},
	}, pulumi.Parent(e))
	if err != nil {
		return nil, err
	}
	id := pulumi.OutputWithDependencies(ctx.Context(), set.ID().ToStringOutput(), rule).(pulumi.StringOutput)
	return cdn.ResourceReferenceArray{cdn.ResourceReferenceArgs{Id: id.ToStringPtrOutput()}}, nil
}
