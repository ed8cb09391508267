# METADATA
# title: Stores speak current TLS
# description: A store that accepts an older TLS can be talked down to it.
# scope: package
# custom:
#   promise: crypto.transit
#   controls: [A.8.24]
#   severity: high
#   remediation: Raise the minimum TLS version.
#   types: [test:data:Store]
#   facts: []
package tillit.rules.crypto.tls

import data.tillit.lib

promise := "crypto.transit"

_subject contains [r, v] if {
	lib.promised(promise)
	some r in lib.by_type["test:data:Store"]
	v := lib.prop(r, "tls")
}

witness contains {"urn": r.urn, "designed": {"tls": v}} if {
	some [r, v] in _subject
	lib.known(v)
	v >= lib.promised(promise).tls
}

violation contains {
	"urn": r.urn,
	"msg": sprintf("%s accepts TLS %v", [r.name, v]),
	"property": "tls",
	"seen": v,
	"wanted": sprintf("%s or later", [lib.promised(promise).tls]),
} if {
	some [r, v] in _subject
	lib.known(v)
	v < lib.promised(promise).tls
}

undetermined contains {"urn": r.urn, "property": "tls", "msg": sprintf("the TLS version of %s is not known yet", [r.name])} if {
	some [r, v] in _subject
	lib.unknown(v)
}
