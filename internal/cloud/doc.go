// Package cloud is how a runbook speaks to Azure: the SDK's typed clients over
// one transport that knows throttling, signed in by whatever identity the
// process has.
//
// Retries are made by go-retryablehttp alone, which waits for as long as Azure
// asks; the SDK's own are off. Credentials are looked for as azidentity does it:
// workload identity, managed identity, Azure CLI.
package cloud
