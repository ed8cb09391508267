// Command faulty is a Pulumi program that goes wrong in the way its argument
// names.
package main
