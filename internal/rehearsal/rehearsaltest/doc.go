// Package rehearsaltest builds and starts, once for a package's tests, what a
// rehearsal needs: Main the programs that it runs, Data an Azure with data planes.
package rehearsaltest
