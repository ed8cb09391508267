# METADATA
# title: A copy of every store goes to an independent provider, continuously
# description: >-
#   A job of its own identity, which may read the stores and change nothing, copies
#   them to a host that is not Azure's. It runs at least as often as the slower of
#   the databases backs up its own log, speaks TLS or SSH, encrypts before it sends,
#   takes its credentials from a key vault by reference, and every firewall on its way
#   lets it through to that host alone.
# scope: package
# custom:
#   promise: backup.off-provider
#   controls: [A.5.23, A.8.13, A.5.30]
#   severity: critical
#   remediation: >-
#     Schedule a job that runs the copy every ten minutes or oftener to a host outside
#     Azure, under an identity with read roles only, with its secrets by Key Vault
#     reference and a firewall rule for the host.
#   types:
#     - azure-native:app:Job
#     - azure-native:app:ContainerApp
#     - azure-native:app:ManagedEnvironment
#     - azure-native:authorization:RoleAssignment
#     - azure-native:authorization:RoleDefinition
#     - azure-native:managedidentity:UserAssignedIdentity
#     - azure-native:network:AzureFirewall
#     - azure-native:network:FirewallPolicy
#     - azure-native:network:FirewallPolicyRuleCollectionGroup
#     - azure-native:dbforpostgresql:Server
#     - azure-native:sql:Database
#     - azure-native:storage:StorageAccount
#   facts: [azure_domains, continuous_copy, read_roles]
package tillit.rules.backup.off_provider

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.cron
import data.tillit.lib.network
import data.tillit.lib.roles
import data.tillit.lib.stores
import data.tillit.lib.values

promise := "backup.off-provider"

_target := lib.promised(promise).target

_job := "azure-native:app:Job"

# _services are the scheme of each target's address and what its job needs to get
# in, besides the public key that it encrypts to.
_services := {
	"s3": {"scheme": "https", "secrets": ["COPY_ACCESS_KEY", "COPY_SECRET_KEY", "COPY_RECIPIENT"]},
	"sftp": {"scheme": "sftp", "secrets": ["COPY_PRIVATE_KEY", "COPY_HOST_KEY", "COPY_RECIPIENT"]},
}

_service := _services[_target]

# _jobs is the jobs that copy, with the words after the command.
_jobs := [{"r": r, "args": args, "container": container} |
	_target
	some r in lib.by_type[_job]
	some container in lib.items(r, "template.containers")
	args := lib.list(lib.at(container, "args"))
	args[0] == "copy"
]

# _flag is the word after a flag; null when there is none.
_flag(job, name) := [job.args[i + 1] | some i, word in job.args; word == name][0]

# Whenever.

_check contains {
	"urn": job.r.urn,
	"property": "configuration.scheduleTriggerConfig.cronExpression",
	"seen": _rhythm(job.r),
	"good": _often(_rhythm(job.r)),
	"wanted": sprintf("a run every %s or oftener", [values.spell(_rest)]),
	"msg": sprintf("%s does not run every %s, as often as a database backs up its own log", [job.r.name, values.spell(_rest)]),
} if {
	some job in _jobs
}

_rest := data.facts.continuous_copy.value

_rhythm(r) := lib.prop(r, "configuration.scheduleTriggerConfig.cronExpression") if {
	lib.fold(lib.prop(r, "configuration.triggerType")) == "schedule"
} else := lib.prop(r, "configuration.triggerType")

default _often(_) := false

_often(rhythm) if cron.gap(rhythm) <= _rest

# Whereto.

_check contains {
	"urn": job.r.urn,
	"property": "template.containers.args",
	"seen": _word(job, "--target"),
	"good": _word(job, "--target") == _target,
	"wanted": _target,
	"msg": sprintf("%s does not copy over %s", [job.r.name, _target]),
} if {
	some job in _jobs
}

_check contains {
	"urn": job.r.urn,
	"property": "template.containers.args",
	"seen": _word(job, "--endpoint"),
	"good": startswith(_text(_word(job, "--endpoint")), sprintf("%s://", [_service.scheme])),
	"wanted": sprintf("%s://…", [_service.scheme]),
	"msg": sprintf("%s does not send its copy over %s", [job.r.name, _service.scheme]),
} if {
	some job in _jobs
}

_check contains {
	"urn": job.r.urn,
	"property": "template.containers.args",
	"seen": _word(job, "--endpoint"),
	"good": _independent(_host(job)),
	"wanted": "the name of a host outside Azure",
	"msg": sprintf("%s sends its copy to %s, which is not independent of Azure", [job.r.name, _host(job)]),
} if {
	some job in _jobs
}

