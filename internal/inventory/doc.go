// Package inventory is the one shape in which an estate's resources are
// judged, whatever they were read from: a plan, a preview, an exported state, or
// Azure itself.
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
//
// # Reading
//
// Read tells a document's form by its contents and refuses what it does not
// recognise, and what is not the whole of anything: a preview without the
// resources that do not change, one page of a longer list, a state in which an
// operation was cut short. Input is bounded in size and depth, and a key that is
// in an object twice is refused, for a decoder would take the last in silence.
//
// A preview shows what will be. What it leaves alone has the outputs that it was
// found with; what it updates has the new inputs over them; what it deletes is
// gone. An update plan of a stack that is deployed holds only differences, so it
// is read with the state that it was made for, and both then say the same as the
// preview.
//
// What Azure itself tells (azure-native's shape is made of it by package azure)
// has no URN; the ARM id stands in its place. Three rules keep it honest:
//
//   - What was not asked for is unknown, not absent. `az resource list` shows no
//     properties, so every property that the type can have is marked unknown, but
//     for the few that the list does show.
//   - An expression of a template that does not follow from the template is
//     unknown. A name that is not known has a stand-in, {?1}, in the URNs of its
//     resources, so that references to it still resolve; such a resource has no
//     id. Templates do not say where they are deployed to: ids in them are in the
//     subscription of plans and in a resource group called template.
//   - A resource that no rule can judge, because its type is not in package azure
//     or because whether and how often it is there is not known, is named in
//     NotJudged, never dropped.
//
// A list without properties shows the resources at the top of their groups and
// nothing within them, so what it lacks may be there. Such an inventory says that
// it is Incomplete, and the gate then determines nothing by it alone.
//
// ReadAll joins several documents of one estate: known takes the place of
// unknown, and a contradiction is refused. So an exported state and a list of
// what is in the subscription can be judged together.
package inventory
