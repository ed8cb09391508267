// Package apimanagement holds the Microsoft.ApiManagement resources that the
// estates use and the rules know: a gateway, its APIs, products and keys, its
// policies and what it logs.
//
// The published Go package of this namespace cannot be had at the pinned
// version of azure-native, so its resources are typed here. The tokens and the
// property names are azure-native 2.90.0's own for REST API version 2024-05-01:
// the real provider serves them, and the published package can take their place
// by changing an import.
//
// The version is named in the token because the namespace's default, 2022-08-01,
// is older than the v2 tiers, which need 2023-03-01-preview at least. Only a
// gateway of a v2 tier can stand in a virtual network and be reached over
// private link, see package gateway.
package apimanagement
