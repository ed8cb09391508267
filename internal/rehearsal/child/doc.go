// Package child runs the servers that a rehearsal needs: each in a process
// group of its own, ended when we end, however we end.
package child
