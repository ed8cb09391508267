# METADATA
# title: Every workload has an identity of its own
# description: >-
#   What runs signs in with a managed identity that nothing else uses, so that the log
#   names the program and each has the rights of its own task only. Jobs and apps
#   that run the same image are one program. A service that reads its key with a workload's
#   identity, or somebody outside whom the identity trusts, is another user of it.
# scope: package
# custom:
#   promise: identity.personal-accounts
#   controls: [A.5.16, A.5.17, A.8.5]
#   severity: high
#   remediation: Give each program a managed identity of its own, and outsiders and services another.
#   types:
#     - azure-native:app:ContainerApp
#     - azure-native:app:Job
#     - azure-native:compute:VirtualMachine
#     - azure-native:compute:VirtualMachineScaleSet
#     - azure-native:containerinstance:ContainerGroup
#     - azure-native:managedidentity:FederatedIdentityCredential
#     - azure-native:managedidentity:UserAssignedIdentity
#     - azure-native:web:WebApp
#   facts: []
package tillit.rules.identity.own_identity

import data.tillit.lib
import data.tillit.lib.checks

promise := "identity.personal-accounts"

# _images is where a workload's images stand; a workload without images is a
# program by itself.
_images := {
	"azure-native:app:ContainerApp": "template.containers",
	"azure-native:app:Job": "template.containers",
	"azure-native:containerinstance:ContainerGroup": "containers",
}

_workloads := lib.of(object.keys(_images) | {
	"azure-native:compute:VirtualMachine",
	"azure-native:compute:VirtualMachineScaleSet",
	"azure-native:web:WebApp",
})

_urns := {r.urn | some r in _workloads}

_program(r) := lib.veil(concat(", ", sort({lib.label(c, "image") | some c in lib.items(r, _images[r.type])}))) if {
	_known_images(r)
}

_program(r) := {"$unknown": true} if {
	_images[r.type]
	not _known_images(r)
}

_program(r) := r.name if {
	r.urn in _urns
	not _images[r.type]
}

_program(r) := "a service of the platform" if not r.urn in _urns

_known_images(r) if {
	not lib.unknown(lib.prop(r, _images[r.type]))
	every c in lib.items(r, _images[r.type]) { is_string(lib.at(c, "image")) }
}

# _own is the identities that a resource is given: the URNs of those in the estate,
# the ids of others.
_own(r) := {identity |
	some id in _listed(lib.prop(r, "identity.userAssignedIdentities"))
	some identity in _identities(r, id)
}

# A program lists them; Azure answers with an object by id.
_listed(v) := [v] if lib.unknown(v)

_listed(v) := [id | some id, _ in v] if {
	is_object(v)
	not lib.unknown(v)
}

_listed(v) := lib.list(v) if not is_object(v)

_identities(_, id) := object.get(lib.by_id, lower(id), {lower(id)}) if is_string(id)

_identities(r, id) := {urn |
	some urn in object.get(r, ["propertyDependsOn", "identity"], [])
	lib.by_urn[urn].type == "azure-native:managedidentity:UserAssignedIdentity"
} if {
	lib.unknown(id)
}

# _users maps an identity to the programs that use it.
_users := lib.group(array.concat(
	[[identity, _program(r)] |
		some r in input.resources
		lib.prop(r, "identity") != null
		some identity in _own(r)
	],
	[[urn, "somebody outside"] |
		some r in lib.by_type["azure-native:managedidentity:FederatedIdentityCredential"]
		some urn in _parent(lib.prop(r, "resourceName"), r)
	],
))

# _parent is the identities whose name a credential's is under.
_parent(name, _) := object.get(_named, lower(name), set()) if is_string(name)

_parent(name, r) := {urn | some urn in object.get(r, ["propertyDependsOn", "resourceName"], [])} if lib.unknown(name)

_named := lib.group([[lower(name), r.urn] |
	some r in lib.by_type["azure-native:managedidentity:UserAssignedIdentity"]
	name := lib.prop(r, "resourceName")
	is_string(name)
])

_check contains {
	"urn": r.urn,
	"property": "identity.type",
	"seen": seen,
	"good": _given(r, seen),
	"wanted": "a managed identity",
	"msg": sprintf("%s has no identity", [r.name]),
} if {
	lib.promised(promise)
	some r in _workloads
	seen := lib.prop(r, "identity.type")
}

default _given(_, _) := false

_given(_, type) if _names(type, "systemassigned")

_given(r, type) if {
	_names(type, "userassigned")
	count(_own(r)) > 0
}

_names(type, kind) if {
	is_string(type)
	contains(lower(type), kind)
}

_check contains {
	"urn": r.urn,
	"property": "identity.userAssignedIdentities",
	"seen": _seen(others),
	"good": others == set(),
	"wanted": "an identity that nothing else uses",
	"msg": sprintf("%s shares its identity with %s", [r.name, concat(", ", sort({o | some o in others; is_string(o)}))]),
} if {
	lib.promised(promise)
	some r in _workloads
	some identity in _own(r)
	others := _users[identity] - {_program(r)}
}

_seen(others) := lib.veil(sort(others))

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
