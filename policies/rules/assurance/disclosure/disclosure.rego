# METADATA
# title: The edge says where to report a weakness
# description: >-
#   A request for /.well-known/security.txt (RFC 9116) is sent to the promised
#   address over https, by a rule that a live route of Front Door carries.
# scope: package
# custom:
#   promise: assurance.disclosure
#   controls: [A.5.5, A.8.8]
#   severity: medium
#   remediation: Give Front Door a rule that redirects /.well-known/security.txt to the promised address, and attach its rule set to the route.
#   types: [azure-native:cdn:Rule, azure-native:cdn:RuleSet, azure-native:cdn:Route]
#   facts: []
package tillit.rules.assurance.disclosure

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.values

promise := "assurance.disclosure"

_url := lib.promised(promise).url

_address := regex.find_all_string_submatch_n(`^https://([^/]+)/?(.*)$`, _url, 1)[0]

_file := ".well-known/security.txt"

# _rules is the rules that answer the request for the file.
_rules := [r |
	_url
	some r in lib.by_type["azure-native:cdn:Rule"]
	some condition in lib.items(r, "conditions")
	lib.fold(condition.name) == "urlpath"
	lib.fold(condition.parameters.operator) == "equal"
	values.otherwise(object.get(condition.parameters, "negateCondition", null), false) == false
	some value in condition.parameters.matchValues
	lower(trim_prefix(value, "/")) == _file
]

_check contains {
	"urn": r.urn,
	"property": "actions",
	"seen": seen,
	"good": seen == _url,
	"wanted": _url,
	"msg": sprintf("%s sends those who ask for security.txt to %v, not to the promised address", [r.name, _shown(seen)]),
} if {
	some r in _rules
	seen := _sent(r)
}

_shown(seen) := seen if lib.known(seen)

_shown(seen) := "an address that is not known" if lib.unknown(seen)

# _sent is the address that a rule redirects to, spelled as the promised one when
# it is the same.
_sent(r) := {"$unknown": true} if {
	lib.unknown(lib.prop(r, "actions"))
} else := {"$unknown": true} if {
	some part in ["customHostname", "customPath", "customQueryString", "destinationProtocol"]
	lib.unknown(_redirect(r)[part])
} else := _url if {
	redirect := _redirect(r)
	lib.fold(redirect.destinationProtocol) == "https"
	lower(redirect.customHostname) == lower(_address[1])
	_path(redirect) == _address[2]
} else := sprintf("%s://%s/%s", [
	lower(object.get(redirect, "destinationProtocol", "MatchRequest")),
	object.get(redirect, "customHostname", ""),
	_path(redirect),
]) if {
	redirect := _redirect(r)
} else := null

# _path is the redirect's path and query, without the leading slash.
_path(redirect) := path if {
	not redirect.customQueryString
	path := trim_prefix(object.get(redirect, "customPath", ""), "/")
} else := sprintf("%s?%s", [trim_prefix(object.get(redirect, "customPath", ""), "/"), redirect.customQueryString])

_redirect(r) := [action.parameters | some action in lib.items(r, "actions"); lib.fold(action.name) == "urlredirect"][0]

# The rule answers only where a live route carries its set.
_check contains {
	"urn": r.urn,
	"property": "ruleSets",
	"seen": sort([route.name | some route in _routes(r)]),
	"good": count(_routes(r)) > 0,
	"wanted": "a route that is enabled and takes https",
	"msg": sprintf("no live route carries %s", [r.name]),
} if {
	some r in _rules
}

_routes(r) := [lib.by_urn[urn] | some set in lib.container(r); some urn in _carriers[set]]

_carriers := lib.group([[set, route.urn] |
	some route in lib.by_type["azure-native:cdn:Route"]
	lib.fold(values.otherwise(lib.prop(route, "enabledState"), "Enabled")) == "enabled"
	some protocol in values.otherwise(lib.prop(route, "supportedProtocols"), ["Http", "Https"])
	lib.fold(protocol) == "https"
	some reference in lib.items(route, "ruleSets")
	some set in lib.targets(route, "ruleSets", reference.id, "azure-native:cdn:RuleSet")
])

violation contains {
	"urn": "",
	"msg": msg,
	"property": "",
	"seen": null,
	"wanted": sprintf("a redirect to %s", [_url]),
} if {
	some msg in _missing
}

_missing contains "nothing answers a request for /.well-known/security.txt" if {
	_url
	count(_rules) == 0
}

_missing contains sprintf("%s is not an https address", [_url]) if not startswith(_url, "https://")

witness contains {"urn": urn, "designed": {"url": _url}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
