package azure_test

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/azure"
)

func TestTableIsSortedAndComplete(t *testing.T) {
	b, err := os.ReadFile("types.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var last string
	for i, line := range strings.Split(strings.TrimRight(string(b), "\n"), "\n") {
		fields := strings.Split(line, "\t")
		if len(fields) != 3 || !strings.HasPrefix(fields[0], azure.Prefix) || !strings.HasPrefix(fields[2], "/") {
			t.Errorf("types.tsv:%d: want token, API version and path between tabs: %q", i+1, line)
			continue
		}
		if fields[0] <= last {
			t.Errorf("types.tsv:%d: %s is out of order or twice", i+1, fields[0])
		}
		last = fields[0]
	}
}

func TestCanonical(t *testing.T) {
	for token, want := range map[string]string{
		"azure-native:sql:Server":                       "azure-native:sql:Server",
		"azure-native:recoveryservices/v20241001:Vault": "azure-native:recoveryservices:Vault",
		"azure-native:sql/v20211101:Server":             "azure-native:sql:Server",
		"aws:s3/bucket:Bucket":                          "aws:s3/bucket:Bucket",
		"pulumi:pulumi:Stack":                           "pulumi:pulumi:Stack",
		"nonsense":                                      "nonsense",
	} {
		if got := azure.Canonical(token); got != want {
			t.Errorf("Canonical(%q) = %q, want %q", token, got, want)
		}
	}
}

func TestID(t *testing.T) {
	for _, test := range []struct {
		name, token string
		inputs      map[string]any
		want        string
	}{
		{"resource group", "azure-native:resources:ResourceGroup", map[string]any{"resourceGroupName": "data"}, "/subscriptions/S/resourceGroups/data"},
		{
			"child", "azure-native:network:Subnet",
			map[string]any{"resourceGroupName": "net", "virtualNetworkName": "hub", "subnetName": "jobs"},
			"/subscriptions/S/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/jobs",
		},
		{
			"scope with slash", "azure-native:authorization:ManagementLockByScope",
			map[string]any{"scope": "/subscriptions/S/resourceGroups/data", "lockName": "keep"},
			"/subscriptions/S/resourceGroups/data/providers/Microsoft.Authorization/locks/keep",
		},
		{
			"scope without slash", "azure-native:authorization:ManagementLockByScope",
			map[string]any{"scope": "subscriptions/S", "lockName": "keep"},
			"/subscriptions/S/providers/Microsoft.Authorization/locks/keep",
		},
		{"versioned token", "azure-native:recoveryservices/v20241001:Vault", map[string]any{"resourceGroupName": "b", "vaultName": "v"}, "/subscriptions/S/resourceGroups/b/providers/Microsoft.RecoveryServices/vaults/v"},
		{"name missing", "azure-native:network:RouteTable", map[string]any{"resourceGroupName": "net"}, ""},
		{"name unknown", "azure-native:network:RouteTable", map[string]any{"resourceGroupName": map[string]any{"$unknown": true}, "routeTableName": "r"}, ""},
		{"name empty", "azure-native:network:RouteTable", map[string]any{"resourceGroupName": "", "routeTableName": "r"}, ""},
		{"name with a slash", "azure-native:network:RouteTable", map[string]any{"resourceGroupName": "a/b", "routeTableName": "r"}, ""},
		{"unknown type", "azure-native:quantum:Workspace", map[string]any{"resourceGroupName": "q"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := azure.ID(test.token, test.inputs, "S")
			if got != test.want || ok != (test.want != "") {
				t.Errorf("ID = %q, %v; want %q", got, ok, test.want)
			}
		})
	}
}

func TestParsePrefersTheNarrowestPath(t *testing.T) {
	for id, want := range map[string]string{
		"/subscriptions/s/providers/Microsoft.Insights/diagnosticSettings/d":                                                        "azure-native:insights:SubscriptionDiagnosticSetting",
		"/subscriptions/s/resourceGroups/g/providers/microsoft.keyvault/VAULTS/v/providers/microsoft.insights/diagnosticsettings/d": "azure-native:insights:DiagnosticSetting",
		"/subscriptions/s/resourceGroups/g":                                                     "azure-native:resources:ResourceGroup",
		"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/z/TXT/@": "azure-native:network:PrivateRecordSet",
	} {
		got, _, ok := azure.Parse(id)
		if !ok || got.Token != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", id, got.Token, ok, want)
		}
	}
	if _, _, ok := azure.Parse("/subscriptions/s/resourceGroups/g/providers/Microsoft.Quantum/workspaces/w"); ok {
		t.Error("Parse finds a type that the table does not have")
	}
}

