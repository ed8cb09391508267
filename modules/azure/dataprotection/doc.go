// Package dataprotection holds the Microsoft.DataProtection resources that the
// estates use: Backup vaults, what they protect and the guard over them.
//
// The published Go package of this namespace cannot be had at the pinned
// version of azure-native, so its resources are typed here. The tokens and the
// property names are azure-native 2.90.0's own for REST API version 2024-04-01,
// checked against Microsoft's armdataprotection v3.1.0: the real provider serves
// them, and the published package can take their place by changing an import.
//
// The version is named in the token because the namespace's default, 2023-01-01,
// knows neither cross-region restore nor customer-managed keys.
//
// Objects of this namespace are told apart by their objectType, which callers
// give, as they do with the published packages.
package dataprotection
