package cloud

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// chain looks for an identity where a process can have one. The first that is
// there is kept, also when it is then refused: falling through to another would
// be to act as somebody else.
func chain(options azcore.ClientOptions) (azcore.TokenCredential, error) {
	var sources []azcore.TokenCredential
	workload, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{ClientOptions: options})
	if err != nil {
		sources = append(sources, absent{"workload identity", "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE are not all set"})
	} else {
		sources = append(sources, workload)
	}
	managed := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: options}
	if client := os.Getenv("AZURE_CLIENT_ID"); client != "" {
		managed.ID = azidentity.ClientID(client)
	}
	machine, err := azidentity.NewManagedIdentityCredential(managed)
	if err != nil {
		return nil, fmt.Errorf("%w: managed identity: %s", ErrCredentials, line(err.Error()))
	}
	probe := &probed{TokenCredential: machine}
	probe.found.Store(os.Getenv("IDENTITY_ENDPOINT") != "" || os.Getenv("MSI_ENDPOINT") != "")
	sources = append(sources, probe)
	cli, err := azidentity.NewAzureCLICredential(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: Azure CLI: %s", ErrCredentials, line(err.Error()))
	}
	return azidentity.NewChainedTokenCredential(append(sources, cli), nil)
}

// absent stands for an identity that is not there, and says why.
type absent struct{ what, why string }

func (a absent) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, azidentity.NewCredentialUnavailableError(a.what + ": " + a.why)
}

// probePatience is how long a machine's identity service may take the first time.
// Where there is none, the address leads nowhere and nothing ever answers.
const probePatience = 3 * time.Second

// probed is a managed identity that may not be there.
type probed struct {
	azcore.TokenCredential
	found atomic.Bool
}

func (p *probed) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if p.found.Load() {
		return p.TokenCredential.GetToken(ctx, o)
	}
	brief, cancel := context.WithTimeout(policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1}), probePatience)
	defer cancel()
	token, err := p.TokenCredential.GetToken(brief, o)
	var refused *azidentity.AuthenticationFailedError
	switch {
	case err == nil:
		p.found.Store(true)
	case errors.As(err, &refused) && refused.RawResponse == nil, brief.Err() != nil && ctx.Err() == nil:
		return token, azidentity.NewCredentialUnavailableError("managed identity: no identity service answers on this machine")
	}
	return token, err
}

// signIn puts a failed sign-in into words.
func signIn(err error) error {
	return &explained{
		text: fmt.Sprintf("%s: tried workload identity, managed identity and Azure CLI. %s. On a job, give it a user-assigned identity and AZURE_CLIENT_ID; at a desk, run az login", ErrCredentials, strings.TrimRight(line(err.Error()), ".")),
		is:   []error{ErrCredentials, err},
	}
}
