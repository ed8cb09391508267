package tillit.report_test

import data.tillit.report
import data.tillit.small_estate as small

test_an_empty_estate_keeps_nothing if {
	found := report.violations with input as {"promises": small.promises, "resources": []}
	broken := {v.promise | some v in found; v.rule == "promise/witnessed"}
	broken == object.keys(small.promises)
	{v.urn | some v in found} == {""}
}

test_nothing_promised_is_nothing_broken if {
	report.violations == set() with input as {"promises": {}, "resources": small.resources}
}

test_findings_carry_their_rule if {
	inventory := small.broken([small.set("waf", "policySettings/mode", "Detection"), small.hide("edge", "enableDdosProtection")])
	violations := report.violations with input as inventory
	"perimeter/waf-prevents" in {v.rule | some v in violations; v.urn == "waf"}
	undetermined := report.undetermined with input as inventory
	"perimeter/ddos-on-networks" in {u.rule | some u in undetermined; u.urn == "edge"}
	witnesses := report.witnesses with input as inventory
	"crypto/keys-rotate" in {w.rule | some w in witnesses; w.urn == "key"}
}

# What is not known yet may still turn out to keep the promise.
test_what_is_undetermined_is_not_unwitnessed if {
	patches := [small.hide("key", "properties"), small.hide("vault", "properties")]
	found := report.violations with input as small.broken(patches)
	not "crypto.keys" in {v.promise | some v in found; v.rule == "promise/witnessed"}
}

test_every_rule_is_listed_under_its_promise if {
	{"crypto/https-only", "crypto/tls-current"} - report.judged["crypto.transit"] == set()
}
