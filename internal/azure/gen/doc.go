// Command gen writes internal/azure/properties.json: the input properties of
// every type of types.tsv. It reads them from Go source, the SDK's own and that
// of modules/azure, without compiling either. That takes a second where
// building the SDK takes minutes, and a type that is added to types.tsv needs
// nothing more than another run.
package main
