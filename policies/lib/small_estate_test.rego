# METADATA
# title: A small estate that keeps its promises
# description: >-
#   What the tests of rules break: one resource of every kind that the residency,
#   perimeter and crypto rules look at, wired up as in a deployed estate. The URN of
#   a resource is its name.
# scope: package
package tillit.small_estate

promises := {
	"residency.primary": {"region": "westeurope"},
	"residency.in-country": {"country": "NO", "region": "norwayeast"},
	"perimeter.firewalls": {"layers": 2},
	"perimeter.inspection": {},
	"perimeter.waf": {},
	"perimeter.ddos": {},
	"perimeter.private-data": {},
	"crypto.transit": {"tls": "1.2"},
	"crypto.rest": {},
	"crypto.keys": {
		"rotation": {"text": "1y", "seconds": 31536000},
		"undelete": {"text": "90d", "seconds": 7776000},
	},
	"crypto.secrets": {},
}

# estate is the whole of it, as a plan or a state shows it.
estate := {"promises": promises, "resources": resources}

_r(type, name, path, props) := {
	"urn": name,
	"type": sprintf("azure-native:%s", [type]),
	"name": name,
	"id": id(path),
	"custom": true,
	"props": props,
}

id(path) := sprintf("/subscriptions/s/resourceGroups/g/providers/%s", [path])

_ref(path) := {"id": id(path)}

_home := "westeurope"

_away := "norwayeast"

resources := array.concat(
	array.concat(array.concat(_ground, _network), array.concat(_endpoints, _edge)),
	array.concat(array.concat(_keys, _logs), array.concat(_databases, _stores)),
)

_ground := [
	_r("resources:ResourceGroup", "group", "Microsoft.Resources/resourceGroups/g", {"location": "West Europe"}),
	_r("authorization:PolicyAssignment", "locations", "Microsoft.Authorization/policyAssignments/locations", {
		"scope": "/subscriptions/s",
		"policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c",
		"enforcementMode": "Default",
		"parameters": {"listOfAllowedLocations": {"value": ["westeurope", "northeurope", "norwayeast"]}},
	}),
	_r("authorization:PolicyAssignment", "group-locations", "Microsoft.Authorization/policyAssignments/group-locations", {
		"scope": "/providers/Microsoft.Management/managementGroups/m",
		"policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/e765b5de-1225-4ba3-bd56-1ac6695af988",
		"parameters": {"listOfAllowedLocations": {"value": ["westeurope", "northeurope", "norwayeast"]}},
	}),
]

_vnet(name) := sprintf("Microsoft.Network/virtualNetworks/%s", [name])

_subnet(vnet, name) := sprintf("%s/subnets/%s", [_vnet(vnet), name])

_n(kind, name) := sprintf("Microsoft.Network/%s/%s", [kind, name])

_make_vnet(name) := _r("network:VirtualNetwork", name, _vnet(name), {
	"location": _home,
	"enableDdosProtection": true,
	"ddosProtectionPlan": _ref(_n("ddosProtectionPlans", "ddos")),
})

_make_subnet(vnet, name, prefix, more) := _r(
	"network:Subnet", sprintf("%s-%s", [vnet, name]), _subnet(vnet, name),
	object.union({"addressPrefix": prefix}, more),
)

_make_peering(a, b) := _r(
	"network:VirtualNetworkPeering", sprintf("%s-to-%s", [a, b]), sprintf("%s/virtualNetworkPeerings/%s", [_vnet(a), b]),
	{"remoteVirtualNetwork": _ref(_vnet(b))},
)

_make_pip(name) := _r("network:PublicIPAddress", name, _n("publicIPAddresses", name), {
	"location": _home,
	"ddosSettings": {"protectionMode": "VirtualNetworkInherited"},
})

_make_table(name, closed, routes) := _r("network:RouteTable", name, _n("routeTables", name), {
	"location": _home,
	"disableBgpRoutePropagation": closed,
	"routes": [{"name": route[0], "addressPrefix": route[1], "nextHopType": route[2], "nextHopIpAddress": route[3]} | some route in routes],
})

_make_policy(name) := _r("network:FirewallPolicy", name, _n("firewallPolicies", name), {
	"location": _home,
	"sku": {"tier": "Premium"},
	"threatIntelMode": "Deny",
	"intrusionDetection": {"mode": "Deny"},
})

