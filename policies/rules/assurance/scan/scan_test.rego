package tillit.rules.assurance.scan_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.assurance.scan

_pricing(name, plan) := fx.resource("security:Pricing", name, sprintf("Microsoft.Security/pricings/%s", [plan]), {
	"pricingName": plan,
	"pricingTier": "Standard",
	"scopeId": "subscriptions/s",
})

_all := [
	fx.resource("storage:StorageAccount", "docs", "Microsoft.Storage/storageAccounts/docs", {}),
	fx.resource("dbforpostgresql:Server", "pg", "Microsoft.DBforPostgreSQL/flexibleServers/pg", {}),
	_pricing("storage", "StorageAccounts"),
	_pricing("postgres", "OpenSourceRelationalDatabases"),
	_pricing("sql", "SqlServers"),
]

_on(resources) := fx.inventory({"assurance.scan": {"every": fx.days(1)}}, resources)

test_the_plans_in_use_are_on if {
	{w.urn | some w in scan.witness} == {"storage", "postgres"} with input as _on(_all)
	count(scan.violation) == 0 with input as _on(_all)
	count(scan.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(scan.witness) == 0 with input as fx.inventory({}, _all)
	count(scan.violation) == 0 with input as fx.inventory({}, _all)
}

test_a_plan_that_is_missing if {
	found := scan.violation with input as _on(fx.without(_all, {"storage"}))
	{v.msg | some v in found} == {"the Defender plan StorageAccounts is not set for /subscriptions/s"}
}

test_a_plan_that_is_off if {
	every tier in ["Free", null] {
		found := scan.violation with input as _on(fx.changed(_all, "postgres", "/pricingTier", tier))
		fx.at(found) == {["postgres", "pricingTier"]}
	}
}

test_a_plan_on_a_single_resource if {
	narrow := scan.violation with input as _on(fx.changed(_all, "storage", "/scopeId", fx.id("Microsoft.Storage/storageAccounts/docs")))
	{v.msg | some v in narrow} == {"the Defender plan StorageAccounts is not set for /subscriptions/s"}
	single := object.union(_pricing("single", "StorageAccounts"), {"props": {"pricingTier": "Free", "scopeId": fx.id("x")}})
	off := scan.violation with input as _on(array.concat(_all, [single]))
	fx.at(off) == {["single", "pricingTier"]}
}

test_unknown_is_undetermined if {
	resources := fx.changed(_all, "storage", "/pricingTier", fx.unknown)
	found := scan.undetermined with input as _on(resources)
	fx.at(found) == {["storage", "pricingTier"]}
	count(scan.violation) == 0 with input as _on(resources)
	scope := _on(fx.changed(_all, "storage", "/scopeId", fx.unknown))
	on_scope := scan.undetermined with input as scope
	fx.at(on_scope) == {["", "scopeId"]}
	count(scan.violation) == 0 with input as scope
}

test_a_plan_on_another_subscription if {
	found := scan.violation with input as _on(fx.changed(_all, "storage", "/scopeId", "subscriptions/other"))
	{v.msg | some v in found} == {"the Defender plan StorageAccounts is not set for /subscriptions/s"}
}

_alerts(state) := fx.resource("sql:ServerSecurityAlertPolicy", "alerts", "Microsoft.Sql/servers/sql/securityAlertPolicies/Default", {"state": state})

test_a_server_that_opts_out if {
	count(scan.violation) == 0 with input as _on(array.concat(_all, [_alerts("enabled")]))
	found := scan.violation with input as _on(array.concat(_all, [_alerts("Disabled")]))
	fx.at(found) == {["alerts", "state"]}
}
