package arm

import (
	"errors"
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

// Refuse makes an error that ARM answers with a status, such as 409, and a code.
// What stands behind a type gives it to say more than that something failed.
func Refuse(status int, code, format string, args ...any) error {
	return failf(status, code, format, args...)
}

// asFault is an error as ARM answers it, with a code for one that has none.
func asFault(err error, code string) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	return failf(http.StatusConflict, code, "%v", err)
}

func (f *fault) body() map[string]any {
	return map[string]any{"error": map[string]any{"code": f.code, "message": f.message}}
}

func notFound(id string) *fault {
	return failf(http.StatusNotFound, "ResourceNotFound", "The resource '%s' was not found.", id)
}