_make_firewall(name, policy, more) := _r("network:AzureFirewall", name, _n("azureFirewalls", name), object.union(
	{
		"location": _home,
		"sku": {"name": "AZFW_VNet", "tier": "Premium"},
		"zones": ["1", "2", "3"],
		"firewallPolicy": _ref(_n("firewallPolicies", policy)),
	},
	more,
))

_guarded := {
	"routeTable": _ref(_n("routeTables", "rt-data")),
	"networkSecurityGroup": _ref(_n("networkSecurityGroups", "nsg")),
}

_network := [
	_make_vnet("edge"),
	_make_vnet("inner"),
	_make_vnet("data"),
	_make_subnet("edge", "AzureFirewallSubnet", "10.0.0.0/26", {"routeTable": _ref(_n("routeTables", "rt-edge"))}),
	_make_subnet("edge", "GatewaySubnet", "10.0.0.64/26", {}),
	_make_subnet("inner", "AzureFirewallSubnet", "10.0.1.0/26", {"routeTable": _ref(_n("routeTables", "rt-inner"))}),
	_make_subnet("inner", "AzureFirewallManagementSubnet", "10.0.1.64/26", {}),
	_make_subnet("data", "endpoints", "10.0.2.0/26", object.union(_guarded, {"privateEndpointNetworkPolicies": "Enabled"})),
	_make_subnet("data", "database", "10.0.2.64/26", _guarded),
	_make_table("rt-edge", false, [["data", "10.0.2.0/24", "VirtualAppliance", "10.0.1.4"], ["default", "0.0.0.0/0", "Internet", null]]),
	_make_table("rt-inner", true, [["default", "0.0.0.0/0", "VirtualAppliance", "10.0.0.4"]]),
	_make_table("rt-data", true, [["default", "0.0.0.0/0", "VirtualAppliance", "10.0.1.4"], ["drop", "192.0.2.0/24", "None", null]]),
	_make_peering("edge", "inner"),
	_make_peering("inner", "edge"),
	_make_peering("inner", "data"),
	_make_peering("data", "inner"),
	_make_pip("pip-edge"),
	_make_pip("pip-inner"),
	_make_pip("pip-gateway"),
	_make_policy("policy-edge"),
	_make_policy("policy-inner"),
	_make_firewall("fw-edge", "policy-edge", {"ipConfigurations": [{
		"subnet": _ref(_subnet("edge", "AzureFirewallSubnet")),
		"publicIPAddress": _ref(_n("publicIPAddresses", "pip-edge")),
	}]}),
	_make_firewall("fw-inner", "policy-inner", {
		"ipConfigurations": [{"subnet": _ref(_subnet("inner", "AzureFirewallSubnet"))}],
		"managementIpConfiguration": {
			"subnet": _ref(_subnet("inner", "AzureFirewallManagementSubnet")),
			"publicIPAddress": _ref(_n("publicIPAddresses", "pip-inner")),
		},
	}),
	_r("network:FirewallPolicyRuleCollectionGroup", "rules", "Microsoft.Network/firewallPolicies/policy-edge/ruleCollectionGroups/rules", {"ruleCollections": [{
		"name": "egress",
		"action": {"type": "Allow"},
		"rules": [{
			"name": "storage",
			"sourceAddresses": ["10.0.2.64/26"],
			"destinationAddresses": ["Storage"],
			"destinationPorts": ["443"],
		}],
	}]}),
	_r("network:VirtualNetworkGateway", "gateway", _n("virtualNetworkGateways", "gateway"), {
		"location": _home,
		"ipConfigurations": [{
			"subnet": _ref(_subnet("edge", "GatewaySubnet")),
			"publicIPAddress": _ref(_n("publicIPAddresses", "pip-gateway")),
		}],
	}),
	_r("network:NetworkSecurityGroup", "nsg", _n("networkSecurityGroups", "nsg"), {"location": _home, "securityRules": [
		{"name": "apps", "direction": "Inbound", "access": "Allow", "sourceAddressPrefixes": ["10.0.3.0/24", "10.0.4.4"]},
		{"name": "own", "direction": "Inbound", "access": "Allow", "sourceAddressPrefix": "VirtualNetwork"},
		{"name": "rest", "direction": "Inbound", "access": "Deny", "sourceAddressPrefix": "*"},
		{"name": "out", "direction": "Outbound", "access": "Allow", "sourceAddressPrefix": "*"},
	]}),
	_r("network:DdosProtectionPlan", "ddos", _n("ddosProtectionPlans", "ddos"), {"location": _home}),
	_r("app:ManagedEnvironment", "environment", "Microsoft.App/managedEnvironments/environment", {
		"location": _home,
		"vnetConfiguration": {"internal": true, "infrastructureSubnetId": id(_subnet("data", "endpoints"))},
		"peerTrafficConfiguration": {"encryption": {"enabled": true}},
	}),
	_r("app:Job", "job", "Microsoft.App/jobs/job", {"location": _home, "template": {"containers": [{"env": [
		{"name": "ESTATE", "value": "ledger-no"},
		{"name": "DB_PASSWORD", "secretRef": "db"},
	]}]}}),
	_r("app:ContainerApp", "application", "Microsoft.App/containerApps/application", {"location": _home, "configuration": {
		"ingress": {"allowInsecure": false},
		"secrets": [{"name": "db", "keyVaultUrl": "https://vault-we.vault.azure.net/secrets/db"}],
	}}),
]

