package arm

import (
	"fmt"
	"net/http"
)

// fault is an error as ARM answers it: a status and {"error":{"code","message"}}.
type fault struct {
	status  int
	code    string
	message string
}

func (f *fault) Error() string { return f.code + ": " + f.message }

func failf(status int, code, format string, args ...any) *fault {
	return &fault{status, code, fmt.Sprintf(format, args...)}
}

func (f *fault) body() map[string]any {
	return map[string]any{"error": map[string]any{"code": f.code, "message": f.message}}
}

func notFound(id string) *fault {
	return failf(http.StatusNotFound, "ResourceNotFound", "The resource '%s' was not found.", id)
}
