// Package identity gives every workload an identity of its own and hands out
// roles as narrow as the task.
//
// Workloads sign in with user-assigned managed identities, so that no secret
// exists. People get roles through groups only, and only roles that watch or
// read the control plane: none of them can read customer data, change a
// resource or hand on a role. More than that is asked for when it is needed and
// is not part of an estate.
package identity
