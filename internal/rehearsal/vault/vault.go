package vault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
	"github.com/tillit-dev/tillit/internal/rehearsal/azurite"
	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
	"github.com/tillit-dev/tillit/internal/rehearsal/postgres"
)

// Options say what vaults copy and where they keep it.
type Options struct {
	Store     *azurite.Server      // where copies are kept, in an account of their own
	Authority *authority.Authority // of the store's and the blob front's certificate
	// Credential signs in at accounts, as a vault's own identity does.
	Credential azcore.TokenCredential
	Servers    *postgres.Host
	Resource   func(id string) map[string]any // a resource's body in the Resource Manager; nil when there is none
	Resources  func() []string                // the ids of all of them
	Now        func() time.Time
}

// ARM types.
const (
	vaults    = "Microsoft.DataProtection/backupVaults"
	instances = vaults + "/backupInstances"
	points    = instances + "/recoveryPoints"
	jobs      = vaults + "/backupJobs"
	graves    = vaults + "/deletedBackupInstances"
	servers   = "Microsoft.DBforPostgreSQL/flexibleServers"
	blobs     = "Microsoft.Storage/storageAccounts/blobServices"
)

// Vaults are all Backup vaults of a rehearsal. Their methods may be called from
// several goroutines.
type Vaults struct {
	options Options
	safe    *safe
	client  *http.Client
	ctx     context.Context
	stop    context.CancelFunc
	work    sync.WaitGroup // first copies under way

	mu        sync.Mutex
	instances map[string]*instance // by id in lower case
	deleted   map[string]*instance // softly, by id in lower case
	jobs      []*job
	released  bool
}

// instance is one source under protection. Its fields are guarded by the vaults'
// lock.
type instance struct {
	id, vault string
	body      map[string]any // as it was put
	points    []*point       // in order of time
	until     time.Time      // when a soft delete ends
	since     time.Time      // when it was deleted
}

// New prepares the vaults. Close ends what they do.
func New(ctx context.Context, o Options) (*Vaults, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(o.Authority.CA) {
		return nil, errors.New("the rehearsal's authority has no certificate")
	}
	account, err := o.Store.Take()
	if err != nil {
		return nil, fmt.Errorf("an account for the vaults: %w", err)
	}
	v := &Vaults{
		options: o, instances: map[string]*instance{}, deleted: map[string]*instance{},
		client: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 8}},
	}
	key, err := container.NewSharedKeyCredential(account.Name, account.Key)
	if err != nil {
		return nil, err
	}
	at := "https://" + net.JoinHostPort("localhost", o.Store.Port()) + "/" + account.Name + "/copies"
	kept, err := container.NewClientWithSharedKeyCredential(at, key, &container.ClientOptions{ClientOptions: v.through()})
	if err != nil {
		return nil, err
	}
	if v.safe, err = newSafe(ctx, kept); err != nil {
		return nil, err
	}
	v.ctx, v.stop = context.WithCancel(ctx)
	return v, nil
}

// Close ends the copies under way and waits for them.
func (v *Vaults) Close() {
	v.stop()
	v.work.Wait()
	v.client.CloseIdleConnections()
}

// Release lets everything be deleted from now on, so that a rehearsal can be
// taken down. Azure has nothing like it.
func (v *Vaults) Release() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.released = true
}

// Planes are what stands behind Microsoft.DataProtection, by ARM type.
func (v *Vaults) Planes() map[string]arm.Plane {
	return map[string]arm.Plane{
		vaults:    vaultsPlane{v},
		instances: instancesPlane{v},
		points:    pointsPlane{v},
		jobs:      jobsPlane{v},
		graves:    gravesPlane{v},
	}
}

// Actions are what can be done to instances, by ARM type and name.
func (v *Vaults) Actions() map[string]arm.Action {
	return map[string]arm.Action{
		instances + "/backup":          v.backup,
		instances + "/validateRestore": v.validate,
		instances + "/restore":         v.restore,
	}
}

// through are options of clients that go to the rehearsal's own endpoints.
func (v *Vaults) through() policy.ClientOptions {
	return policy.ClientOptions{Transport: v.client}
}

// account is the blob service of an account.
func (v *Vaults) account(id string) (*service.Client, error) {
	endpoint, _ := fields.Dig(v.options.Resource(id), "properties", "primaryEndpoints", "blob").(string)
	if endpoint == "" {
		return nil, fmt.Errorf("the account %s is not there or has no blobs", id)
	}
	return service.NewClient(endpoint, v.options.Credential, &service.ClientOptions{ClientOptions: v.through()})
}

// instance finds one by id.
func (v *Vaults) instance(id string) *instance {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.instances[strings.ToLower(id)]
}

// asPut is an instance as it was last put.
func (v *Vaults) asPut(in *instance) map[string]any {
	v.mu.Lock()
	defer v.mu.Unlock()
	return in.body
}

// current are an instance's recovery points whose time is not over.
func (v *Vaults) current(in *instance) []*point {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.options.Now()
	return slices.DeleteFunc(slices.Clone(in.points), func(p *point) bool { return !p.expires.After(now) })
}

// vaultsPlane keeps a vault from being deleted too early.
type vaultsPlane struct{ *Vaults }

// Put has nothing to do: a vault is what the Resource Manager keeps of it.
func (vaultsPlane) Put(context.Context, string, map[string]any) (map[string]any, error) {
	return nil, nil
}

// Delete is refused while the vault holds what a soft delete keeps.
func (p vaultsPlane) Delete(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, in := range p.deleted {
		if strings.EqualFold(in.vault, id) && in.until.After(p.options.Now()) && !p.released {
			return arm.Refuse(http.StatusConflict, "UserErrorVaultContainsSoftDeletedItems", "The vault '%s' cannot be deleted: it holds what was deleted with '%s', until %s.", id, in.id, fields.Time(in.until))
		}
	}
	return nil
}
