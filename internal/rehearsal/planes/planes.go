package planes

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
	"github.com/tillit-dev/tillit/internal/rehearsal/azurite"
	"github.com/tillit-dev/tillit/internal/rehearsal/blobs"
	"github.com/tillit-dev/tillit/internal/rehearsal/postgres"
	"github.com/tillit-dev/tillit/internal/rehearsal/sqlserver"
	"github.com/tillit-dev/tillit/internal/rehearsal/vault"
)

// Options say what is started.
type Options struct {
	Root string // checkout, in whose bin/tools the emulator is looked for
	Dir  string // an empty folder of our own
	// Owner is what FolderVariable is set to; Dir when empty.
	Owner string
	// Data starts the data planes. Without it there is a control plane only.
	Data bool
	// Azure says how the Resource Manager behaves. Its planes and actions go before
	// those that are made here.
	Azure arm.Options
	// Progress, when set, is told what is being started, if that takes more than two
	// seconds.
	Progress func(what string)
}

// Azure is a running one. Its methods may be called from several goroutines.
type Azure struct {
	*arm.Server
	Authority *authority.Authority
	CAFile    string

	// What stands behind; nil without data.
	Store  *azurite.Server
	Blobs  *blobs.Front
	Hosts  *postgres.Host
	Vaults *vault.Vaults

	password string
	stop     context.CancelFunc
}

// accounts is how many storage accounts can be made in the life of one Azure.
const accounts = 500

// FolderVariable names the folder in the environment of every program that is
// started.
const FolderVariable = "TILLIT_REHEARSAL_FOLDER"

// databases is the resource whose tokens are passwords of PostgreSQL.
const databases = "https://ossrdbms-aad.database.windows.net"

// Start starts an Azure. Close ends it, and so does the context.
func Start(ctx context.Context, o Options) (_ *Azure, err error) {
	if o.Azure.Now == nil {
		o.Azure.Now = clock.Now
	}
	if o.Azure.Faults == nil {
		o.Azure.Faults = &arm.Faults{}
	}
	a := &Azure{password: rand.Text(), Authority: o.Azure.Authority}
	ctx, a.stop = context.WithCancel(ctx)
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.Authority == nil {
		if a.Authority, err = authority.New(o.Azure.Now()); err != nil {
			return nil, fmt.Errorf("make the rehearsal's certificates: %w", err)
		}
		o.Azure.Authority = a.Authority
	}
	files, err := a.Authority.Write(o.Dir)
	if err != nil {
		return nil, err
	}
	a.CAFile = files.CA
	own := map[string]string{databases: a.password}
	maps.Copy(own, o.Azure.Passwords)
	o.Azure.Passwords = own
	if o.Data {
		if err := a.data(ctx, &o, files); err != nil {
			return nil, err
		}
	}
	a.Server, err = arm.Start(ctx, o.Azure)
	return a, err
}

