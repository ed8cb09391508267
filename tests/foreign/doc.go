// Package foreign shows that `tillit plan` works for Pulumi programs that are
// not ours in shape: program has two providers, components, a stack reference,
// secrets and functions; faulty goes wrong in every way a program can. Both are
// built and run as a user would.
package foreign
