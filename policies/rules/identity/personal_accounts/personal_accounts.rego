# METADATA
# title: Nothing has accounts of its own beside Entra
# description: >-
#   A shared key, a local user, an administrator's password or a secret of an
#   application is nobody's personal account. Every service that has such things has
#   them switched off, so that whoever signs in is a person or a workload that Entra
#   knows.
# scope: package
# custom:
#   promise: identity.personal-accounts
#   controls: [A.5.16, A.5.17, A.8.5]
#   severity: critical
#   remediation: Switch local authentication, shared keys, local users and passwords off, and give programs managed identities in place of secrets.
#   types:
#     - azure-native:app:ContainerApp
#     - azure-native:app:Job
#     - azure-native:app:ManagedEnvironment
#     - azure-native:appconfiguration:ConfigurationStore
#     - azure-native:automation:AutomationAccount
#     - azure-native:cognitiveservices:Account
#     - azure-native:compute:VirtualMachine
#     - azure-native:compute:VirtualMachineScaleSet
#     - azure-native:containerregistry:Registry
#     - azure-native:containerservice:ManagedCluster
#     - azure-native:dbforpostgresql:Server
#     - azure-native:documentdb:DatabaseAccount
#     - azure-native:eventgrid:Domain
#     - azure-native:eventgrid:Topic
#     - azure-native:eventhub:Namespace
#     - azure-native:insights:Component
#     - azure-native:keyvault:Vault
#     - azure-native:operationalinsights:Workspace
#     - azure-native:search:Service
#     - azure-native:servicebus:Namespace
#     - azure-native:signalrservice:SignalR
#     - azure-native:sql:Server
#     - azure-native:sql:ServerAzureADOnlyAuthentication
#     - azure-native:storage:StorageAccount
#     - azuread:index/applicationPassword:ApplicationPassword
#     - azuread:index/servicePrincipalPassword:ServicePrincipalPassword
#   facts: [credential_variables, local_accounts]
package tillit.rules.identity.personal_accounts

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.stores

promise := "identity.personal-accounts"

_check contains check if {
	lib.promised(promise)
	some check in checks.table({type: [object.union(want, {"fault": "lets somebody in who is no person and no workload"}) | some want in wants] |
		some type, wants in data.facts.local_accounts.value
	})
}

# The setting is the server's own, or a resource under it, which has the last word.
_check contains {
	"urn": r.urn,
	"property": "administrators.azureADOnlyAuthentication",
	"seen": seen,
	"good": seen == true,
	"wanted": true,
	"msg": sprintf("%s has passwords of its own", [r.name]),
} if {
	lib.promised(promise)
	some r in lib.by_type["azure-native:sql:Server"]
	seen := _sql(r)
}

_sql(r) := [lib.prop(lib.by_urn[urn], "azureADOnlyAuthentication") | some urn in _separate[r.urn]][0]

_sql(r) := lib.prop(r, "administrators.azureADOnlyAuthentication") if not _separate[r.urn]

_separate := stores.children(["azure-native:sql:ServerAzureADOnlyAuthentication"])

# A machine's administrator is one account for all who know its password.
_passwords := {
	"azure-native:compute:VirtualMachine": "osProfile.adminPassword",
	"azure-native:compute:VirtualMachineScaleSet": "virtualMachineProfile.osProfile.adminPassword",
}

_check contains {
	"urn": r.urn,
	"property": property,
	"seen": _covered(lib.prop(r, property)),
	"good": lib.prop(r, property) == null,
	"wanted": "no password",
	"msg": sprintf("%s has an administrator with a password", [r.name]),
} if {
	lib.promised(promise)
	some type, property in _passwords
	some r in lib.by_type[type]
}

_covered(v) := v if lib.unknown(v)

_covered(null) := null

_covered(v) := "a password" if {
	v != null
	not lib.unknown(v)
}

_programs := lib.of({"azure-native:app:ContainerApp", "azure-native:app:Job"})

# A registry is signed in to with the program's identity.
_check contains {
	"urn": r.urn,
	"property": "configuration.registries",
	"seen": seen,
	"good": seen == null,
	"wanted": "an identity",
	"msg": sprintf("%s signs in to its registry with a password", [r.name]),
} if {
	lib.promised(promise)
	some r in _programs
	some registry in lib.items(r, "configuration.registries")
	seen := lib.at(registry, "passwordSecretRef")
}

# So is everything else that Azure's SDKs sign in to.
_check contains {
	"urn": r.urn,
	"property": "template.containers.env",
	"seen": seen,
	"good": _not_a_credential(seen),
	"wanted": "a managed identity",
	"msg": sprintf("%s signs in with %s", [r.name, lib.label(env, "name")]),
} if {
	lib.promised(promise)
	some r in _programs
	some container in lib.items(r, "template.containers")
	some env in lib.list(lib.at(container, "env"))
	seen := lib.at(env, "name")
}

default _not_a_credential(_) := false

_not_a_credential(name) if {
	is_string(name)
	not upper(name) in data.facts.credential_variables.value
}

_check contains check if {
	lib.promised(promise)
	some check in checks.visible({type: ["configuration.registries", "template.containers"] |
		some type in {"azure-native:app:ContainerApp", "azure-native:app:Job"}
	})
}

# A secret of an application is whoever's who holds it.
violation contains {
	"urn": r.urn,
	"msg": sprintf("%s is a secret that a program signs in with", [r.name]),
	"property": "",
	"seen": "a secret",
	"wanted": "a managed identity",
} if {
	lib.promised(promise)
	some r in lib.of({
		"azuread:index/applicationPassword:ApplicationPassword",
		"azuread:index/servicePrincipalPassword:ServicePrincipalPassword",
	})
}

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
