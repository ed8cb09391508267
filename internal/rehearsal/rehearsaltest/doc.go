// Package rehearsaltest builds and starts, once for a package's tests, what a
// rehearsal needs: Main the programs that it runs, Data an Azure with data planes,
// Trusted an authority. It has the clients for them, and Wire, which has the SDK's
// own fake servers judge what typed clients ask.
package rehearsaltest
