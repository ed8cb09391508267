// Package forms shows that the gate raises no false alarm: every estate that
// ships is kept in whatever form it is read. One run of the real engine gives
// them all: a preview and an update plan of what is new, the state that is
// deployed, a preview, its events and a plan of what does not change, and what
// the Azure of the rehearsal then tells of its resources.
package forms