// An id that was made from path parameters gives them back.
func TestParseUndoesID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ, _ := azure.Lookup(rapid.SampledFrom(azure.Tokens()).Draw(t, "token"))
		inputs := map[string]any{}
		for i, name := range typ.PathParameters() {
			inputs[name] = rapid.StringMatching(`[a-zA-Z0-9@;._-]{1,12}`).Draw(t, name)
			if i == 0 && strings.HasPrefix(typ.Path, "/{") {
				inputs[name] = "/subscriptions/S/resourceGroups/g"
			}
		}
		id, err := typ.ID(inputs, "S")
		if err != nil {
			t.Fatal(err)
		}
		if got := azure.PathValues(typ.Token, id); !reflect.DeepEqual(got, inputs) {
			t.Fatalf("%s\n got %v\nwant %v", id, got, inputs)
		}
		back, values, ok := azure.Parse(id)
		again := map[string]any{}
		for name, value := range values {
			again[name] = value
		}
		if got, _ := back.ID(again, "S"); !ok || got != id {
			t.Fatalf("Parse(%q) gives %s and %q", id, back.Token, got)
		}
	})
}

func TestBodyAndLift(t *testing.T) {
	for _, test := range []struct {
		name, token  string
		inputs, body map[string]any
	}{
		{
			"flattened, with parts that are flattened too", "azure-native:network:VirtualNetwork",
			map[string]any{
				"location": "westeurope",
				"subnets":  []any{map[string]any{"name": "jobs", "addressPrefix": "10.0.0.0/24", "delegations": []any{map[string]any{"name": "d", "serviceName": "s"}}}},
			},
			map[string]any{
				"location": "westeurope",
				"properties": map[string]any{"subnets": []any{map[string]any{"name": "jobs", "properties": map[string]any{
					"addressPrefix": "10.0.0.0/24",
					"delegations":   []any{map[string]any{"name": "d", "properties": map[string]any{"serviceName": "s"}}},
				}}}},
			},
		},
		{
			"left alone", "azure-native:keyvault:Vault",
			map[string]any{"location": "westeurope", "properties": map[string]any{"sku": map[string]any{"name": "premium"}}},
			map[string]any{"location": "westeurope", "properties": map[string]any{"sku": map[string]any{"name": "premium"}}},
		},
		{
			"sku inside", "azure-native:network:AzureFirewall",
			map[string]any{"sku": map[string]any{"tier": "Premium"}, "zones": []any{"1"}},
			map[string]any{"properties": map[string]any{"sku": map[string]any{"tier": "Premium"}}, "zones": []any{"1"}},
		},
		{
			"sku outside", "azure-native:storage:StorageAccount",
			map[string]any{"sku": map[string]any{"name": "Standard_GRS"}, "minimumTlsVersion": "TLS1_2"},
			map[string]any{"sku": map[string]any{"name": "Standard_GRS"}, "properties": map[string]any{"minimumTlsVersion": "TLS1_2"}},
		},
		{
			"a rule collection has no properties of its own in ARM", "azure-native:network:FirewallPolicyRuleCollectionGroup",
			map[string]any{"priority": 100.0, "ruleCollections": []any{map[string]any{"name": "c", "priority": 1.0}}},
			map[string]any{"properties": map[string]any{"priority": 100.0, "ruleCollections": []any{map[string]any{"name": "c", "priority": 1.0}}}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := azure.Body(test.token, test.inputs); !reflect.DeepEqual(got, test.body) {
				t.Errorf("Body = %v\nwant   %v", got, test.body)
			}
			if got := azure.Lift(test.token, test.body); !reflect.DeepEqual(got, test.inputs) {
				t.Errorf("Lift = %v\nwant   %v", got, test.inputs)
			}
		})
	}
}

// Whatever inputs a type can have, its body lifts back to them.
func TestLiftUndoesBody(t *testing.T) {
	tokens := slices.DeleteFunc(azure.Tokens(), func(token string) bool {
		_, ok := azure.Properties(token)
		return !ok
	})
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.SampledFrom(tokens).Draw(t, "token")
		schema, _ := azure.Properties(token)
		inputs := drawObject(t, schema, 0)
		typ, _ := azure.Lookup(token)
		body := azure.Body(token, inputs)
		for _, name := range typ.PathParameters() {
			delete(inputs, name)
		}
		delete(inputs, "id") // Pulumi keeps a resource's id apart
		want := identitiesByID(inputs).(map[string]any)
		if got := azure.Lift(token, body); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: body %v\nlifts to %v\nwant     %v", token, body, got, want)
		}
		if faults := azure.Check(token, drawObject(t, schema, 0)); slices.ContainsFunc(faults, func(err error) bool {
			return !strings.HasSuffix(err.Error(), "is required and missing")
		}) {
			t.Fatalf("valid inputs are refused: %v", faults)
		}
	})
}