_word(job, name) := _flag(job, name)

_word(job, name) := null if not _flag(job, name)

_text(v) := v if is_string(v)

_text(v) := "" if not is_string(v)

# _host is the host of a job's endpoint, in lower case; empty when it has none.
_host(job) := found[1] if {
	[found] := regex.find_all_string_submatch_n(`^[a-z0-9]+://([^/:]+)`, lower(_text(_word(job, "--endpoint"))), 1)
} else := ""

default _independent(_) := false

# An address without a name does not tell whose it is.
_independent(host) if {
	regex.match(`\.[a-z][a-z0-9-]*$`, host)
	every domain in data.facts.azure_domains.value { not endswith(sprintf(".%s", [host]), sprintf(".%s", [domain])) }
}

# With what secrets.

_check contains {
	"urn": job.r.urn,
	"property": sprintf("template.containers.env[%s].secretRef", [name]),
	"seen": _secret(job, name),
	"good": _source(job, name) in _referred(job.r),
	"wanted": "a secret that is a reference to Key Vault",
	"msg": sprintf("%s does not take %s from a key vault", [job.r.name, name]),
} if {
	some job in _jobs
	some name in _service.secrets
}

_secret(job, name) := _source(job, name) if not lib.unknown(lib.prop(job.r, "configuration.secrets"))

_secret(job, _) := v if {
	v := lib.prop(job.r, "configuration.secrets")
	lib.unknown(v)
}

# _source is the secret that a variable comes from; null when it comes from none.
_source(job, name) := [ref |
	some env in lib.list(lib.at(job.container, "env"))
	lib.at(env, "name") == name
	ref := lib.at(env, "secretRef")
][0]

_source(job, name) := null if not name in {lib.at(env, "name") | some env in lib.list(lib.at(job.container, "env"))}

# _referred is the names of a job's secrets that are references.
_referred(r) := {secret.name |
	some secret in lib.items(r, "configuration.secrets")
	_reference(secret)
}

_reference(secret) if regex.match(`^https://[^/]+\.vault\.azure\.net/secrets/`, lower(_text(lib.at(secret, "keyVaultUrl"))))

_reference(secret) if {
	lib.unknown(lib.at(secret, "keyVaultUrl"))
	lib.at(secret, "value") == null
}

# As whom.

_check contains {
	"urn": job.r.urn,
	"property": "identity.userAssignedIdentities",
	"seen": _seen_identities(job.r),
	"good": _own(job.r),
	"wanted": "one identity that nothing else runs as",
	"msg": sprintf("%s has no identity of its own", [job.r.name]),
} if {
	some job in _jobs
}

# What was read back lists the identities as the keys of an object.
_identities(r) := {urn | some id, _ in listed; some urn in _identity(r, id)} if {
	listed := lib.prop(r, "identity.userAssignedIdentities")
	is_object(listed)
	not lib.unknown(listed)
} else := {urn |
	some id in array.concat(lib.items(r, "identity.userAssignedIdentities"), [v |
		v := lib.prop(r, "identity.userAssignedIdentities")
		lib.unknown(v)
	])
	some urn in _identity(r, id)
}

_identity(r, id) := lib.targets(r, "identity", id, "azure-native:managedidentity:UserAssignedIdentity")

_seen_identities(r) := sort({lib.by_urn[urn].name | some urn in _identities(r)}) if {
	count(_identities(r)) > 0
} else := lib.veil(lib.prop(r, "identity.userAssignedIdentities"))

default _own(_) := false

_own(r) if {
	count(_identities(r)) == 1
	some identity in _identities(r)
	count(_runners[identity]) == 1
}

# _runners maps an identity to the jobs and applications that run as it.
_runners := lib.group([[identity, r.urn] |
	_target
	some r in lib.of([_job, "azure-native:app:ContainerApp"])
	some identity in _identities(r)
])

_copiers := {identity | some job in _jobs; some identity in _identities(job.r)}

# _given is the role assignments of the identities that copy.
_given := [r |
	count(_copiers) > 0
	some r in roles.assignments
	count(_holders(r) & _copiers) > 0
]

_holders(r) := object.get(_principals, lower(lib.prop(r, "principalId")), set()) if {
	is_string(lib.prop(r, "principalId"))
} else := {urn | some urn in object.get(r, ["propertyDependsOn", "principalId"], [])}

_principals := lib.group([[lower(principal), r.urn] |
	some r in lib.by_type["azure-native:managedidentity:UserAssignedIdentity"]
	principal := lib.prop(r, "principalId")
	is_string(principal)
])

