package inventory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkRead holds what was read to what every inventory must be: it can be
// written, and what is written reads again.
func checkRead(t *testing.T, inv *Inventory) {
	t.Helper()
	Resolve(inv, testSubscription)
	encoded, err := inv.Encode()
	if err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	if inv.Estate == "" && inv.Source != armSource {
		return // an empty state
	}
	if _, err := Read(bytes.NewReader(encoded)); err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, encoded)
	}
}

// FuzzRead feeds the reader any bytes.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"*.json", "engine/*.json", "arm/*.json"} {
		found, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(found) == 0 {
			f.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range found {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Add([]byte(`{"version": 3, "deployment": {"resources": [{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C", "id": "x"}]}}`))
	f.Add([]byte(`{"estate": "e", "source": "plan", "resources": [{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C", "props": {"a": [{"$unknown": true}]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if inv, err := Read(bytes.NewReader(data)); err == nil {
			checkRead(t, inv)
		}
	})
}

// fuzzURN is the resource that the forms of FuzzForms speak of.
const fuzzURN = "urn:pulumi:e::p::azure-native:storage:StorageAccount::docs"

// around are the forms of a document, each with a slot for what it says of a
// resource.
var around = map[string]string{
	"inventory": `{"estate": "e", "source": "plan", "resources": [%s]}`,
	"state":     `{"version": 3, "deployment": {"resources": [%s]}}`,
	"preview":   `{"steps": [{"op": "create", "urn": "` + fuzzURN + `", "newState": %s}], "changeSummary": {"create": 1}}`,
	"events": `{"sequence": 0, "timestamp": 0, "resourcePreEvent": {"metadata": {"op": "create", "urn": "` + fuzzURN + `", "new": %s}}}
{"sequence": 1, "timestamp": 0, "summaryEvent": {"isPreview": true, "result": "succeeded"}}`,
	"plan":     `{"manifest": {}, "resourcePlans": {"` + fuzzURN + `": {"goal": %s, "steps": ["create"]}}}`,
	"rows":     `[%s]`,
	"graph":    `{"data": [%s], "count": 1, "total_records": 1}`,
	"template": `{"$schema": "deploymentTemplate.json", "parameters": {"name": {"type": "string"}}, "resources": [%s]}`,
}

// FuzzForms feeds every form what it says of one resource, so that the fuzzer
// need not find the forms by itself.
func FuzzForms(f *testing.F) {
	for _, seed := range []string{
		`{"urn": "` + fuzzURN + `", "type": "azure-native:storage:StorageAccount", "custom": true, "id": "` + armID + `", "inputs": {"minimumTlsVersion": "TLS1_2"}, "outputs": {"minimumTlsVersion": "TLS1_0", "__meta": 1}}`,
		`{"urn": "` + fuzzURN + `", "type": "a:b:C", "inputs": {"key": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}}, "propertyDependencies": {"key": ["` + fuzzURN + `"]}}`,
		`{"type": "azure-native:storage:StorageAccount", "name": "docs", "custom": true, "inputDiff": {"adds": {"tags": {"a": ["04da6b54-80e4-46f7-96ec-b56ff0331ba9"]}}}, "outputDiff": {}}`,
		`{"id": "` + armID + `", "type": "Microsoft.Storage/storageAccounts", "name": "docs", "properties": {"minimumTlsVersion": "TLS1_2", "networkAcls": null}, "tags": {}}`,
		`{"type": "Microsoft.Storage/storageAccounts", "name": "[parameters('name')]", "properties": {"encryption": "[reference(resourceId('Microsoft.KeyVault/vaults', 'v')).x]"}, "dependsOn": ["[concat('a', 'b')]"], "resources": [{"type": "blobServices", "name": "default"}]}`,
		`{"type": "Microsoft.Storage/storageAccounts/blobServices", "name": "docs/default", "copy": {"name": "x", "count": 2}, "condition": "[true()]", "scope": "/subscriptions/s"}`,
	} {
		f.Add(seed)
	}
	deployed, err := os.ReadFile(filepath.Join("testdata", "engine", "first.state.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, said string) {
		for form, document := range around {
			if inv, err := Read(strings.NewReader(fmt.Sprintf(document, said))); err == nil {
				checkRead(t, inv)
			}
			if form == "plan" || form == "rows" { // both are read beside a state
				if inv, err := ReadAll(Input{form, strings.NewReader(fmt.Sprintf(document, said))}, Input{"state", bytes.NewReader(deployed)}); err == nil {
					checkRead(t, inv)
				}
			}
		}
	})
}

// FuzzExpression feeds the reader of ARM templates any expression. It works out
// nothing of a secure parameter, and its work is bounded.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		"parameters('name')", "parameters('word')", "concat(parameters('word'), 'x')", "variables('all')", "variables('loop')",
		"format('{0}/{1}', parameters('name'), 7)", "resourceId('Microsoft.Storage/storageAccounts', parameters('none'))",
		"resourceId('group', 'Microsoft.Network/virtualNetworks/subnets', 'a', 'b')", "subscriptionResourceId('A.B/c', 'd')",
		"extensionResourceId(resourceGroup().id, 'A.B/c', 'd')", "reference(resourceId('A.B/c', 'd')).e[0]['f']",
		"subscription().subscriptionId", "toLower(toUpper('a''b'))", "variables('all').list[-1]", "true()", "[[escaped]", "(((((", "concat('a', 'b'",
	} {
		f.Add(seed)
	}
	const word = "kept-7f3a9c51" // of the secure parameter
	f.Fuzz(func(t *testing.T, expression string) {
		if strings.Contains(expression, "7") {
			return // it might spell the word itself
		}
		quoted, err := json.Marshal("[" + expression + "]")
		if err != nil {
			t.Fatal(err)
		}
		template := fmt.Sprintf(`{"$schema": "deploymentTemplate.json",
			"parameters": {"name": {"type": "string", "defaultValue": "docs"}, "none": {"type": "string"}, "word": {"type": "securestring", "defaultValue": %q}},
			"variables": {"all": {"list": ["[parameters('name')]", "[parameters('word')]"], "x": "[concat(variables('all').list[0], '-')]"}, "loop": "[variables('loop')]", "given": %s},
			"resources": [
				{"type": "Microsoft.Storage/storageAccounts", "name": "docs", "tags": {"given": %s}, "properties": {"minimumTlsVersion": %s}, "dependsOn": [%s]},
				{"type": "Microsoft.Storage/storageAccounts", "name": %s, "condition": %s}]}`, word, quoted, quoted, quoted, quoted, quoted, quoted)
		inv, err := Read(strings.NewReader(template))
		if err != nil {
			return
		}
		checkRead(t, inv)
		if encoded, err := inv.Encode(); err != nil || bytes.Contains(bytes.ToLower(encoded), []byte(word)) {
			t.Fatalf("the secure parameter is told: %v\n%s", err, encoded)
		}
	})
}
