// Package dbforpostgresql holds the Microsoft.DBforPostgreSQL resources that the
// estates use: flexible servers and what belongs to one.
//
// The published Go package of this namespace cannot be had at the pinned
// version of azure-native, so its resources are typed here. The tokens and the
// property names are azure-native 2.90.0's own for REST API version 2024-08-01,
// checked against Microsoft's armpostgresqlflexibleservers v4.0.0: the real
// provider serves them, and the published package can take their place by
// changing an import.
//
// The version is named in the token because the namespace's default, 2022-12-01,
// knows neither a key for geo-redundant backups nor storage that grows. A server
// with geo-redundant backups under a customer's key cannot be made without the
// former.
package dbforpostgresql
