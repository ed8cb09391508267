package runbooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
)

// attempt is one thing that nobody must be able to do, however many rights they
// have.
type attempt struct {
	name string
	role string // that whoever tries needs, so that a lack of rights is not taken for protection
	try  func(context.Context) error
	// kept says, of an attempt that was accepted, whether what was attacked is
	// still there as it was; nil where being accepted is enough.
	kept func(context.Context) (bool, error)
}

// verdict is what came of an attempt.
type verdict int

const (
	accepted    verdict = iota
	refused             // because it is immutable
	unpermitted         // because of who asked, which shows nothing
	gone                // what was attacked is not there
	otherwise           // for some other reason, which shows nothing either
)

// immutableForm finds in an error's code and message that something is refused
// because it cannot be changed back. Storage says BlobImmutableDueToPolicy or
// ImmutabilityPolicyDeleteOnLockedPolicy, vaults name the setting.
var immutableForm = regexp.MustCompile(`(?i)immutab|\bworm\b|\blocked\b|always.?on|soft.?delete|irreversible|cannot be (set to false|undone)`)

// weigh reads an error as Azure gives it. A lock on a resource is no protection
// against an administrator, who can take it away.
func weigh(err error) (verdict, string) {
	var answer *azcore.ResponseError
	if err == nil {
		return accepted, "accepted"
	}
	if !errors.As(err, &answer) {
		return otherwise, err.Error()
	}
	seen := fmt.Sprintf("%d %s", answer.StatusCode, answer.ErrorCode)
	code := strings.ToLower(answer.ErrorCode)
	switch {
	case answer.StatusCode == http.StatusForbidden && code != "requestdisallowedbypolicy", strings.Contains(code, "authorization"):
		return unpermitted, seen
	case answer.StatusCode == http.StatusNotFound:
		return gone, seen
	case code == "scopelocked" || answer.StatusCode < 400 || answer.StatusCode >= 500:
		return otherwise, seen
	case immutableForm.MatchString(answer.ErrorCode + " " + message(answer)):
		return refused, seen
	}
	return otherwise, seen
}

// message is what the body of an answer says, without the address that was asked.
func message(answer *azcore.ResponseError) string {
	if answer.RawResponse == nil {
		return ""
	}
	body, err := runtime.Payload(answer.RawResponse)
	if err != nil {
		return ""
	}
	var said struct {
		Message string
		Error   struct{ Code, Message string }
	}
	if json.Unmarshal(body, &said) == nil {
		return said.Message + " " + said.Error.Code + " " + said.Error.Message
	}
	return string(body)
}

// carryOut makes an attempt and says what came of it. The error is for what could
// not be tried at all, such as an endpoint that does not answer.
func (a attempt) carryOut(ctx context.Context, place, who string) (drill.Check, verdict, error) {
	err := a.try(ctx)
	if ctx.Err() != nil {
		return drill.Check{}, otherwise, context.Cause(ctx)
	}
	var answer *azcore.ResponseError
	if err != nil && !errors.As(err, &answer) {
		return drill.Check{}, otherwise, fmt.Errorf("%s: try to %s: %w", place, a.name, err)
	}
	if answer != nil && (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= 500 && answer.StatusCode != http.StatusNotImplemented) {
		return drill.Check{}, otherwise, fmt.Errorf("%s: try to %s: %w", place, a.name, cloud.Explain(err))
	}
	came, seen := weigh(err)
	c := drill.Check{Name: place + ": " + a.name, OK: came == refused, Detail: "tried as " + who + ": " + seen}
	switch came {
	case refused:
		c.Detail += ", refused as it must be"
	case unpermitted:
		c.Detail = fmt.Sprintf("not tried: no permission: %s. Run the drill as somebody with the role %s on it, so that only the policy can refuse (tried as %s)", seen, a.role, who)
	case gone:
		c.Detail += ": it is gone, so somebody could delete it"
	case otherwise:
		c.Detail += ": refused, but not because it is immutable"
	case accepted:
		c, err = a.accepted(ctx, c)
		return c, came, err
	}
	return c, came, nil
}

// accepted judges an attempt that was not refused.
func (a attempt) accepted(ctx context.Context, c drill.Check) (drill.Check, error) {
	if a.kept == nil {
		return c, nil
	}
	kept, err := a.kept(ctx)
	if err != nil {
		return c, fmt.Errorf("%s: see what was left: %w", c.Name, err)
	}
	c.OK = kept
	if kept {
		c.Detail += " as a new version: the one that is kept is there and unaltered"
	} else {
		c.Detail += ", and what was written is not there as it was"
	}
	return c, nil
}
