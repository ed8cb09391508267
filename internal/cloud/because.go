package cloud

import (
	"context"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// because is a policy of the SDK's that says why a request came to nothing. Where
// a context has ended the SDK tells that alone, and drops what the transport
// knows: what Azure answered until then.
type because struct{}

// lastWord is the transport's error of the request in whose context it is.
type lastWord struct{ err error }

type lastWordKey struct{}

func (because) Do(request *policy.Request) (*http.Response, error) {
	var last lastWord
	ctx := request.Raw().Context()
	response, err := request.WithContext(context.WithValue(ctx, lastWordKey{}, &last)).Next()
	if err != nil && ctx.Err() != nil && last.err != nil {
		return response, last.err
	}
	return response, err
}

// leave puts a transport's error where because finds it.
func leave(ctx context.Context, err error) error {
	if last, ok := ctx.Value(lastWordKey{}).(*lastWord); ok {
		last.err = err
	}
	return err
}
