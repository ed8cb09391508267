package cloud

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/jackc/pgx/v5/pgconn"
)

// explained is an error in words. What it is stays to be found with errors.Is
// and errors.As, and is not printed.
type explained struct {
	text string
	is   []error
}

func (e *explained) Error() string   { return e.text }
func (e *explained) Unwrap() []error { return e.is }

// Explain puts an error of the SDK into words: what was asked of which resource,
// what Azure said, and what to do, such as which role is missing. It wraps the
// error and, where one fits, an error of this package. An error that is none of
// the SDK's, the network's or the database's is returned as it is.
func Explain(err error) error {
	var done *explained
	var answer *azcore.ResponseError
	var database *pgconn.PgError
	switch {
	case err == nil || errors.As(err, &done):
		return err
	case errors.As(err, &answer):
		return answered(err, answer)
	case errors.As(err, &database):
		return refused(err, database)
	}
	var request *url.Error
	advice := network(err)
	if advice == "" && !errors.As(err, &request) {
		return err
	}
	return &explained{text: line(err.Error()) + advice, is: []error{err}}
}

// answered explains an answer of Azure's that says no.
func answered(err error, answer *azcore.ResponseError) error {
	code, message := answer.ErrorCode, ""
	what := "the request"
	if response := answer.RawResponse; response != nil {
		if body, bad := runtime.Payload(response); bad == nil {
			c, m := fault(body)
			if c == "" {
				c, m = storageFault(body)
			}
			if message = m; code == "" {
				code = c
			}
		}
		if response.Request != nil {
			what = subject(response.Request)
		}
	}
	text := strings.TrimSpace(fmt.Sprintf("%s: Azure answers %d %s", what, answer.StatusCode, code))
	if answer.StatusCode/100 == 2 { // an operation's state, read well
		text = "the operation failed: Azure says " + code
	}
	if message != "" {
		text += ": " + strings.TrimRight(message, ". ")
	}
	out := &explained{is: []error{err}}
	switch answer.StatusCode {
	case http.StatusUnauthorized:
		out.is = append(out.is, ErrCredentials)
		text += ". Azure does not take the token: sign in again (az login), or look at the clock of this machine"
	case http.StatusForbidden:
		out.is = append(out.is, ErrForbidden)
		if advice := missing(code, message); advice != "" {
			text += ". " + advice
		}
	case http.StatusNotFound:
		out.is = append(out.is, ErrNotFound)
	case http.StatusTooManyRequests:
		text += ". The subscription's requests are throttled: try again later"
	}
	out.text = line(text)
	return out
}

// storageFault is the code and the message of an error as the blob service
// answers it.
func storageFault(body []byte) (code, message string) {
	var answer struct{ Code, Message string }
	if xml.Unmarshal(body, &answer) != nil {
		return "", ""
	}
	message, _, _ = strings.Cut(answer.Message, "\n") // then come the request's id and time
	return answer.Code, message
}

// refused explains an error that PostgreSQL answers.
func refused(err error, answer *pgconn.PgError) error {
	out := &explained{is: []error{err}}
	advice := ""
	switch answer.Code {
	case "28000", "28P01":
		out.is = append(out.is, ErrCredentials)
		advice = ": the database knows no role of that name for this identity, or does not take its token; its administrator runs runbook heartbeat --setup"
	case "42501":
		out.is = append(out.is, ErrForbidden)
		advice = ": the identity's role lacks the right; the database's administrator runs runbook heartbeat --setup"
	case "3D000", "42P01":
		out.is = append(out.is, ErrNotFound)
	case "57014":
		advice = ": it took longer than a statement may"
	}
	out.text = line(fmt.Sprintf("the database answers %s: %s%s", answer.Code, answer.Message, advice))
	return out
}

// network says what to do about an error of the network; "" where that is not
// known.
func network(err error) string {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var dial *net.OpError
	switch {
	case errors.As(err, &name):
		return ": the name cannot be resolved; a private endpoint's is known inside its network only"
	case errors.As(err, &unknown):
		return ": the certificate's authority is not known here; SSL_CERT_FILE names a file with those that are"
	case errors.As(err, &certificate):
		return ": the server's certificate does not hold"
	case errors.Is(err, syscall.ECONNREFUSED):
		return ": nothing listens there"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF):
		return ": the connection was broken off"
	case errors.Is(err, errCutOff):
		return ": the connection is bad, or something between here and there cuts answers off"
	case errors.As(err, &dial) && dial.Timeout():
		return ": nothing answers; a firewall may be in between"
	}
	return ""
}

// subject says what a request asks of which resource, without its query.
func subject(request *http.Request) string {
	segments := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	what, group := "", ""
	for i, s := range segments {
		if strings.EqualFold(s, "resourceGroups") && i+1 < len(segments) {
			group = " in " + segments[i+1]
		}
		if strings.EqualFold(s, "providers") && i+2 < len(segments) {
			what = strings.Join(segments[i+2:], "/")
		}
	}
	if what == "" {
		what, group = request.URL.Path, ""
	}
	return request.Method + " " + what + group
}

// longest is how much of an error's text is kept.
const longest = 900

var (
	webToken = regexp.MustCompile(`\b(eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|rehearsal-[0-9a-f]{16,})`)
	bearer   = regexp.MustCompile(`(?i)\b(bearer\s+|(?:sig|password|access_token|client_assertion)["']?\s*[=:]\s*["']?)[^\s"'&,;]+`)
)

// line makes one line of a text, without what may be a secret.
func line(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	text = bearer.ReplaceAllString(text, "${1}[removed]")
	text = webToken.ReplaceAllString(text, "[removed]")
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + " …"
	}
	return text
}
