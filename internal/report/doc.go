// Package report writes judgements: as text for people, as JSON for programs,
// and in the forms that other tools read: SARIF, JUnit, GitHub annotations and
// OSCAL. Each format is one file and one Outputter. A report only shows what the
// gate found; it decides nothing.
//
// A finding has an identity that outlives a run: its promise, rule, resource and
// property, and a number where they are shared. Neither its message nor its
// source line takes part, so that a value that changes or a line that moves is
// still the same finding. SARIF's fingerprints, OSCAL's UUIDs and the comparison
// with an earlier result all stand on it.
//
// Names and values come from the estate that is judged, and are not trusted:
// what does not print is replaced, and what a format would take for its own
// syntax is escaped.
package report
