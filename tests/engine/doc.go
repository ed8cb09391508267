// Package engine tests the gate inside Pulumi's own engine: the real CLI, the
// real analyzer plugin, programs and packs made for the tests.
package engine
