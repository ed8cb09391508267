// Package gateway is the door of the service's API: an API Management service
// that lets a call in by its key and by where it comes from.
//
// Each customer has a product of its own, and its keys open that product alone.
// The product's policy knows the customer's addresses, tells the application
// who calls and by which key, and holds for whatever the key reaches. The
// service's own policy refuses keys without a product: the built-in key for
// everything, which cannot be deleted, opens nothing.
//
// Callers come in through Front Door, so the gateway's ip-filter would see
// Front Door's addresses and not theirs. The address is checked in the header
// X-Azure-SocketIP instead, in which Front Door writes where the connection came
// from, whatever the caller says; X-Forwarded-For and X-Azure-ClientIP are the
// caller's to choose. The header is to be trusted because nobody but Front Door
// reaches the gateway: it stands in a subnet of its own that nothing is let into,
// and Front Door comes over private link. Of the tiers only Premium v2 can do
// both.
//
// What a gateway logs of a call is written down here too: that it happened, and
// nothing of what was in it nor whence it came.
//
// Sources: MicrosoftDocs/azure-docs articles/api-management/private-endpoint.md
// (2026-03-17), inject-vnet-v2.md (03e5750a, 2025-10-08), front-door-api-management.md,
// check-header-policy.md (0a8b037e), articles/frontdoor/front-door-http-headers-protocol.md.
package gateway
