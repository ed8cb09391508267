# The databases and document stores of the small estate.
package tillit.small_estate

_make_postgres(name, region, more) := _r("dbforpostgresql:Server", name, sprintf("Microsoft.DBforPostgreSQL/flexibleServers/%s", [name]), object.union(
	{
		"location": region,
		"network": {
			"delegatedSubnetResourceId": id(_subnet("data", "database")),
			"privateDnsZoneArmResourceId": id(_zone("postgresqlServer")),
		},
		"dataEncryption": {"type": "AzureKeyVault", "primaryKeyURI": _key_uri, "geoBackupKeyURI": _key_uri},
	},
	more,
))

_make_sql(name, region) := _r("sql:Server", name, sprintf("Microsoft.Sql/servers/%s", [name]), {
	"location": region,
	"minimalTlsVersion": "1.2",
	"publicNetworkAccess": "Disabled",
	"administratorLoginPassword": {"$secret": true},
})

_make_protector(server) := _r("sql:EncryptionProtector", sprintf("protector-%s", [server]), sprintf("Microsoft.Sql/servers/%s/encryptionProtector/current", [server]), {
	"serverKeyType": "AzureKeyVault",
	"serverKeyName": "vault-we_data_0123456789abcdef",
	"autoRotationEnabled": true,
})

_databases := [
	_make_postgres("postgres", _home, {"createMode": "Create", "backup": {"geoRedundantBackup": "Enabled"}}),
	_make_postgres("postgres-copy", _away, {
		"createMode": "Replica",
		"sourceServerResourceId": id("Microsoft.DBforPostgreSQL/flexibleServers/postgres"),
	}),
	_r("dbforpostgresql:Configuration", "tls-only", "Microsoft.DBforPostgreSQL/flexibleServers/postgres/configurations/require_secure_transport", {
		"configurationName": "require_secure_transport",
		"value": "on",
	}),
	_r("dbforpostgresql:Configuration", "tls-least", "Microsoft.DBforPostgreSQL/flexibleServers/postgres/configurations/ssl_min_protocol_version", {
		"configurationName": "ssl_min_protocol_version",
		"value": "TLSv1.2",
	}),
	_make_sql("sql", _home),
	_make_sql("sql-copy", _away),
	_make_protector("sql"),
	_make_protector("sql-copy"),
	_r("sql:Database", "database", "Microsoft.Sql/servers/sql/databases/main", {"location": _home}),
	_r("sql:TransparentDataEncryption", "tde", "Microsoft.Sql/servers/sql/databases/main/transparentDataEncryption/current", {"state": "Enabled"}),
	_r("sql:FailoverGroup", "failover", "Microsoft.Sql/servers/sql/failoverGroups/failover", {
		"databases": [id("Microsoft.Sql/servers/sql/databases/main")],
		"partnerServers": [_ref("Microsoft.Sql/servers/sql-copy")],
	}),
]

_make_account(name, region) := _r("storage:StorageAccount", name, sprintf("Microsoft.Storage/storageAccounts/%s", [name]), {
	"accountName": name,
	"location": region,
	"sku": {"name": "Standard_GZRS"},
	"minimumTlsVersion": "TLS1_2",
	"publicNetworkAccess": "Disabled",
	"networkRuleSet": {"defaultAction": "Deny"},
	"allowBlobPublicAccess": false,
	"allowCrossTenantReplication": false,
	"encryption": {
		"keySource": "Microsoft.Keyvault",
		"keyVaultProperties": {"keyName": "data", "keyVaultUri": "https://vault-we.vault.azure.net/"},
		"requireInfrastructureEncryption": true,
	},
	"tags": {"class": "documents"},
})

_make_replication(account) := _r(
	"storage:ObjectReplicationPolicy", sprintf("replication-%s", [account]),
	sprintf("Microsoft.Storage/storageAccounts/%s/objectReplicationPolicies/policy", [account]),
	{
		"accountName": account,
		"sourceAccount": id("Microsoft.Storage/storageAccounts/documents"),
		"destinationAccount": id("Microsoft.Storage/storageAccounts/copy"),
		"rules": [{
			"sourceContainer": "contracts",
			"destinationContainer": "contracts",
			"filters": {"minCreationTime": "1601-01-01T00:00:00Z"},
		}],
	},
)

_stores := [
	_make_account("documents", _home),
	_make_account("copy", _away),
	_r("storage:BlobContainer", "contracts", "Microsoft.Storage/storageAccounts/documents/blobServices/default/containers/contracts", {
		"accountName": "documents",
		"containerName": "contracts",
		"publicAccess": "None",
	}),
	_make_replication("documents"),
	_make_replication("copy"),
]
