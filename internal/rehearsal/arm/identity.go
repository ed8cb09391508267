package arm

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// IdentityPath is where a process gets the tokens of its managed identity, as
// App Service and Container Apps have it: a GET with resource and client_id,
// and the header X-IDENTITY-HEADER. Source:
// MicrosoftDocs/azure-docs articles/app-service/overview-managed-identity.md.
const IdentityPath = "/identity/token"

// managementAudiences are those of tokens for the Resource Manager.
var managementAudiences = []string{"https://management.azure.com", "https://management.core.windows.net"}

const identityType = "Microsoft.ManagedIdentity/userAssignedIdentities"

// AdministratorClient is the client id under which the identity endpoint gives the
// tokens of an administrator, who may do all. Azure has nothing like it.
const AdministratorClient = "00000000-0000-4000-8000-00000000ad00"

var administrator = &resource{
	id:   "/providers/" + identityType + "/rehearsal-administrator",
	body: map[string]any{"properties": map[string]any{"clientId": AdministratorClient, "principalId": AdministratorClient}},
}

// claims are those of a minted token.
type claims struct {
	jwt.RegisteredClaims
	For        string `json:"aud"` // one text, as Entra has it
	ObjectID   string `json:"oid"`
	Tenant     string `json:"tid"`
	Client     string `json:"appid"`
	Kind       string `json:"idtyp"`
	Resource   string `json:"xms_mirid"` // of the identity
	Generation int    `json:"rehearsal_generation"`
}

// IdentitySecret is what X-IDENTITY-HEADER must be.
func (s *Server) IdentitySecret() string { return s.secret }

// issue answers a request for a token.
func (s *Server) issue(r *http.Request) (answer, error) {
	refuse := func(status int, message string) (answer, error) {
		return answer{status: status, body: map[string]any{"statusCode": status, "message": message}}, nil
	}
	query := r.URL.Query()
	resource := strings.TrimSuffix(strings.TrimSuffix(query.Get("resource"), "/.default"), "/")
	switch {
	case r.Method != http.MethodGet:
		return refuse(http.StatusMethodNotAllowed, "The endpoint takes GET only.")
	case subtle.ConstantTimeCompare([]byte(r.Header.Get("X-IDENTITY-HEADER")), []byte(s.secret)) != 1:
		return refuse(http.StatusForbidden, "The header X-IDENTITY-HEADER is missing or wrong.")
	case query.Get("api-version") != "2019-08-01":
		return refuse(http.StatusBadRequest, "The api-version must be 2019-08-01.")
	case resource == "":
		return refuse(http.StatusBadRequest, "The resource is missing.")
	}
	identity := s.identityOf(query.Get("client_id"))
	if query.Get("client_id") == AdministratorClient {
		identity = administrator
	}
	if identity == nil {
		return refuse(http.StatusBadRequest, "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.")
	}
	now := s.options.Now()
	expires := now.Add(s.options.TokenLife)
	token, fixed := s.options.Passwords[resource]
	if !fixed {
		var err error
		if token, err = s.mint(identity, resource, now, expires); err != nil {
			return answer{}, err
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{
		"access_token": token, "expires_on": strconv.FormatInt(expires.Unix(), 10), "resource": query.Get("resource"),
		"token_type": "Bearer", "client_id": query.Get("client_id"),
	}}, nil
}

// identityOf finds the user-assigned identity with a client id; nil when there is
// none.
func (s *Server) identityOf(client string) *resource {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.inOrder(func(r *resource) bool {
		return strings.EqualFold(r.arm, identityType) && client != "" && strings.EqualFold(dig(r.body, "properties", "clientId"), client)
	})
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// mint makes a token of an identity for a resource.
func (s *Server) mint(identity *resource, audience string, now, expires time.Time) (string, error) {
	principal := dig(identity.body, "properties", "principalId")
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: s.url + "/" + s.options.Tenant + "/", Subject: principal,
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now.Add(-time.Minute)), ExpiresAt: jwt.NewNumericDate(expires),
		},
		For: audience, ObjectID: principal, Tenant: s.options.Tenant, Client: dig(identity.body, "properties", "clientId"),
		Kind: "app", Resource: identity.id, Generation: s.options.Faults.tokens(),
	}).SignedString(s.signing)
}

// Admit judges an Authorization header: it takes the static token, and a minted
// one for one of the audiences, or for this server, that has not expired. It
// returns whose it is; the error is answered with 401 and a code.
func (s *Server) Admit(header string, audiences ...string) (Caller, error) {
	token, bearer := strings.CutPrefix(header, "Bearer ")
	if bearer && subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1 {
		return Caller{all: true}, nil
	}
	invalid := failf(http.StatusUnauthorized, "InvalidAuthenticationToken", "The access token is missing or is not one that this rehearsal minted.")
	if !bearer {
		return Caller{}, invalid
	}
	var got claims
	_, err := jwt.ParseWithClaims(token, &got, func(*jwt.Token) (any, error) { return s.signing, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(s.options.Now), jwt.WithExpirationRequired())
	switch {
	case errors.Is(err, jwt.ErrTokenExpired), err == nil && got.Generation < s.options.Faults.tokens():
		return Caller{}, failf(http.StatusUnauthorized, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time '%s'.", s.options.Now().UTC().Format(time.RFC1123))
	case err != nil:
		return Caller{}, invalid
	case got.For != s.url && !slices.Contains(audiences, got.For):
		return Caller{}, failf(http.StatusUnauthorized, "InvalidAuthenticationTokenAudience", "The access token has been obtained for wrong audience or resource '%s'. It should exactly match with one of the allowed audiences '%s'.", got.For, strings.Join(audiences, "', '"))
	case !s.options.Roles || got.Client == AdministratorClient:
		return Caller{principal: got.ObjectID, all: true}, nil
	}
	return s.caller(got.ObjectID), nil
}
