// Package clock is the one place that reads the machine's clock. Everything
// else is handed instants, so that a tool whose product is timings can be
// tested; the linter forbids raw time.Now elsewhere.
package clock
