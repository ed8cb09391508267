// Package stacks composes the modules into an estate. It reads what is promised
// and decides from that alone what is built and where: a promise that is not
// declared is not built, and nothing here knows one estate from another.
//
// The Pulumi.<estate>.yaml files beside it declare the estates.
package stacks
