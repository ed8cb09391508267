// Command program is a Pulumi program that knows nothing of tillit: a web shop on
// a cloud of its own, with typed resources written by hand as a generated SDK
// would have them.
package main