// identitiesByID writes lists of user-assigned identities the way outputs do.
func identitiesByID(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = identitiesByID(v[i])
		}
	case map[string]any:
		for name := range v {
			ids, ok := v[name].([]any)
			if !ok || name != "userAssignedIdentities" {
				v[name] = identitiesByID(v[name])
				continue
			}
			byID := map[string]any{}
			for _, id := range ids {
				byID[id.(string)] = map[string]any{}
			}
			v[name] = byID
		}
	}
	return value
}

func drawObject(t *rapid.T, s *azure.Schema, depth int) map[string]any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		field := s.Fields[name]
		if rapid.IntRange(0, 1+depth).Draw(t, name) == 0 {
			out[name] = drawValue(t, field, field.Wraps, depth)
		}
	}
	return out
}

func drawValue(t *rapid.T, f azure.Field, wraps string, depth int) any {
	if wraps != "" {
		item := drawValue(t, f, wraps[1:], depth)
		if wraps[0] == 'l' {
			return []any{item}
		}
		return map[string]any{"key": item}
	}
	switch f.Kind {
	case azure.Object:
		if depth > 3 {
			return map[string]any{}
		}
		return drawObject(t, f.Object(), depth+1)
	case azure.Integer, azure.Number:
		return float64(rapid.IntRange(0, 9).Draw(t, "n"))
	case azure.Boolean:
		return rapid.Bool().Draw(t, "b")
	}
	return rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "s")
}

func TestCheck(t *testing.T) {
	account := func(change map[string]any) map[string]any {
		inputs := map[string]any{"resourceGroupName": "g", "accountName": "a", "kind": "StorageV2", "sku": map[string]any{"name": "Standard_LRS"}}
		for name, value := range change {
			inputs[name] = value
		}
		return inputs
	}
	for _, test := range []struct {
		name   string
		token  string
		inputs map[string]any
		want   []string
	}{
		{"good", "azure-native:storage:StorageAccount", account(map[string]any{"minimumTlsVersion": "TLS1_2"}), nil},
		{"misspelt", "azure-native:storage:StorageAccount", account(map[string]any{"minimumTlsVesion": "TLS1_2"}), []string{`azure-native:storage:StorageAccount: minimumTlsVesion is no property; the nearest is "minimumTlsVersion"`}},
		{"wrong case", "azure-native:storage:StorageAccount", account(map[string]any{"minimumTLSVersion": "TLS1_2"}), []string{`azure-native:storage:StorageAccount: minimumTLSVersion is no property; the nearest is "minimumTlsVersion"`}},
		{"misspelt within", "azure-native:storage:StorageAccount", account(map[string]any{"networkRuleSet": map[string]any{"defaultAction": "Deny", "bypas": "None"}}), []string{`azure-native:storage:StorageAccount: networkRuleSet.bypas is no property; the nearest is "bypass"`}},
		{"misspelt in a list", "azure-native:network:RouteTable", map[string]any{"resourceGroupName": "g", "routes": []any{map[string]any{"nextHopType": "None", "nextHop": "x"}}}, []string{`azure-native:network:RouteTable: routes[0].nextHop is no property; the nearest is "nextHopType"`}},
		{"wrong kind", "azure-native:storage:StorageAccount", account(map[string]any{"allowSharedKeyAccess": "no"}), []string{"azure-native:storage:StorageAccount: allowSharedKeyAccess is a text; it must be of kind boolean"}},
		{"map for list", "azure-native:network:RouteTable", map[string]any{"resourceGroupName": "g", "routes": map[string]any{}}, []string{"azure-native:network:RouteTable: routes is an object; it must be a list"}},
		{"missing", "azure-native:network:RouteTable", map[string]any{}, []string{"azure-native:network:RouteTable: resourceGroupName is required and missing"}},
		{"unknown values pass", "azure-native:network:RouteTable", map[string]any{"resourceGroupName": map[string]any{"$unknown": true}, "routes": map[string]any{"$secret": true}}, nil},
		{"unknown type", "azure-native:quantum:Workspace", nil, []string{"azure-native:quantum:Workspace: the type is not known here; its place in ARM belongs in internal/azure/types.tsv"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, err := range azure.Check(test.token, test.inputs) {
				got = append(got, err.Error())
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}