// data starts the data planes and puts them behind the Resource Manager.
func (a *Azure) data(ctx context.Context, o *Options, files authority.Files) error {
	program, err := azurite.Find(o.Root)
	if err != nil {
		return err
	}
	// The servers' user has to pass through to a folder of its own.
	if err := os.Chmod(o.Dir, 0o711); err != nil {
		return err
	}
	store := filepath.Join(o.Dir, "blobs")
	if err := os.Mkdir(store, 0o700); err != nil {
		return err
	}
	environment := []string{FolderVariable + "=" + cmp.Or(o.Owner, o.Dir)}
	done := slowly(o.Progress, "the storage emulator")
	a.Store, err = azurite.Start(ctx, azurite.Options{Program: program, Dir: store, Accounts: accounts, Cert: files.Certificate, Key: files.Key, Env: environment})
	done()
	if err != nil {
		return err
	}
	repository, err := a.Store.Take()
	if err != nil {
		return err
	}
	a.Hosts, err = postgres.New(postgres.Options{
		Dir: filepath.Join(o.Dir, "pg"), Cert: files.Certificate, Key: files.Key, Password: a.password, Env: environment,
		Repository: postgres.Repository{
			Account: repository.Name, Key: repository.Key, Container: "backups", Port: a.Store.Port(), CA: files.CA, Cipher: rand.Text(),
		},
	})
	if err != nil {
		return err
	}
	a.Blobs, err = blobs.Start(ctx, blobs.Options{
		Store: a.Store, Authority: a.Authority, Faults: o.Azure.Faults, Mark: http.Header{arm.Header: {arm.Marking}}, Now: o.Azure.Now,
		// Nobody is led to an account before the Resource Manager is there.
		Admit: func(authorization string) (func(string, string, bool) bool, error) {
			caller, err := a.Admit(authorization, storage)
			return caller.May, err
		},
		Resource: func(id string) map[string]any { return a.Body(id) },
		Children: func(id string) []map[string]any { return a.Children(id) },
	})
	if err != nil {
		return err
	}
	a.Vaults, err = vault.New(ctx, vault.Options{
		Store: a.Store, Authority: a.Authority, Credential: platform{a}, Servers: a.Hosts, Now: o.Azure.Now,
		Resource:  func(id string) map[string]any { return a.Body(id) },
		Resources: func() []string { return a.Resources() },
	})
	if err != nil {
		return err
	}
	servers := sqlserver.New(sqlserver.Options{Resource: func(id string) map[string]any { return a.Body(id) }, Now: o.Azure.Now})
	planes, actions := postgres.Planes(a.Hosts), a.Blobs.Actions()
	maps.Copy(planes, a.Vaults.Planes())
	maps.Copy(planes, servers.Planes())
	maps.Copy(actions, postgres.Actions(a.Hosts))
	maps.Copy(actions, a.Vaults.Actions())
	maps.Copy(actions, servers.Actions())
	planes["Microsoft.Storage/storageAccounts"] = blobs.Accounts{Front: a.Blobs}
	planes["Microsoft.Storage/storageAccounts/blobServices"] = blobs.Services{}
	planes["Microsoft.Storage/storageAccounts/blobServices/containers"] = blobs.Containers{Front: a.Blobs}
	maps.Copy(planes, o.Azure.Planes)
	maps.Copy(actions, o.Azure.Actions)
	o.Azure.Planes, o.Azure.Actions = planes, actions
	return nil
}

// storage is the audience of tokens for blobs.
const storage = "https://storage.azure.com"

// platform is Azure's own services, which sign in with the static token.
type platform struct{ azure *Azure }

func (p platform) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: p.azure.Token(), ExpiresOn: clock.Now().Add(time.Hour)}, nil
}

// slowly tells of what is being started when that takes long, until done is
// called.
func slowly(progress func(string), what string) (done func()) {
	if progress == nil {
		return func() {}
	}
	timer := time.AfterFunc(2*time.Second, func() { progress("starting " + what) })
	return func() { timer.Stop() }
}

// Environment is what a process needs to work on this Azure as a user-assigned
// identity, which must exist: the variables that Azure gives its jobs, and those
// that lead here. The process must have no others of Azure's.
func (a *Azure) Environment(identity string) []string {
	properties, _ := a.Body(identity)["properties"].(map[string]any)
	client, _ := properties["clientId"].(string)
	return a.environment(client)
}

func (a *Azure) environment(client string) []string {
	about := a.About()
	return []string{
		"AZURE_SUBSCRIPTION_ID=" + about.Subscription,
		"AZURE_TENANT_ID=" + about.Tenant,
		"AZURE_CLIENT_ID=" + client,
		"AZURE_RESOURCE_MANAGER_ENDPOINT=" + a.URL(),
		"IDENTITY_ENDPOINT=" + a.URL() + arm.IdentityPath,
		"IDENTITY_HEADER=" + a.IdentitySecret(),
		"SSL_CERT_FILE=" + a.CAFile,
	}
}

// AdministratorEnvironment is Environment for an administrator, who may do all.
func (a *Azure) AdministratorEnvironment() []string {
	return a.environment(arm.AdministratorClient)
}

// Password is what principals sign in to PostgreSQL with: the token that the
// identity endpoint gives for it.
func (a *Azure) Password() string { return a.password }

// Release lets everything be deleted from now on, what is locked included, so
// that a rehearsal can be taken down.
func (a *Azure) Release() {
	if a.Blobs != nil {
		a.Blobs.Release()
	}
	if a.Vaults != nil {
		a.Vaults.Release()
	}
}

// Close ends it all. It may be called more than once.
func (a *Azure) Close() error {
	a.stop()
	if a.Server != nil {
		a.Server.Close()
	}
	var faults []error
	if a.Vaults != nil {
		a.Vaults.Close()
	}
	if a.Blobs != nil {
		faults = append(faults, a.Blobs.Close())
	}
	if a.Hosts != nil {
		faults = append(faults, a.Hosts.Close())
	}
	if a.Store != nil {
		faults = append(faults, a.Store.Close())
	}
	return errors.Join(faults...)
}
