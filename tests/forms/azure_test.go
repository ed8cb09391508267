package forms

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/azure"
)

// resources asks the rehearsal's Azure for every resource there is.
func (e *engine) resources(t *testing.T) []map[string]any {
	t.Helper()
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(e.Azure.CA())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	var list []map[string]any
	for _, id := range e.Resources() {
		kind, _, ok := azure.Parse(id)
		if !ok {
			t.Fatalf("%s is of no type that is known", id)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.Azure.URL()+id+"?api-version="+kind.APIVersion, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+e.Azure.Token())
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		var resource map[string]any
		if err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(body, &resource) != nil {
			t.Fatalf("%s: %s %v\n%s", id, res.Status, err, body)
		}
		list = append(list, resource)
	}
	return list
}

func (e *engine) write(t *testing.T, file string, document any) {
	t.Helper()
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(e.file(file), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// graph are the rows that Resource Graph gives of resources, with the columns
// that its tables have: what there is not is null or an empty text.
func graph(resources []map[string]any) map[string]any {
	rows := make([]any, len(resources))
	for i, r := range resources {
		row := map[string]any{
			"kind": "", "managedBy": "", "sku": nil, "plan": nil, "identity": nil, "zones": nil, "extendedLocation": nil, "location": "", "tags": nil,
			"tenantId": azure.Tenant, "subscriptionId": azure.Subscription, "resourceGroup": groupOf(r["id"].(string)),
		}
		maps.Copy(row, r)
		row["type"] = strings.ToLower(r["type"].(string))
		delete(row, "etag")
		rows[i] = row
	}
	return map[string]any{"count": len(rows), "data": rows, "skip_token": nil, "total_records": len(rows)}
}

func groupOf(id string) string {
	segments := strings.Split(id, "/")
	if len(segments) > 4 && strings.EqualFold(segments[3], "resourceGroups") {
		return strings.ToLower(segments[4])
	}
	return ""
}

// list is what az resource list shows of resources: those at the top of a group,
// without their properties.
func list(resources []map[string]any) []any {
	var rows []any
	for _, r := range resources {
		id := r["id"].(string)
		if strings.Count(r["type"].(string), "/") > 1 || groupOf(id) == "" || strings.Count(id, "/providers/") != 1 {
			continue
		}
		row := map[string]any{
			"changedTime": "2024-06-01T12:00:00+00:00", "createdTime": "2024-06-01T12:00:00+00:00", "extendedLocation": nil, "identity": nil,
			"kind": nil, "location": nil, "managedBy": nil, "plan": nil, "properties": nil, "provisioningState": "Succeeded",
			"resourceGroup": groupOf(id), "sku": nil, "tags": nil,
		}
		for name := range row {
			if v, there := r[name]; there && name != "properties" {
				row[name] = v
			}
		}
		row["id"], row["name"], row["type"] = id, r["name"], r["type"]
		rows = append(rows, row)
	}
	return rows
}

// template is what az group export --skip-all-params makes of all resources, as
// one template for the whole subscription: names in place of ids, and ids as
// expressions.
func template(resources []map[string]any) map[string]any {
	var items []any
	for _, r := range resources {
		item := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(r)) {
			if !slices.Contains([]string{"id", "etag", "name", "type"}, name) {
				item[name] = r[name]
			}
		}
		id := r["id"].(string)
		item["type"], item["name"], item["apiVersion"] = r["type"], nameIn(id), "2024-01-01"
		if at := strings.LastIndex(strings.ToLower(id), "/providers/"); at > 0 {
			item["scope"] = id[:at]
		}
		items = append(items, item)
	}
	return map[string]any{
		"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
		"parameters": map[string]any{}, "variables": map[string]any{}, "resources": items,
	}
}

// nameIn is a resource's name as a template gives it: network/subnet.
func nameIn(id string) string {
	if at := strings.LastIndex(strings.ToLower(id), "/providers/"); at > 0 {
		id = id[at+len("/providers"):]
	} else {
		id = "/Microsoft.Resources" + id[strings.Index(strings.ToLower(id), "/resourcegroups"):]
	}
	segments := strings.Split(strings.Trim(id, "/"), "/")
	var names []string
	for i := 2; i < len(segments); i += 2 {
		names = append(names, segments[i])
	}
	return strings.Join(names, "/")
}
