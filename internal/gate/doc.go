// Package gate judges an inventory against the promises an estate declares.
//
// The rules are Rego, one package a rule under rules/<group>/<rule>, and say
// three things about resources: a witness keeps the promise (with the value it
// is designed to keep), a violation breaks it, and an undetermined finding
// depends on a value that is not known yet. The gate has package vm evaluate
// those of the declared promises, on all cores, and turns the findings into one
// verdict for each declared promise:
//
//   - broken: a violation that no waiver accepts, or no witness at all;
//   - undetermined: nothing broken, but a value is not known yet, or the
//     catalogue says that the promise is gated and no rule judges it;
//   - waived: every violation is accepted by a waiver that still holds;
//   - kept: witnesses and nothing against them;
//   - not-judged: a design cannot show it, only a drill or an attestation can.
//     Such a promise is listed and takes no part in the estate's verdict.
//
// The verdicts attested and overdue belong to a promise that is judged with its
// evidence at hand; the gate never gives them. The estate's verdict is the
// worst of its promises'.
//
// A fault is never a pass. A pack is loaded whole or not at all: a rule whose
// metadata is incomplete, that names a promise, control or fact that does not
// exist, or that does not compile in strict mode, fails the load with its file
// and line. A builtin that fails during evaluation fails the judgement. Rules
// are pure: builtins that read the network, the clock, the environment or
// random numbers are not in the language they are compiled for.
//
// What is fast here is never another rule. The rules' input is built straight
// from the inventory, with one term for each text; the library's indexes are made
// with it, and what rules ask most often is answered in Go (see own), as long as
// the library has the words that the gate knows. Tests compare each with what OPA
// makes of the library, and tests/peers the findings with those of opa and
// conftest, which use nothing of this.
package gate
