package mutation

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
)

const resourceGroup = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg"

// account is an estate of one resource, with properties that mutants are made of.
func account(name string) inventory.Resource {
	return inventory.Resource{
		URN: "urn:pulumi:small::tillit::azure-native:storage:StorageAccount::" + name, Type: "azure-native:storage:StorageAccount",
		Name: name, Custom: true, ID: resourceGroup + "/providers/Microsoft.Storage/storageAccounts/" + name,
		Props: map[string]any{
			"resourceGroupName": "rg", "accountName": name, "location": "westeurope",
			"minimumTlsVersion": "TLS1_2", "enableHttpsTrafficOnly": true,
			"networkRuleSet": map[string]any{"ipRules": []any{map[string]any{"value": "10.0.0.0/24"}, map[string]any{"value": "10.0.1.1"}}},
			"encryption":     map[string]any{"key": inventory.Secret(), "keySource": "Microsoft.Keyvault"},
		},
	}
}

func small() *inventory.Inventory {
	service := inventory.Resource{
		URN: "urn:pulumi:small::tillit::azure-native:storage:BlobServiceProperties::blobs", Type: "azure-native:storage:BlobServiceProperties",
		Name: "blobs", Custom: true, ID: resourceGroup + "/providers/Microsoft.Storage/storageAccounts/one/blobServices/default",
		Props: map[string]any{
			"resourceGroupName": "rg", "accountName": "one", "blobServicesName": "default",
			"restorePolicy": map[string]any{"days": 7.0},
		},
	}
	other := service
	other.URN += "-two"
	other.ID = strings.Replace(service.ID, "one", "two", 1)
	other.Props = map[string]any{"resourceGroupName": "rg", "accountName": "two", "blobServicesName": "default"}
	component := inventory.Resource{URN: "urn:pulumi:small::tillit::tillit:modules:Documents::documents", Type: "tillit:modules:Documents"}
	return &inventory.Inventory{Estate: "small", Source: "plan", Resources: []inventory.Resource{account("one"), service, other, component}}
}

func TestMutants(t *testing.T) {
	inv := small()
	got := map[string]bool{}
	for _, m := range Mutants(inv) {
		_, change, _ := strings.Cut(m.String(), "azure-native:storage:")
		if got[change] {
			t.Errorf("twice: %s", change)
		}
		got[change] = true
	}
	want := []string{
		"StorageAccount::one remove",
		"StorageAccount::one.location remove",
		"StorageAccount::one.location relocate to eastus",
		"StorageAccount::one.minimumTlsVersion remove",
		"StorageAccount::one.minimumTlsVersion downgrade to TLS1_0",
		"StorageAccount::one.enableHttpsTrafficOnly remove",
		"StorageAccount::one.enableHttpsTrafficOnly flip to false",
		"StorageAccount::one.networkRuleSet remove",
		"StorageAccount::one.networkRuleSet.ipRules remove",
		"StorageAccount::one.networkRuleSet.ipRules empty to []",
		"StorageAccount::one.networkRuleSet.ipRules[0] drop",
		"StorageAccount::one.networkRuleSet.ipRules[0].value remove",
		"StorageAccount::one.networkRuleSet.ipRules[0].value readdress to 192.0.2.0/24",
		"StorageAccount::one.networkRuleSet.ipRules[0].value open to 0.0.0.0/0",
		"StorageAccount::one.networkRuleSet.ipRules[1] drop",
		"StorageAccount::one.networkRuleSet.ipRules[1].value remove",
		"StorageAccount::one.networkRuleSet.ipRules[1].value readdress to 192.0.2.1",
		"StorageAccount::one.encryption remove",
		"StorageAccount::one.encryption.key remove",
		"StorageAccount::one.encryption.keySource remove",
		"StorageAccount::one.encryption.keySource downgrade to Microsoft.Storage",
		"BlobServiceProperties::blobs remove",
		"BlobServiceProperties::blobs.accountName move to two",
		"BlobServiceProperties::blobs.restorePolicy remove",
		"BlobServiceProperties::blobs.restorePolicy.days remove",
		"BlobServiceProperties::blobs.restorePolicy.days halve to 3",
		"BlobServiceProperties::blobs.restorePolicy.days zero to 0",
		"BlobServiceProperties::blobs-two remove",
		"BlobServiceProperties::blobs-two.accountName move to one",
	}
	for _, w := range want {
		if !got[w] {
			t.Errorf("no mutant %s", w)
		}
		delete(got, w)
	}
	for g := range got {
		t.Errorf("an unexpected mutant %s", g)
	}
}

