package rehearsaltest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Checked sends each request of the SDK's typed clients to the SDK's own fake
// servers first, which take only what the service would, and then on.
type Checked struct {
	Fakes policy.Transporter
	On    policy.Transporter
}

// Do sends a request.
func (c Checked) Do(r *http.Request) (*http.Response, error) {
	// The fakes know nothing of the operations that the rehearsal goes on with.
	if strings.HasPrefix(r.URL.Path, "/operations/") {
		return c.On.Do(r)
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	twin := r.Clone(r.Context())
	twin.Body = io.NopCloser(bytes.NewReader(body))
	answer, err := c.Fakes.Do(twin)
	if err != nil {
		return nil, fmt.Errorf("the fake server of the SDK: %w", err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return nil, fmt.Errorf("the fake server of the SDK answers %s to %s %s", answer.Status, r.Method, r.URL.Path)
	}
	return c.On.Do(r)
}
