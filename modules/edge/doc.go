// Package edge is the public face of the service: Azure Front Door with its web
// application firewall.
//
// Visitors reach Front Door and nothing else. It speaks HTTPS with current TLS,
// sends plain requests to HTTPS, lets the firewall block what the managed rules
// recognise, and reaches the application over private link, so that the
// application needs no public address. It also answers for where security
// reports go (RFC 9116).
//
// Private origins, managed rules and bot rules need the Premium tier. Source:
// https://learn.microsoft.com/azure/frontdoor/standard-premium/tier-comparison.
package edge
