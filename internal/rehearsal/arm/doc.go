// Package arm is an Azure Resource Manager on the loopback interface, for
// rehearsals.
//
// It keeps resources in memory, by id, and answers as the real one does where
// a deployment can tell: parents and referenced resources must exist, API
// versions are checked, writes carry etags, most changes are long-running
// operations, a lock stops a delete, WORM cannot be undone. What a resource
// provider computes (a vault's address, an identity's principal) is made up
// from the resource's id, so that it is the same in every run.
//
// It speaks HTTPS with the rehearsal's certificate. It wants the bearer token
// that it minted at its start, or one that a user-assigned identity has got from
// the identity endpoint beside it, as a job in Azure would. Every answer carries
// the header X-Tillit-Rehearsal, so that nobody can take it for Azure.
//
// Behind a type there may stand a Plane: something real that is made when the
// resource is made and goes when it goes. A plane that is a Reader knows more of
// its resources than was put, and one that is a Lister knows resources that
// nobody puts, such as backups. An Action is what a POST does.
//
// # Faults
//
// What goes wrong can be asked for: an answer with any status, a broken
// connection, a body that comes slowly or not whole, tokens that expire, an
// operation that fails or never ends. In the same process that is Server.Inject;
// another process sends the fault to /rehearsal/faults, with the first token:
//
//	curl --cacert "$CA" -H "Authorization: Bearer $TOKEN" "$ENDPOINT/rehearsal/faults" -d \
//		'{"method":"GET","path":"/flexibleServers/","status":429,"code":"TooManyRequests","retryAfter":"2s","times":3}'
//
// The fields are those of Fault, durations in words; service is "blobs" for what
// the blob service answers. {} breaks every connection, {"slow":"30s"} and
// {"truncate":true} spoil bodies, {"expireTokens":true,"times":1} makes every
// token that was minted until then count as expired, and {"operation":"fail",
// "code":"InternalServerError"} or {"operation":"never"} are the fate of the
// operation that a request begins. A GET lists what is left, a DELETE clears it.
package arm