# _zones is the private zone of each private link group.
_zones := {
	"blob": "privatelink.blob.core.windows.net",
	"sqlServer": "privatelink.database.windows.net",
	"vault": "privatelink.vaultcore.azure.net",
	"postgresqlServer": "small.private.postgres.database.azure.com",
	"AzureBackup": "privatelink.we.backup.windowsazure.com",
}

_zone(group) := sprintf("Microsoft.Network/privateDnsZones/%s", [_zones[group]])

_make_endpoint(name, group, target) := [
	_r("network:PrivateEndpoint", sprintf("pe-%s", [name]), _n("privateEndpoints", sprintf("pe-%s", [name])), {
		"location": _home,
		"subnet": _ref(_subnet("data", "endpoints")),
		"privateLinkServiceConnections": [{"groupIds": [group], "privateLinkServiceId": id(target)}],
	}),
	_r(
		"network:PrivateDnsZoneGroup", sprintf("names-%s", [name]),
		_n("privateEndpoints", sprintf("pe-%s/privateDnsZoneGroups/default", [name])),
		{"privateDnsZoneConfigs": [{"name": "zone", "privateDnsZoneId": id(_zone(group))}]},
	),
]

_endpoints := array.concat(
	[r |
		some group, _ in _zones
		some r in [
			_r("network:PrivateZone", sprintf("zone-%s", [group]), _zone(group), {"location": "Global"}),
			_r("network:VirtualNetworkLink", sprintf("link-%s", [group]), sprintf("%s/virtualNetworkLinks/inner", [_zone(group)]), {
				"location": "Global",
				"virtualNetwork": _ref(_vnet("inner")),
			}),
		]
	],
	[r |
		some [name, group, target] in [
			["documents", "blob", "Microsoft.Storage/storageAccounts/documents"],
			["copy", "blob", "Microsoft.Storage/storageAccounts/copy"],
			["vault", "vault", "Microsoft.KeyVault/vaults/vault-we"],
			["sql", "sqlServer", "Microsoft.Sql/servers/sql"],
			["sql-copy", "sqlServer", "Microsoft.Sql/servers/sql-copy"],
			["recovery", "AzureBackup", "Microsoft.RecoveryServices/vaults/recovery"],
		]
		some r in _make_endpoint(name, group, target)
	],
)

_cdn(path) := sprintf("Microsoft.Cdn/profiles/front/%s", [path])