_check contains {
	"urn": r.urn,
	"property": "roleDefinitionId",
	"seen": lib.prop(r, "roleDefinitionId"),
	"good": _reads(r),
	"wanted": "a role that only reads",
	"msg": sprintf("%s lets the job that copies do more than read", [r.name]),
} if {
	some r in _given
}

default _reads(_) := false

_reads(r) if data.facts.read_roles.value[roles.id(r)]

_reads(r) if {
	own := [lib.by_urn[urn] | some urn in roles.own(r)]
	count(own) > 0
	actions := [action |
		some definition in own
		some permission in lib.items(definition, "permissions")
		some kind in ["actions", "dataActions"]
		some action in lib.list(lib.at(permission, kind))
	]
	count(actions) > 0
	every action in actions { endswith(lower(_text(action)), "/read") }
}

# Which way. In somebody else's environment no firewall of the estate is on the way.

_check contains {
	"urn": job.r.urn,
	"property": "environmentId",
	"seen": lib.prop(job.r, "environmentId"),
	"good": count(lib.targets(job.r, "environmentId", lib.prop(job.r, "environmentId"), _environment)) > 0,
	"wanted": "an environment of the estate",
	"msg": sprintf("%s runs outside the estate's own environment", [job.r.name]),
} if {
	some job in _jobs
}

_environment := "azure-native:app:ManagedEnvironment"

_check contains {
	"urn": job.r.urn,
	"property": "egress",
	"seen": _opened(firewall, job),
	"good": _alone(_opened(firewall, job), _host(job)),
	"wanted": sprintf("a rule of %s that names %s and no other host", [firewall.name, _host(job)]),
	"msg": sprintf("%s does not let %s through to %s alone", [firewall.name, job.r.name, _host(job)]),
} if {
	some job in _jobs
	some firewall in network.firewalls
	lib.location(firewall) == lib.location(job.r)
}

# _opened is the lists of hosts, in the rules of a firewall, that a job's host is
# in; the unknown mark while there may be others.
_opened(firewall, job) := {"$unknown": true} if {
	not _host(job) in {host | some hosts in _lists(firewall); some host in hosts}
	some group in _groups(firewall)
	lib.unknown(lib.veil(lib.prop(group, "ruleCollections")))
} else := [hosts | some hosts in _lists(firewall); _host(job) in hosts]

_lists(firewall) := [[lower(_text(host)) | some host in hosts] |
	some group in _groups(firewall)
	some collection in lib.items(group, "ruleCollections")
	lib.fold(lib.at(collection, "action.type")) == "allow"
	some rule in lib.list(lib.at(collection, "rules"))
	some property in ["targetFqdns", "destinationFqdns"]
	hosts := lib.list(lib.at(rule, property))
	count(hosts) > 0
]

_alone(lists, host) if {
	is_array(lists)
	[host] in lists
	every hosts in lists { hosts == [host] }
} else := false

_groups(firewall) := [lib.by_urn[urn] |
	some policy in lib.targets(firewall, "firewallPolicy", lib.prop(firewall, "firewallPolicy.id"), "azure-native:network:FirewallPolicy")
	some urn in object.get(_rules_of, policy, set())
]

_rules_of := stores.children(["azure-native:network:FirewallPolicyRuleCollectionGroup"])

# Of what.

_check contains {
	"urn": r.urn,
	"property": "",
	"seen": lib.unless_veiled({_job, "azure-native:authorization:RoleAssignment"}, null),
	"good": count(object.get(_readers, _home(r), set())) > 0,
	"wanted": "a job that copies it, and may read it",
	"msg": sprintf("no job copies %s to a provider independent of Azure", [r.name]),
} if {
	_target
	some r in stores.all
}

# _home is what roles are given on: the server of an Azure SQL database.
_home(r) := [urn | some urn in lib.container(r)][0] if {
	r.type == "azure-native:sql:Database"
	count(lib.container(r)) > 0
} else := r.urn

# _readers maps a store to the role assignments that let a copying job read it. The
# blobs of an account are read by a role on data.
_readers := lib.group([[scope, r.urn] |
	some r in _given
	_reads(r)
	some scope in lib.refs(r, "scope")
	_enough(lib.by_urn[scope].type, r)
])

_enough("azure-native:storage:StorageAccount", r) if roles.reaches_data(r)

_enough(type, _) if type != "azure-native:storage:StorageAccount"

witness contains {"urn": urn, "designed": {"target": _target}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
