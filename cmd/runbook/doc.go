// Command runbook runs an estate's drills, measures them, and keeps and verifies
// their evidence. See docs/drills.md.
package main
