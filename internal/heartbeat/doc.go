// Package heartbeat puts a row into a database and a blob into a container at a
// set interval, each with a sequence number and the time, so that a drill can
// tell from restored data how much was lost.
package heartbeat
