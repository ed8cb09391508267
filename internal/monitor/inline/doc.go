// Package inline plans a Pulumi program that is part of the same binary, as
// tests' are. It is apart from package monitor because it links Pulumi's SDK.
package inline
