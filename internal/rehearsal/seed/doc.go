// Package seed fills a rehearsed estate with made-up data, so that drills have
// something to restore and to compare: bookkeeping in a database, documents in a
// container. The same seed gives the same data.
package seed
