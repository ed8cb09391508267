// Package estate finds the parts of a deployed estate that drills work on: its
// databases and their standbys, its accounts of blobs, its vaults, and the
// resource group in which drills may make things.
//
// They are found by the tags that every estate's resources carry (estate, class,
// purpose), so nothing has to be told twice, and read as they are deployed, not
// as they were declared.
package estate
