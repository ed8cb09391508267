# METADATA
# title: What an API gateway does with a call
# description: >-
#   Reads the policy documents of Azure API Management as far as a promise depends on
#   them: which addresses they let in, whether they hold what is above them, whether they
#   refuse a key that belongs to no product. A document that is not known, that is kept
#   elsewhere or that takes in a fragment may say anything.
# scope: package
package tillit.lib.gateways

import data.tillit.lib

# services is the gateways.
services := lib.of(["azure-native:apimanagement:ApiManagementService"])

# policies is the policy documents of every scope.
policies := lib.of([
	"azure-native:apimanagement:Policy",
	"azure-native:apimanagement:ProductPolicy",
	"azure-native:apimanagement:ApiPolicy",
	"azure-native:apimanagement:ApiOperationPolicy",
])

# keys is the subscriptions whose keys open something.
keys := [s |
	some s in lib.by_type["azure-native:apimanagement:Subscription"]
	not lib.fold(lib.prop(s, "state")) in {"suspended", "cancelled", "expired", "rejected"}
]

# policies_of is the policies of one type that belong to a resource.
policies_of(urn, type) := [lib.by_urn[p] | some p in object.get(_belonging, _owned(urn, type), set())]

_belonging := lib.group([[_owned(owner, p.type), p.urn] |
	some p in policies
	some owner in parents(p)
])

_owned(owner, type) := sprintf("%s %s", [type, owner])

# parents is what a part of a gateway belongs to: by its id, or, where that is not
# known, by what names it.
parents(r) := lib.container(r)

parents(r) := {urn |
	not r.id
	some property in _parent[r.type]
	some urn in lib.targets(r, property[0], lib.prop(r, property[0]), property[1])
} if {
	not lib.container(r)
}

_parent := {
	"azure-native:apimanagement:Policy": {["serviceName", "azure-native:apimanagement:ApiManagementService"]},
	"azure-native:apimanagement:ProductPolicy": {["productId", "azure-native:apimanagement:Product"]},
	"azure-native:apimanagement:ApiPolicy": {["apiId", "azure-native:apimanagement:Api"]},
	"azure-native:apimanagement:ApiOperationPolicy": {["operationId", "azure-native:apimanagement:ApiOperation"]},
	"azure-native:apimanagement:Product": {["serviceName", "azure-native:apimanagement:ApiManagementService"]},
	"azure-native:apimanagement:Api": {["serviceName", "azure-native:apimanagement:ApiManagementService"]},
	"azure-native:apimanagement:Diagnostic": {["serviceName", "azure-native:apimanagement:ApiManagementService"]},
}

# document is a policy's text without comments; the unknown mark when it is not
# known or kept elsewhere.
document(policy) := {"$unknown": true} if _hidden(policy)

document(policy) := regex.replace(_text(lib.prop(policy, "value")), `(?s)<!--.*?-->`, "") if not _hidden(policy)

_hidden(policy) if {
	some property in ["value", "format"]
	not lib.known(lib.prop(policy, property))
}

_hidden(policy) if endswith(_text(lib.prop(policy, "format")), "-link")

_text(v) := v if is_string(v)

_text(v) := "" if not is_string(v)

# inbound is what a document does with a call before it goes on, without what it
# does on a condition.
inbound(text) := concat("", [part |
	is_string(text)
	some found in regex.find_all_string_submatch_n(`(?s)<inbound\s*>(.*?)</inbound\s*>`, text, 1)
	pieces := split(regex.replace(found[1], `<(/?)choose\s*>`, "<${1}choose>"), "<choose>")
	some i, piece in pieces
	some j, part in split(piece, "</choose>")
	(i - _closed(pieces, i)) - j == 0
])

_closed(pieces, before) := sum([n | some p in array.slice(pieces, 0, before); n := count(split(p, "</choose>")) - 1])

# inherits holds for a document that also does what the scopes above it say.
inherits(text) if regex.match(`<base\s*(/>|>\s*</base\s*>)`, inbound(text))

# opaque holds for a document that takes in another one.
opaque(text) if {
	is_string(text)
	contains(text, "<include-fragment")
}

# refuses holds for a document that turns away a key that belongs to no product.
refuses(text) if {
	is_string(text)
	some found in regex.find_all_string_submatch_n(`(?s)<when\s+condition=["']@\(\s*(?:context\.Product\s*==\s*null|null\s*==\s*context\.Product)\s*\)["']\s*>(.*?)</when\s*>`, text, -1)
	contains(found[1], "<return-response")
}

# listed judges the addresses that a policy lets in: {"good", "seen"}. Good is a list
# of addresses; a list of everybody's, or of more than a customer has, is seen.
listed(policy) := {"good": false, "seen": {"$unknown": true}} if lib.unknown(document(policy))