func TestWeaken(t *testing.T) {
	inv := &inventory.Inventory{Resources: []inventory.Resource{account("one"), account("two")}}
	s := look(inv)
	one, two := inv.Resources[0].ID, inv.Resources[1].ID
	for _, c := range []struct {
		value any
		want  []change
	}{
		{true, []change{{"flip", false}}},
		{0.0, nil},
		{1.0, []change{{"zero", 0.0}}},
		{[]any{"one"}, nil},
		{"Locked", []change{{"downgrade", "Unlocked"}, {"downgrade", "Disabled"}}},
		{"AlwaysON", []change{{"downgrade", "Off"}}},
		{"P54W", []change{{"shorten", "PT1M"}}},
		{"R/2024-01-07T02:00:00Z/P1W", []change{{"stretch", "R/2024-01-07T02:00:00Z/P10Y"}}},
		{"norwayeast", []change{{"relocate", "eastus"}}},
		{"0.0.0.0/0", []change{{"readdress", "192.0.2.0/24"}}},
		{strings.ToUpper(one[:4]) + one[4:], []change{{"alter", "other"}}},
		{one, []change{{"reroute", two}, {"misdirect", one[:len(one)-len("one")] + "elsewhere"}}},
		{"*", []change{{"alter", "other"}}},
		{"/subscriptions/a", []change{{"misdirect", "/subscriptions/99999999-9999-4999-8999-999999999999"}}},
		{"words", []change{{"alter", "other"}}},
	} {
		if got := s.weaken(&inv.Resources[0], "property", c.value); !slices.EqualFunc(got, c.want, func(a, b change) bool {
			return a.operator == b.operator && a.value == b.value
		}) {
			t.Errorf("%v: %v, want %v", c.value, got, c.want)
		}
	}
}

// An id that is pointed elsewhere is pointed to something else, where there is
// anything but twins.
func TestRerouteAvoidsTwins(t *testing.T) {
	other := account("other")
	other.Props["minimumTlsVersion"] = "TLS1_0"
	inv := &inventory.Inventory{Resources: []inventory.Resource{account("one"), account("twin"), other}}
	s := look(inv)
	if got := s.reroute(inv.Resources[0].ID); got[0].value != other.ID {
		t.Errorf("it is pointed to %v, want %s", got[0].value, other.ID)
	}
	if got := s.reroute(other.ID); got[0].value != inv.Resources[0].ID {
		t.Errorf("it is pointed to %v, want %s", got[0].value, inv.Resources[0].ID)
	}
}

// A mutant differs from the estate in what it says it changes, and the estate
// stays as it is.
func TestApply(t *testing.T) {
	inv := small()
	before := encode(t, inv)
	seen := map[string]string{before: "the estate itself"}
	for _, m := range Mutants(inv) {
		after := encode(t, m.Apply(inv))
		if other := seen[after]; other != "" {
			t.Errorf("%s makes the same as %s", m, other)
		}
		seen[after] = m.String()
	}
	if encode(t, inv) != before {
		t.Error("the estate has changed")
	}
}

func TestAMovedChildHasAnotherID(t *testing.T) {
	inv := small()
	for _, m := range Mutants(inv) {
		if m.Operator != "move" || m.index != 1 {
			continue
		}
		if got, want := m.Apply(inv).Resources[1].ID, inv.Resources[2].ID; !strings.EqualFold(got, want) {
			t.Errorf("%s has the id %s, want %s", m, got, want)
		}
	}
}

