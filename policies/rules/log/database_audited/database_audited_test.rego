package tillit.rules.log.database_audited_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.log.database_audited

_pg := "Microsoft.DBforPostgreSQL/flexibleServers/pg"

_parameter(name, value) := fx.resource("dbforpostgresql:Configuration", name, sprintf("%s/configurations/%s", [_pg, name]), {
	"configurationName": name,
	"value": value,
})

_all := [
	fx.resource("dbforpostgresql:Server", "pg", _pg, {}),
	_parameter("pgaudit.log", "write, DDL,role,read"),
	_parameter("shared_preload_libraries", "pgaudit,pg_stat_statements"),
	_parameter("azure.extensions", "PGAUDIT"),
	fx.resource("sql:Server", "sql", "Microsoft.Sql/servers/sql", {}),
	fx.resource("sql:ExtendedServerBlobAuditingPolicy", "audit", "Microsoft.Sql/servers/sql/extendedAuditingSettings/default", {
		"state": "enabled",
		"isAzureMonitorTargetEnabled": true,
		"auditActionsAndGroups": [
			"BATCH_COMPLETED_GROUP",
			"failed_database_authentication_group",
			"SUCCESSFUL_DATABASE_AUTHENTICATION_GROUP",
		],
	}),
]

_on(resources) := fx.inventory({"log.traceable": {"for": fx.days(365)}}, resources)

test_audited_databases_are_witnesses if {
	{w.urn | some w in database_audited.witness} == {"pg", "sql"} with input as _on(_all)
	count(database_audited.violation) == 0 with input as _on(_all)
	count(database_audited.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(database_audited.witness) == 0 with input as fx.inventory({}, _all)
	count(database_audited.violation) == 0 with input as fx.inventory({}, fx.without(_all, {"audit"}))
}

test_all_is_enough_for_pgaudit_and_nothing_for_azure_sql if {
	all := fx.changed(fx.dropped(_all, "audit", "/auditActionsAndGroups"), "pgaudit.log", "/value", "all")
	count(database_audited.violation) == 0 with input as _on(all)
}

test_what_is_not_logged_is_a_violation if {
	every case in [
		[fx.without(_all, {"pgaudit.log"}), "pg", "parameters[pgaudit.log]"],
		[fx.without(_all, {"shared_preload_libraries"}), "pg", "parameters[shared_preload_libraries]"],
		[fx.changed(_all, "pgaudit.log", "/value", "write,ddl"), "pgaudit.log", "parameters[pgaudit.log]"],
		[fx.changed(_all, "azure.extensions", "/value", "postgis"), "azure.extensions", "parameters[azure.extensions]"],
		[array.concat(_all, [_parameter("log_connections", "off")]), "log_connections", "parameters[log_connections]"],
		[fx.without(_all, {"audit"}), "sql", "auditing"],
		[fx.changed(_all, "audit", "/state", "Disabled"), "audit", "state"],
		[fx.dropped(_all, "audit", "/isAzureMonitorTargetEnabled"), "audit", "isAzureMonitorTargetEnabled"],
		[fx.changed(_all, "audit", "/predicateExpression", "object_name = 'nothing'"), "audit", "predicateExpression"],
		[fx.changed(_all, "audit", "/auditActionsAndGroups", ["BATCH_COMPLETED_GROUP"]), "audit", "auditActionsAndGroups"],
	] {
		found := database_audited.violation with input as _on(case[0])
		fx.at(found) == {[case[1], case[2]]}
		count(database_audited.witness) == 1 with input as _on(case[0])
	}
}

test_unknown_is_undetermined if {
	every case in [
		[fx.changed(_all, "pgaudit.log", "/value", fx.unknown), "pgaudit.log", "parameters[pgaudit.log]"],
		[fx.changed(_all, "audit", "/auditActionsAndGroups", fx.unknown), "audit", "auditActionsAndGroups"],
		[fx.changed(_all, "audit", "/state", fx.unknown), "audit", "state"],
	] {
		found := database_audited.undetermined with input as _on(case[0])
		fx.at(found) == {[case[1], case[2]]}
		count(database_audited.violation) == 0 with input as _on(case[0])
	}
	nameless := [object.union(r, {"props": {"configurationName": fx.unknown}}) |
		some r in _all
		r.name == "pgaudit.log"
	]
	resources := array.concat(fx.without(_all, {"pgaudit.log"}), nameless)
	found := database_audited.undetermined with input as _on(resources)
	["pg", "parameters[pgaudit.log]"] in fx.at(found)
	count(database_audited.violation) == 0 with input as _on(resources)
}
