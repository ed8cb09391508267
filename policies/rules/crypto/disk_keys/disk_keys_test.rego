package tillit.rules.crypto.disk_keys_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.crypto.disk_keys

_set := fx.id("Microsoft.Compute/diskEncryptionSets/set")

_machine := {
	"storageProfile": {
		"osDisk": {"createOption": "FromImage", "managedDisk": {"diskEncryptionSet": {"id": _set}}},
		"dataDisks": [{"createOption": "Attach", "managedDisk": {"id": fx.id("Microsoft.Compute/disks/disk")}}],
	},
	"securityProfile": {"encryptionAtHost": true},
}

_all := [
	fx.resource("keyvault:Vault", "vault", "Microsoft.KeyVault/vaults/kv", {}),
	fx.resource("keyvault:Key", "key", "Microsoft.KeyVault/vaults/kv/keys/disks", {}),
	fx.resource("compute:DiskEncryptionSet", "set", "Microsoft.Compute/diskEncryptionSets/set", {
		"encryptionType": "EncryptionAtRestWithPlatformAndCustomerKeys",
		"activeKey": {"keyUrl": "https://kv.vault.azure.net/keys/disks/1"},
	}),
	fx.resource("compute:Disk", "disk", "Microsoft.Compute/disks/disk", {"encryption": {"diskEncryptionSetId": _set}}),
	fx.resource("compute:Snapshot", "snapshot", "Microsoft.Compute/snapshots/snapshot", {"encryption": {"diskEncryptionSetId": _set}}),
	fx.resource("compute:VirtualMachine", "vm", "Microsoft.Compute/virtualMachines/vm", _machine),
	fx.resource("compute:VirtualMachineScaleSet", "many", "Microsoft.Compute/virtualMachineScaleSets/many", {"virtualMachineProfile": _machine}),
]

_on(resources) := fx.inventory({"crypto.rest": {}}, resources)

test_under_our_own_keys if {
	found := disk_keys.witness with input as _on(_all)
	{w.urn | some w in found} == {"set", "disk", "snapshot", "vm", "many"}
	count(disk_keys.violation) == 0 with input as _on(_all)
	count(disk_keys.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(disk_keys.witness) == 0 with input as fx.inventory({}, _all)
	count(disk_keys.violation) == 0 with input as fx.inventory({}, fx.dropped(_all, "disk", "/encryption"))
}

test_under_other_keys if {
	every case in [
		["disk", "/encryption", null, "encryption.diskEncryptionSetId"],
		["snapshot", "/encryption/diskEncryptionSetId", fx.id("Microsoft.Compute/diskEncryptionSets/other"), "encryption.diskEncryptionSetId"],
		["set", "/encryptionType", "EncryptionAtRestWithCustomerKey", "encryptionType"],
		["set", "/activeKey/keyUrl", "https://other.vault.azure.net/keys/disks/1", "activeKey.keyUrl"],
		["set", "/activeKey", null, "activeKey.keyUrl"],
		["vm", "/securityProfile/encryptionAtHost", false, "securityProfile.encryptionAtHost"],
		["vm", "/storageProfile/osDisk/managedDisk", {}, "storageProfile.osDisk.managedDisk.diskEncryptionSet.id"],
		["many", "/virtualMachineProfile/storageProfile/osDisk/managedDisk", {}, "virtualMachineProfile.storageProfile.osDisk.managedDisk.diskEncryptionSet.id"],
		["many", "/virtualMachineProfile/securityProfile", {}, "virtualMachineProfile.securityProfile.encryptionAtHost"],
	] {
		found := disk_keys.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == {[case[0], case[3]]}
	}
}

test_a_key_that_is_not_made_yet if {
	later := fx.vague(_all, "set", "activeKey", {"key"})
	count(disk_keys.violation) == 0 with input as _on(later)
	"set" in {w.urn | some w in disk_keys.witness} with input as _on(later)
}

test_unknown_is_undetermined if {
	every case in [
		["disk", "/encryption", "encryption.diskEncryptionSetId"],
		["set", "/activeKey", "activeKey.keyUrl"],
		["vm", "/securityProfile", "securityProfile.encryptionAtHost"],
	] {
		found := disk_keys.undetermined with input as _on(fx.changed(_all, case[0], case[1], fx.unknown))
		fx.at(found) == {[case[0], case[2]]}
	}
}
