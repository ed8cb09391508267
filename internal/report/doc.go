// Package report writes judgements: as text for people, as JSON for programs.
// Each format is one file and one Outputter. A report only shows what the gate
// found; it decides nothing.
package report