_edge := [
	_r("cdn:AFDEndpoint", "endpoint", _cdn("afdEndpoints/endpoint"), {"location": "Global"}),
	_r("cdn:AFDCustomDomain", "domain", _cdn("customDomains/domain"), {"tlsSettings": {"minimumTlsVersion": "TLS12"}}),
	_r("cdn:AFDOrigin", "origin", _cdn("originGroups/all/origins/origin"), {
		"enforceCertificateNameCheck": true,
		"sharedPrivateLinkResource": {"privateLink": _ref("Microsoft.App/managedEnvironments/environment")},
	}),
	_r("cdn:Route", "route", _cdn("afdEndpoints/endpoint/routes/route"), {
		"supportedProtocols": ["Http", "Https"],
		"httpsRedirect": "Enabled",
		"forwardingProtocol": "HttpsOnly",
	}),
	_r("cdn:SecurityPolicy", "binding", _cdn("securityPolicies/binding"), {"parameters": {
		"type": "WebApplicationFirewall",
		"wafPolicy": _ref("Microsoft.Network/frontDoorWebApplicationFirewallPolicies/waf"),
		"associations": [{
			"domains": [_ref(_cdn("afdEndpoints/endpoint")), _ref(_cdn("customDomains/domain"))],
			"patternsToMatch": ["/*"],
		}],
	}}),
	_r("network:Policy", "waf", "Microsoft.Network/frontDoorWebApplicationFirewallPolicies/waf", {
		"location": "Global",
		"sku": {"name": "Premium_AzureFrontDoor"},
		"policySettings": {"enabledState": "Enabled", "mode": "Prevention"},
		"managedRules": {"managedRuleSets": [
			{"ruleSetType": "Microsoft_DefaultRuleSet", "ruleSetVersion": "2.1", "ruleSetAction": "Block"},
			{"ruleSetType": "Microsoft_BotManagerRuleSet", "ruleSetVersion": "1.1"},
		]},
		"customRules": {"rules": [{"name": "flood", "action": "Block"}]},
	}),
]

_key_uri := "https://vault-we.vault.azure.net/keys/data"

_keys := [
	_r("keyvault:Vault", "vault", "Microsoft.KeyVault/vaults/vault-we", {"location": _home, "properties": {
		"enablePurgeProtection": true,
		"enableRbacAuthorization": true,
		"softDeleteRetentionInDays": 90,
		"publicNetworkAccess": "disabled",
		"networkAcls": {"defaultAction": "Deny"},
	}}),
	_r("keyvault:Key", "key", "Microsoft.KeyVault/vaults/vault-we/keys/data", {"properties": {"rotationPolicy": {
		"attributes": {"expiryTime": "P395D"},
		"lifetimeActions": [
			{"action": {"type": "rotate"}, "trigger": {"timeAfterCreate": "P365D"}},
			{"action": {"type": "notify"}, "trigger": {"timeBeforeExpiry": "P15D"}},
		],
	}}}),
	_r("keyvault:Secret", "secret", "Microsoft.KeyVault/vaults/vault-we/secrets/db", {"properties": {"value": {"$secret": true}}}),
]

_logs := [
	_r("operationalinsights:Workspace", "workspace", "Microsoft.OperationalInsights/workspaces/workspace", {
		"location": _home,
		"publicNetworkAccessForIngestion": "Disabled",
		"publicNetworkAccessForQuery": "Disabled",
	}),
	_r("operationalinsights:Cluster", "cluster", "Microsoft.OperationalInsights/clusters/cluster", {
		"location": _home,
		"keyVaultProperties": {"keyName": "data", "keyVaultUri": "https://vault-we.vault.azure.net/", "keyVersion": ""},
	}),
	_r("operationalinsights:LinkedService", "linked", "Microsoft.OperationalInsights/workspaces/workspace/linkedServices/Cluster", {
		"writeAccessResourceId": id("Microsoft.OperationalInsights/clusters/cluster"),
	}),
	_r("insights:DiagnosticSetting", "diagnose", "Microsoft.Insights/diagnosticSettings/diagnose", {
		"workspaceId": id("Microsoft.OperationalInsights/workspaces/workspace"),
		"storageAccountId": id("Microsoft.Storage/storageAccounts/documents"),
	}),
	_r("recoveryservices:Vault", "recovery", "Microsoft.RecoveryServices/vaults/recovery", {"location": _home, "properties": {
		"publicNetworkAccess": "Disabled",
		"redundancySettings": {"standardTierStorageRedundancy": "GeoRedundant"},
		"encryption": {"infrastructureEncryption": "Enabled", "keyVaultProperties": {"keyUri": _key_uri}},
	}}),
	_r("dataprotection:BackupVault", "backup", "Microsoft.DataProtection/backupVaults/backup", {"location": _home, "properties": {
		"storageSettings": [{"datastoreType": "VaultStore", "type": "GeoRedundant"}],
		"securitySettings": {"encryptionSettings": {
			"state": "Enabled",
			"infrastructureEncryption": "Enabled",
			"keyVaultProperties": {"keyUri": _key_uri},
		}},
	}}),
]
