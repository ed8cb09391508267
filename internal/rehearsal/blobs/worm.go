package blobs

import (
	"fmt"
	"net/http"
	"time"
)

// protection is what an immutability policy does for a blob.
type protection struct {
	locked bool
	period time.Duration
	append bool // append blobs may grow
}

// protects reads the policy of a container: its own, else the account's.
func (f *Front) protects(a *account, container string) protection {
	f.mu.Lock()
	released := f.released
	f.mu.Unlock()
	if released {
		return protection{}
	}
	own := f.options.Resource(a.id + "/blobServices/default/containers/" + container + "/immutabilityPolicies/default")
	if p := policy(at(own, "properties")); p.locked {
		return p
	}
	account := f.options.Resource(a.id)
	if enabled, _ := at(account, "properties", "immutableStorageWithVersioning", "enabled").(bool); !enabled {
		return protection{}
	}
	return policy(at(account, "properties", "immutableStorageWithVersioning", "immutabilityPolicy"))
}

func policy(value any) protection {
	days, _ := at(value, "immutabilityPeriodSinceCreationInDays").(float64)
	state, _ := at(value, "state").(string)
	grows, _ := at(value, "allowProtectedAppendWrites").(bool)
	all, _ := at(value, "allowProtectedAppendWritesAll").(bool)
	return protection{locked: state == "Locked", period: time.Duration(days) * 24 * time.Hour, append: grows || all}
}

// guard refuses a change that a locked policy forbids. Creating a blob and
// writing blocks that are not committed are no changes of one.
func (f *Front) guard(r *http.Request, a *account, p place) *refusal {
	protected := f.protects(a, p.container)
	query := r.URL.Query().Get("comp")
	own := query == "immutabilityPolicies" // the policy of the blob itself
	if !protected.locked || !settles(r) && !own {
		return nil
	}
	if query == "appendblock" && protected.append {
		return nil
	}
	answer, _, err := f.do(http.MethodHead, f.behind(a.behind, p.container, p.blob), "", nil, nil, http.StatusOK, http.StatusNotFound)
	if err != nil {
		return unavailable(err)
	}
	if answer.StatusCode == http.StatusNotFound {
		return nil
	}
	made, err := http.ParseTime(answer.Header.Get("X-Ms-Creation-Time"))
	if err != nil {
		return unavailable(fmt.Errorf("the store gives no time of creation: %w", err))
	}
	until := made.Add(protected.period)
	if own && r.Method == http.MethodDelete && f.options.Now().Before(until) {
		return &refusal{http.StatusConflict, "ImmutabilityPolicyDeleteOnLockedPolicy", "The immutability policy of the blob is locked and cannot be deleted."}
	}
	if f.options.Now().Before(until) {
		return &refusal{http.StatusConflict, "BlobImmutableDueToPolicy", "This operation is not permitted as the blob is immutable due to a policy, until " + until.UTC().Format(time.RFC3339) + "."}
	}
	return nil
}

// guardContainer refuses to delete a container that holds protected blobs, and
// anything of a data plane that the Resource Manager decides.
func (f *Front) guardContainer(r *http.Request, a *account, p place) *refusal {
	if !changes(r) || p.blob != "" {
		return nil
	}
	if r.Method == http.MethodDelete && f.protects(a, p.container).locked {
		return &refusal{http.StatusConflict, "ContainerImmutableDueToPolicy", "The container cannot be deleted: a locked immutability policy protects what is in it."}
	}
	return nil
}
