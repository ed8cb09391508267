// Package moduletest lays the ground that components stand on, so that the tests
// of one need not build an estate. What a component registers on it is planned
// as `tillit plan` plans it: no account, no engine, no provider.
package moduletest
