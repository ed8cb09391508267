// Package promises is the vocabulary of tillit: what a company may promise on
// its trust page, and what one estate does promise.
//
// The catalogue is data. Each promise has an id such as backup.interval, typed
// parameters, titles in English, Norwegian Bokmål and Swedish, the ways in
// which it is kept (built, gated, proven, attested) and the ISO/IEC 27001:2022
// Annex A controls that it serves. Beside it stand the Azure regions that a
// promise can name.
//
// A declaration is what an estate promises. It stands in the estate's Pulumi
// stack config file under four keys, tillit:promises, tillit:means,
// tillit:waivers and tillit:settings, and is read strictly: a word that is not
// in the vocabulary, a unit that does not fit, a value that cannot be, and two
// promises that contradict each other are errors with a position and the fix.
// All errors of a file are reported at once. Everything else in the file is
// Pulumi's or another project's, and is left alone.
//
// Load reads the file; FromConfig reads the same values as the engine hands
// them to a program or an analyzer, as JSON. Both build one small tree and
// judge it by the same code, so that they cannot disagree. Where the engine
// would change a value on its way (1.20 becomes 1.2, 0x10 becomes 16), Load
// refuses it and asks for quotes.
//
// The package imports nothing of ours and knows nothing of how a promise is
// kept: modules build from it, the gate judges by it, reports print it.
package promises
