// Command rehearse applies an estate with the real Pulumi engine to an Azure
// that exists only on this machine, and judges what comes of it.
package main