listed(policy) := _judged(inbound(document(policy))) if not lib.unknown(document(policy))

_judged(text) := {"good": false, "seen": wide} if {
	wide := [_spelled(entry) | some entry in _entries(text); not _veiled(entry); not _narrow(entry)]
	count(wide) > 0
} else := {"good": false, "seen": {"$unknown": true}} if {
	some entry in _entries(text)
	_veiled(entry)
} else := {"good": true, "seen": [_spelled(entry) | some entry in _entries(text)]} if {
	count(_entries(text)) > 0
} else := {"good": false, "seen": {"$unknown": true}} if {
	_undecided(text)
} else := {"good": false, "seen": null}

_undecided(text) if opaque(text)

# Whether a filter allows or forbids may be computed.
_undecided(text) if regex.match(`<ip-filter\s+action=["']@`, text)

_entries(text) := array.concat(_filtered(text), _checked(text))

_filtered(text) := [entry |
	some filter in regex.find_all_string_submatch_n(`(?s)<ip-filter\s+action=["']allow["']\s*>(.*?)</ip-filter\s*>`, text, -1)
	some entry in array.concat(
		[[a[1], a[1]] | some a in regex.find_all_string_submatch_n(`<address\s*>\s*([^<]*?)\s*</address\s*>`, filter[1], -1)],
		[[_attribute(r[1], "from"), _attribute(r[1], "to")] |
			some r in regex.find_all_string_submatch_n(`<address-range\s+([^>]*)>`, filter[1], -1)
		],
	)
]

_checked(text) := [[v[1], v[1]] |
	some check in regex.find_all_string_submatch_n(`(?s)<check-header\s+([^>]*)>(.*?)</check-header\s*>`, text, -1)
	lower(_attribute(check[1], "name")) == lower(data.facts.caller_header.value)
	some v in regex.find_all_string_submatch_n(`<value\s*>\s*([^<]*?)\s*</value\s*>`, check[2], -1)
]

# told holds for a policy that goes by what Front Door says of the caller.
told(policy) if {
	text := document(policy)
	is_string(text)
	count(_checked(inbound(text))) > 0
}

_attribute(text, name) := concat("", [found[1] |
	some found in regex.find_all_string_submatch_n(sprintf(`\b%s=["']([^"']*)["']`, [name]), text, 1)
])

# A named value or an expression stands for an address.
_veiled(entry) if {
	some end in entry
	regex.match(`\{\{|^@`, end)
}

_spelled(entry) := entry[0] if entry[0] == entry[1]

_spelled(entry) := concat(" to ", entry) if entry[0] != entry[1]

# A /16: nobody calls an API from more addresses than that.
_widest := 65536

_narrow(entry) if {
	[first, last] := [_number(end) | some end in entry]
	first > 0
	last >= first
	last - first < _widest
}

_narrow([from, to]) if {
	from == to
	contains(from, ":")
	net.cidr_is_valid(sprintf("%s/128", [from]))
}

# _number is an IPv4 address as a number.
_number(text) := sum([n |
	octets := split(text, ".")
	some i, worth in [16777216, 65536, 256, 1]
	n := to_number(octets[i]) * worth
]) if {
	regex.match(`^\d+\.\d+\.\d+\.\d+$`, text)
	net.cidr_is_valid(sprintf("%s/32", [text]))
}

# enclosed judges whether a gateway can be reached from inside only: {"good", "seen"}.
enclosed(service) := {"good": true, "seen": "inside"} if {
	lib.fold(lib.prop(service, "virtualNetworkType")) == "internal"
} else := {"good": true, "seen": "private link only"} if {
	lib.fold(lib.prop(service, "publicNetworkAccess")) == "disabled"
} else := {"good": false, "seen": lib.veil([lib.prop(service, "virtualNetworkType"), lib.prop(service, "publicNetworkAccess")])}

# opens is the resources of a type that a key opens: one product, one API. A key to
# every API opens none in particular.
opens(key, type) := object.get(lib.by_id, _scope(key), set()) & {r.urn | some r in lib.by_type[type]} if {
	is_string(lib.prop(key, "scope"))
}

opens(key, type) := lib.targets(key, "scope", lib.prop(key, "scope"), type) if not is_string(lib.prop(key, "scope"))

# A scope is an ARM id, or the part of one that comes after the service's.
_scope(key) := lower(lib.prop(key, "scope")) if startswith(lower(lib.prop(key, "scope")), "/subscriptions/")

_scope(key) := lower(concat("", [concat("/", array.slice(parts, 0, count(parts) - 2)), lib.prop(key, "scope")])) if {
	not startswith(lower(lib.prop(key, "scope")), "/subscriptions/")
	parts := split(key.id, "/")
}
