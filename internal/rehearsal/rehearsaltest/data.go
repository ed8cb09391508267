package rehearsaltest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	armpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/planes"
)

// Tests are a package's: *testing.M, or what prepares something before it.
type Tests interface{ Run() int }

// Data runs a package's tests with an Azure that has data planes: real
// PostgreSQL servers and real blobs, without the Pulumi engine. It is started
// once, stored in to, and removed afterwards. The result is the process's exit
// status:
//
//	var azure *planes.Azure
//
//	func TestMain(m *testing.M) { os.Exit(rehearsaltest.Data(m, &azure)) }
//
// Long-running operations that do nothing real take two milliseconds. Tests share
// the Azure, so each takes resource groups and names of its own.
func Data(m Tests, to **planes.Azure) int {
	code, err := withData(m, to)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func withData(m Tests, to **planes.Azure) (code int, err error) {
	dir, err := planes.NewFolder()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, planes.RemoveFolder(dir)) }()
	root, err := checkout()
	if err != nil {
		return 0, err
	}
	a, err := planes.Start(context.Background(), planes.Options{Root: root, Dir: dir, Data: true, Azure: arm.Options{Duration: 2 * time.Millisecond}})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	*to = a
	return m.Run(), nil
}

// checkout is the folder of the real one.
func checkout() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env: %w", err)
	}
	return filepath.Dir(string(out)), nil
}

// Client is a client that trusts an Azure's authority and nobody else.
func Client(a *planes.Azure) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.CA())
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
}

// SDK is what the typed clients of Azure's SDK take to work on an Azure with the
// static token.
func SDK(a *planes.Azure) (azcore.TokenCredential, *armpolicy.ClientOptions) {
	return static(a.Token()), &armpolicy.ClientOptions{
		ClientOptions: policy.ClientOptions{
			Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
				cloud.ResourceManager: {Endpoint: a.URL(), Audience: "https://management.azure.com"},
			}},
			Transport: Client(a),
			Retry:     policy.RetryOptions{MaxRetries: -1},
		},
		DisableRPRegistration: true,
	}
}

// static is a credential that has its token.
type static string

func (s static) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: clock.Now().Add(time.Hour)}, nil
}
