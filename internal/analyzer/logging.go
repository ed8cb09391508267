package analyzer

import (
	"context"
	"fmt"
	"maps"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tillit-dev/tillit/internal/inventory"
)

// The rule that finds a resource whose logs are not all sent, and the type of
// what sends them.
const (
	diagnosed = "log/everything-diagnosed"
	setting   = "azure-native:insights:DiagnosticSetting"
)

// allLogs is what a diagnostic setting has in place of the categories that it
// lists: every one that the resource offers, now and later. Azure takes a group
// and single categories not both.
func allLogs() []any { return []any{map[string]any{"categoryGroup": "allLogs", "enabled": true}} }

// logging is the remedy of a diagnostic setting that sends some logs and not all.
// The violation is the resource's whose logs they are, which may not be known
// before it exists; so the rule is asked of the setting upon a vault and a
// workspace that stand in, and of the changed one again. A setting without logs
// is left alone: it may be of a resource that has none, and no remedy makes a
// resource that is missing.
func (s *Server) logging(ctx context.Context, stack *stack, resource inventory.Resource, inputs *structpb.Struct) (*pulumirpc.Remediation, error) {
	logs, _ := resource.Props["logs"].([]any)
	if len(logs) == 0 || s.enforcement().of(diagnosed) != remediate {
		return nil, nil
	}
	lacks, err := s.lacksLogs(ctx, stack, resource)
	if err != nil || !lacks {
		return nil, err
	}
	changed := proto.CloneOf(inputs)
	if !set(changed, "logs", allLogs()) {
		return nil, nil
	}
	resource.Props = maps.Clone(resource.Props)
	resource.Props["logs"] = allLogs()
	if lacks, err = s.lacksLogs(ctx, stack, resource); err != nil || lacks {
		return nil, err
	}
	rule, _ := s.gate.Rule(diagnosed)
	return &pulumirpc.Remediation{
		PolicyName: diagnosed, PolicyPackName: Pack, PolicyPackVersion: s.options.Version,
		Description: fmt.Sprintf("%s: logs set to the category group allLogs", rule.Title), Properties: changed,
	}, nil
}

// lacksLogs tells whether the rule finds that a setting does not send all logs,
// were it a vault's, and sent to a workspace of the estate.
func (s *Server) lacksLogs(ctx context.Context, stack *stack, resource inventory.Resource) (bool, error) {
	standIn := func(kind, id string) inventory.Resource {
		return inventory.Resource{
			URN: "urn:pulumi:" + stack.declaration.Estate + "::tillit::" + kind + "::stand-in", Type: kind, Name: "stand-in", ID: id, Custom: true,
			Props: map[string]any{},
		}
	}
	const group = "/subscriptions/stand-in/resourceGroups/stand-in/providers/"
	vault := standIn("azure-native:keyvault:Vault", group+"Microsoft.KeyVault/vaults/stand-in")
	workspace := standIn("azure-native:operationalinsights:Workspace", group+"Microsoft.OperationalInsights/workspaces/stand-in")
	resource.Props = maps.Clone(resource.Props)
	resource.Props["resourceUri"], resource.Props["workspaceId"] = vault.ID, workspace.ID
	result, err := s.judge(ctx, stack, []inventory.Resource{vault, workspace, resource})
	if err != nil {
		return false, err
	}
	for _, promise := range result.Promises {
		for _, v := range promise.Violations {
			if v.Rule == diagnosed && v.URN == vault.URN {
				return true, nil
			}
		}
	}
	return false, nil
}