func encode(t *testing.T, inv *inventory.Inventory) string {
	t.Helper()
	text, err := json.Marshal(inv)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pack is the shipped pack without one rule.
func pack(t *testing.T, rule string) *gate.Gate {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(policies.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || rule != "" && strings.HasPrefix(name, rule) {
			return err
		}
		text, err := fs.ReadFile(policies.Files, name)
		files[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.Load(context.Background(), files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The harness sees a rule that is gone: its mutants get through.
func TestAMissingRuleLetsMutantsThrough(t *testing.T) {
	declaration := &promises.Declaration{Estate: "small", Promises: map[promises.ID]promises.Declared{
		"crypto.transit": {Params: promises.Params{"tls": {Text: "1.2"}}},
	}}
	inv := &inventory.Inventory{Estate: "small", Source: "plan", Resources: []inventory.Resource{account("one")}}
	for _, c := range []struct {
		without string
		want    []Killer
	}{
		{"", []Killer{{"crypto/tls-current", "crypto.transit"}}},
		{"rules/crypto/tls_current", nil},
	} {
		e, err := New(context.Background(), pack(t, c.without), inv, declaration, clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range Mutants(inv) {
			if m.Property != "minimumTlsVersion" {
				continue
			}
			got, err := e.Kill(context.Background(), m)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("without %q, %s is caught by %v, want %v", c.without, m, got, c.want)
			}
		}
	}
}

func TestABrokenEstateIsRefused(t *testing.T) {
	declaration := &promises.Declaration{Estate: "small", Promises: map[promises.ID]promises.Declared{
		"crypto.transit": {Params: promises.Params{"tls": {Text: "1.2"}}},
	}}
	if _, err := New(context.Background(), pack(t, ""), &inventory.Inventory{}, declaration, clock.Now()); err == nil {
		t.Error("an empty estate is taken for a sound one")
	}
}

func TestHarmlessThatIsNoList(t *testing.T) {
	for name, text := range map[string]string{
		"no reason":       "- types: [a]\n  properties: [b]\n",
		"no type":         "- properties: [b]\n  reason: c\n",
		"unknown promise": "- types: [a]\n  properties: [b]\n  reason: c\n  unless: [nothing]\n",
		"unknown key":     "- types: [a]\n  properties: [b]\n  reason: c\n  because: d\n",
		"broken pattern":  "- types: ['[']\n  properties: [b]\n  reason: c\n",
		"no YAML":         "{",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "harmless.yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := ReadHarmless(file); err == nil {
				t.Error("no error")
			}
		})
	}
	if _, err := ReadHarmless(filepath.Join(t.TempDir(), "none.yaml")); err == nil {
		t.Error("no error without a file")
	}
}

func TestHarmless(t *testing.T) {
	plain := &promises.Declaration{}
	redundant := &promises.Declaration{Promises: map[promises.ID]promises.Declared{"continuity.redundant": {}}}
	list := Explained{
		{Types: []string{"azure-native:*:Vault"}, Properties: []string{"tags.*"}, Reason: "labels"},
		{Types: []string{"*"}, Properties: []string{"location"}, Operators: []string{"remove"}, Reason: "the default"},
		{Types: []string{"*"}, Names: []string{"extra-*"}, Properties: []string{""}, Reason: "more than is promised"},
		{Types: []string{"*"}, Properties: []string{"sku.name"}, Survives: true, Reason: "the price", Unless: []promises.ID{"continuity.redundant"}},
	}
	for _, c := range []struct {
		Mutant
		left, accepted bool
	}{
		{Mutant{Type: "azure-native:keyvault:Vault", Property: "tags.purpose", Operator: "alter"}, true, false},
		{Mutant{Type: "azure-native:keyvault:Key", Property: "tags.purpose", Operator: "alter"}, false, false},
		{Mutant{Type: "azure-native:keyvault:Key", Property: "location", Operator: "remove"}, true, false},
		{Mutant{Type: "azure-native:keyvault:Key", Property: "location", Operator: "relocate"}, false, false},
		{Mutant{Type: "azure-native:keyvault:Key", Name: "extra-key", Operator: "remove"}, true, false},
		{Mutant{Type: "azure-native:keyvault:Key", Name: "key", Operator: "remove"}, false, false},
		{Mutant{Type: "azure-native:keyvault:Key", Property: "sku.name", Operator: "alter"}, false, true},
	} {
		if got := list.Left(plain, c.Mutant) != nil; got != c.left {
			t.Errorf("%v left out: %v", c.Mutant, got)
		}
		if got := list.Accepts(plain, c.Mutant) != nil; got != c.accepted {
			t.Errorf("%v accepted: %v", c.Mutant, got)
		}
	}
	price := Mutant{Type: "azure-native:keyvault:Key", Property: "sku.name", Operator: "alter"}
	if redundant := list.Accepts(redundant, price); redundant != nil {
		t.Error("an entry speaks of an estate that promises what it excepts")
	}
	if n := len(list.Unused()); n != 0 {
		t.Errorf("%d entries unused, want none", n)
	}
	if n := len(Explained{{}}.Unused()); n != 1 {
		t.Errorf("%d entries unused, want 1", n)
	}
}

func TestWider(t *testing.T) {
	for _, c := range []struct {
		property, value string
		want            any
	}{
		{"permissions.actions", "Microsoft.Storage/read", "*"},
		{"permissions.actions", "*", nil},
		{"securityRules.sourceAddressPrefix", "10.0.0.0/8", "*"},
		{"roleDefinitionId", "/providers/roleDefinitions/reader", "/providers/roleDefinitions/" + owner},
		{"roleDefinitionId", "/providers/roleDefinitions/" + owner, nil},
		{"scope", resourceGroup, "/subscriptions/00000000-0000-4000-8000-000000000001"},
		{"scope", "/subscriptions/a", nil},
		{"description", "words", nil},
	} {
		var got any
		if changes := wider(c.property, c.value); len(changes) == 1 {
			got = changes[0].value
		}
		if got != c.want {
			t.Errorf("%s %s: %v, want %v", c.property, c.value, got, c.want)
		}
	}
}

// What the tally counts adds up, and tells what an estate does not promise from
// what gets through.
func TestTally(t *testing.T) {
	ctx := context.Background()
	declare := func(ids ...promises.ID) *promises.Declaration {
		d := &promises.Declaration{Estate: "small", Promises: map[promises.ID]promises.Declared{}}
		for _, id := range ids {
			d.Promises[id] = promises.Declared{Params: promises.Params{"tls": {Text: "1.2"}}}
		}
		return d
	}
	sound := account("one")
	sound.Props = map[string]any{
		"accountName": "one", "resourceGroupName": "rg", "minimumTlsVersion": "TLS1_2", "enableHttpsTrafficOnly": true, "allowSharedKeyAccess": false,
	}
	inv := &inventory.Inventory{Estate: "small", Source: "plan", Resources: []inventory.Resource{sound}}
	g := pack(t, "")
	e, err := New(ctx, g, inv, declare("crypto.transit"), clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	reference, err := New(ctx, g, inv, declare("crypto.transit", "identity.mfa"), clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	explained := Explained{
		{Types: []string{"*"}, Properties: []string{"resourceGroupName"}, Reason: "filing"},
		{Types: []string{"*"}, Properties: []string{"enableHttpsTrafficOnly"}, Operators: []string{"remove"}, Survives: true, Reason: "the default"},
	}
	tally, err := Run(ctx, e, []*Estate{reference}, explained, 0)
	if err != nil {
		t.Fatal(err)
	}
	var left int
	for _, n := range tally.Left {
		left += n
	}
	if tally.Generated != left+tally.Made || tally.Made != tally.Caught+len(tally.Elsewhere)+len(tally.Survivors) {
		t.Errorf("the counts do not add up: %s", tally)
	}
	if len(tally.Unexplained()) != 0 || len(tally.Elsewhere) != 2 || len(tally.Survivors) != 1 || tally.Killers["crypto/tls-current"] == 0 {
		t.Errorf("%s: elsewhere %v, survivors %v", tally, tally.Elsewhere, tally.Survivors)
	}
	alone, err := Run(ctx, e, nil, explained, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(alone.Unexplained()) != 2 || alone.Score() >= tally.Score() {
		t.Errorf("without a reference: %s", alone)
	}
	if sample, err := Run(ctx, e, nil, explained, 2); err != nil || sample.Made != 2 {
		t.Errorf("a sample of 2 has %v, %v", sample, err)
	}
}
