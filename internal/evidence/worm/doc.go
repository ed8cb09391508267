// Package worm keeps copies of evidence in Azure blob storage, in a container
// with a locked immutability policy: written once, read many times. It only ever
// creates blobs (If-None-Match: *), so the identity it runs as needs no right to
// delete, and neither it nor anybody else can change what was pushed. Put the
// container in another subscription than the estate's.
package worm
