package arm

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/tillit-dev/tillit/internal/azure"
)

// resourcesVersions are accepted for subscriptions, resource groups and lists
// of resources.
var resourcesVersions = []string{"2020-06-01", "2021-04-01", "2022-09-01"}

// clients are API versions beside those that deployments use: what the clients of
// Azure's SDK ask for, by namespace. They count for every type that the rehearsal
// knows there, those that nobody deploys included.
var clients = map[string][]string{
	"microsoft.dataprotection":  {"2024-04-01"},                                                                                                               // armdataprotection v3.1.0
	"microsoft.dbforpostgresql": {"2024-08-01"},                                                                                                               // armpostgresqlflexibleservers v4.0.0
	"microsoft.sql":             {"2014-04-01", "2020-11-01-preview", "2021-02-01-preview", "2021-05-01-preview", "2021-08-01-preview", "2021-11-01-preview"}, // armsql v1.2.0
	"microsoft.storage":         {"2024-01-01"},                                                                                                               // armstorage v1.8.1
}

// versions holds the API versions of each ARM type, in lower case.
var versions = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{
		"":                                resourcesVersions,
		strings.ToLower(subscriptionType): {"2020-01-01", "2022-12-01"},
		strings.ToLower(groupType):        resourcesVersions,
	}
	for _, token := range azure.Tokens() {
		t, _ := azure.Lookup(token)
		key := strings.ToLower(t.ARM)
		if !slices.Contains(out[key], t.APIVersion) {
			out[key] = append(slices.Clone(out[key]), t.APIVersion)
		}
	}
	return out
})

var versionForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(-preview|-alpha|-beta|-privatepreview)?$`)

// checkVersion judges a request's api-version as ARM does: it must be there, be
// a date, and be one that the type is known by.
func (s *Server) checkVersion(arm, version string) error {
	if version == "" {
		return failf(http.StatusBadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
	}
	known := s.versionsOf(arm)
	list := "'" + strings.Join(known, ", ") + "'"
	if !versionForm.MatchString(version) {
		return failf(http.StatusBadRequest, "InvalidApiVersionParameter", "The api-version '%s' is invalid. The supported versions are %s.", version, list)
	}
	namespace, kind, _ := strings.Cut(arm, "/")
	if len(known) == 0 {
		for name := range versions() {
			if strings.HasPrefix(name, strings.ToLower(namespace)+"/") {
				return failf(http.StatusNotFound, "InvalidResourceType", "The resource type '%s' could not be found in the namespace '%s' for api version '%s': the rehearsal does not know it.", kind, namespace, version)
			}
		}
		return failf(http.StatusNotFound, "InvalidResourceNamespace", "The resource namespace '%s' is invalid: the rehearsal does not know it.", namespace)
	}
	if !slices.Contains(known, version) {
		return failf(http.StatusBadRequest, "NoRegisteredProviderFound", "No registered resource provider found for API version '%s' for type '%s'. The supported api-versions are %s.", version, kind, list)
	}
	return nil
}

func (s *Server) versionsOf(arm string) []string {
	key := strings.ToLower(arm)
	namespace, _, _ := strings.Cut(key, "/")
	known := versions()[key]
	if known != nil || s.stands(arm) {
		return append(slices.Clone(known), clients[namespace]...)
	}
	// A DNS record's type is itself a parameter of its path.
	if parent, _, ok := cutLast(key); ok {
		for name, found := range versions() {
			if p, last, _ := cutLast(name); p == parent && strings.HasPrefix(last, "{") {
				return found
			}
		}
	}
	return nil
}

// stands reports that something stands behind a type.
func (s *Server) stands(arm string) bool {
	if s.plane(arm) != nil {
		return true
	}
	for key := range s.options.Actions {
		if owner, _, _ := cutLast(key); strings.EqualFold(owner, arm) {
			return true
		}
	}
	return false
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndex(s, "/")
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
