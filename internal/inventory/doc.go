// Package inventory is the one shape in which an estate's resources are
// judged, whatever they were read from: a plan, a preview, an exported state.
//
// The shape is azure-native's: ARM's properties lifted one level, the API
// version dropped from the type. Three things in it are not data, and are
// objects so that no rule can take them for data:
//
//	{"$unknown": true}  the value is not known before the deployment
//	{"$secret": true}   the value is secret; nothing of it is kept
//	{"$asset": {...}}   a file or text, by its hash
//
// A value that is both secret and unknown is marked secret: it will be secret
// whatever it becomes, and the mark is then the same in a plan as in the state
// that follows from it.
//
// Which resources a property depends on is kept beside it, since before a
// deployment an id may be unknown where the dependency is not. Resolve fills in
// the ids that follow from names alone.
package inventory
