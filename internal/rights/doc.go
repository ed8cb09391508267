// Package rights names the roles of the identity that drills run as, action by
// action. The estate makes them of it, and a drill that is refused says from it
// which one is missing.
package rights
