package analyzer

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// place is a property of a resource type that a rule looks at.
type place struct{ rule, kind, property string }

// remedies are the values that set a property right without harm: they close
// what need not be open, and what the resource holds is not touched. A rule says
// what is wrong; only where it says so is a remedy applied. Values are in the
// spelling of the resource type; those in tlsNames follow the promised version.
var remedies = map[place]any{
	{"crypto/https-only", "azure-native:app:ContainerApp", "configuration.ingress.allowInsecure"}: false,
	{"crypto/https-only", "azure-native:cdn:Route", "forwardingProtocol"}:                         "HttpsOnly",
	{"crypto/https-only", "azure-native:cdn:Route", "httpsRedirect"}:                              "Enabled",
	{"crypto/https-only", "azure-native:dbforpostgresql:Configuration", "value"}:                  "on",
	{"crypto/https-only", "azure-native:storage:StorageAccount", "enableHttpsTrafficOnly"}:        true,

	{"crypto/tls-current", "azure-native:cdn:AFDCustomDomain", "tlsSettings.minimumTlsVersion"}: tlsNames{"1.0": "TLS12", "1.1": "TLS12", "1.2": "TLS12"},
	{"crypto/tls-current", "azure-native:dbforpostgresql:Configuration", "value"}:               tlsNames{"1.0": "TLSv1.2", "1.1": "TLSv1.2", "1.2": "TLSv1.2", "1.3": "TLSv1.3"},
	{"crypto/tls-current", "azure-native:sql:Server", "minimalTlsVersion"}:                      tlsNames{"1.0": "1.2", "1.1": "1.2", "1.2": "1.2", "1.3": "1.3"},
	{"crypto/tls-current", "azure-native:storage:StorageAccount", "minimumTlsVersion"}:          tlsNames{"1.0": "TLS1_2", "1.1": "TLS1_2", "1.2": "TLS1_2", "1.3": "TLS1_3"},

	{"perimeter/data-is-private", "azure-native:dbforpostgresql:Server", "network.publicNetworkAccess"}:            "Disabled",
	{"perimeter/data-is-private", "azure-native:keyvault:Vault", "properties.publicNetworkAccess"}:                 "Disabled",
	{"perimeter/data-is-private", "azure-native:operationalinsights:Workspace", "publicNetworkAccessForIngestion"}: "Disabled",
	{"perimeter/data-is-private", "azure-native:operationalinsights:Workspace", "publicNetworkAccessForQuery"}:     "Disabled",
	{"perimeter/data-is-private", "azure-native:recoveryservices:Vault", "properties.publicNetworkAccess"}:         "Disabled",
	{"perimeter/data-is-private", "azure-native:sql:Server", "publicNetworkAccess"}:                                "Disabled",
	{"perimeter/data-is-private", "azure-native:storage:StorageAccount", "allowBlobPublicAccess"}:                  false,
	{"perimeter/data-is-private", "azure-native:storage:StorageAccount", "publicNetworkAccess"}:                    "Disabled",
}

// tlsNames are a resource type's names of TLS versions, by promised version. One
// that the type cannot speak has none, nor a remedy.
type tlsNames map[string]string

// remediable tells whether the policy configuration asks for the remedies of a
// rule that has some for the type.
func (s *Server) remediable(kind string) bool {
	levels := s.enforcement()
	if kind == setting && levels.of(diagnosed) == remediate {
		return true
	}
	for p := range remedies {
		if p.kind == kind && levels.of(p.rule) == remediate {
			return true
		}
	}
	return false
}

// remediations are the changed inputs of a resource, for each change that a rule
// asks for. Each has the changes of those before it.
func (s *Server) remediations(result *gate.Result, resource inventory.Resource, inputs *structpb.Struct) []*pulumirpc.Remediation {
	var list []*pulumirpc.Remediation
	levels := s.enforcement()
	for _, promise := range result.Promises {
		for _, v := range promise.Violations {
			if v.URN != resource.URN || levels.of(v.Rule) != remediate {
				continue
			}
			value, there := remedies[place{v.Rule, resource.Type, v.Property}]
			if names, versions := value.(tlsNames); versions {
				version, _ := promise.Promised["tls"].(string)
				value, there = names[version], names[version] != ""
			}
			if !there {
				continue
			}
			changed := proto.CloneOf(inputs)
			if !set(changed, v.Property, value) {
				continue
			}
			inputs = changed
			rule, _ := s.gate.Rule(v.Rule)
			list = append(list, &pulumirpc.Remediation{
				PolicyName:        v.Rule,
				PolicyPackName:    Pack,
				PolicyPackVersion: s.options.Version,
				Description:       fmt.Sprintf("%s: %s set to %v", rule.Title, v.Property, value),
				Properties:        changed,
			})
		}
	}
	return list
}

// set changes the value at a path. It makes no objects on the way, and leaves
// alone what is secret or not known.
func set(in *structpb.Struct, path string, value any) bool {
	first, rest, nested := strings.Cut(path, ".")
	if in == nil || in.GetFields()[sig.Key] != nil {
		return false
	}
	if in.Fields == nil {
		in.Fields = map[string]*structpb.Value{}
	}
	if nested {
		return set(in.GetFields()[first].GetStructValue(), rest, value)
	}
	there, err := inventory.Decode(&structpb.Struct{Fields: map[string]*structpb.Value{first: in.GetFields()[first]}})
	if err != nil || !inventory.Known(there) {
		return false
	}
	to, err := structpb.NewValue(value)
	if err != nil {
		return false
	}
	in.Fields[first] = to
	return true
}
