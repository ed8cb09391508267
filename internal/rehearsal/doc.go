// Package rehearsal applies an estate with the real Pulumi engine to an Azure
// that exists only on this machine and only for as long as that takes.
//
// Start brings up an Azure (package planes), with real databases and blobs behind
// it where they are wanted, and prepares a Pulumi stack in a temporary folder:
// file backend, random passphrase, the stand-in provider by its path, and the
// estate's own configuration. The methods of a Rehearsal are then the engine's
// operations on a program, through the Automation API. A program is a function, so
// the same rehearsal can be asked for the estate and for broken variants of it.
//
// Nothing of the user's own Pulumi or Azure set-up is used: not the login, not
// the plugins, not the credentials in the environment. Close ends every process
// that the rehearsal started and removes its folder. Should it be killed, its
// processes end with it, and the next rehearsal removes what is left.
package rehearsal
