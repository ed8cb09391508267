// Package security holds the Microsoft.Security resources that the estates use.
//
// The published Go package of this namespace cannot be had at the pinned
// version of azure-native, so its one resource is typed here. The token and the
// property names are azure-native 2.90.0's own: the real provider serves it, and
// the published package can take its place by changing an import.
package security
