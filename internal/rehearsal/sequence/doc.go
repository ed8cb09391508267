// Package sequence is what the rehearse command does, step by step: the plan is
// judged, a broken variant is refused, the estate is applied, applied again to
// no effect, judged as deployed, and removed.
//
// The estate's program comes as a function, so this package needs neither the
// modules nor azure-native. Every line it prints is marked as a rehearsal's,
// since nothing here is evidence of anything in production.
package sequence
