package estate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/promises"
)

// Estate is a deployed estate, as far as drills need it.
type Estate struct {
	Name        string
	Declaration *promises.Declaration
	Databases   []Database // one, or two where data is kept separate; the first is what the service works with day to day
	Documents   *Account   // the operational one, with point-in-time restore
	Replica     *Account   // its copy in the standby region; nil when there is none
	Archive     *Account   // final documents under a locked policy; nil when there is none
	Logs        []Account  // archives of logs, under a locked policy
	Vaults      []Vault    // Backup vaults
	Workbench   Group      // where drills may make things
}

// Database is one database and the server that it is on.
type Database struct {
	Purpose string // empty, financial or identity
	Means   string // postgres or sql
	Name    string // of the database on its server
	Server  Server
	Standby *Server // nil when there is none
}

// Server is a database server.
type Server struct {
	ID, Name, Group, Region string
	Host                    string // name, with a port where that is not the usual one
	// Data says that there is data behind the server's name. A rehearsed Azure SQL
	// has none.
	Data bool
	Tags map[string]string
}

// Account is a storage account.
type Account struct {
	ID, Name, Group, Region string
	Endpoint                string   // of its blobs
	Containers              []string // in order
	Tags                    map[string]string
}

// Vault is a Backup vault.
type Vault struct{ ID, Name, Group, Region string }

// Group is a resource group.
type Group struct{ ID, Name, Region string }

// Errors that callers tell apart with errors.Is.
var (
	// ErrNotDeployed: the subscription has nothing of the estate.
	ErrNotDeployed = errors.New("the estate is not deployed here")
	// ErrAmbiguous: two resources could be the same part of the estate.
	ErrAmbiguous = errors.New("it cannot be told which one is the estate's")
)

// Find finds an estate's parts. What a drill cannot do without is for the drill
// to say: a part that is not there, or that the identity may not see, is left
// empty. Errors of Azure's are as cloud.Explain gives them.
func Find(ctx context.Context, c *cloud.Cloud, d *promises.Declaration) (*Estate, error) {
	f := &finder{cloud: c, name: d.Estate, estate: &Estate{Name: d.Estate, Declaration: d}}
	groups, err := f.groups(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for the estate's resource groups: %w", cloud.Explain(err))
	}
	ids, err := f.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for the estate's resources: %w", cloud.Explain(err))
	}
	if groups == 0 && len(ids) == 0 {
		return nil, fmt.Errorf("%w: the subscription %s has no resource with the tag estate=%s that this identity may read; look at AZURE_SUBSCRIPTION_ID and at the roles of the drills' identity", ErrNotDeployed, c.Subscription, d.Estate)
	}
	for _, look := range []func(context.Context, []resource) error{f.postgres, f.sql, f.accounts, f.vaults} {
		if err := look(ctx, ids); err != nil {
			return nil, cloud.Explain(err)
		}
	}
	// Without a purpose, then financial, then identity.
	slices.SortFunc(f.estate.Databases, func(a, b Database) int { return strings.Compare(a.Purpose, b.Purpose) })
	return f.estate, nil
}

// Database is the database with a purpose; the first when that is empty.
func (e *Estate) Database(purpose string) (*Database, error) {
	var names []string
	for i := range e.Databases {
		if d := &e.Databases[i]; purpose == "" || d.Purpose == purpose {
			return d, nil
		}
		names = append(names, e.Databases[i].Purpose)
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("the estate %s has no database that this identity may read", e.Name)
	case names[0] == "":
		return nil, fmt.Errorf("the estate %s has no database %q: it has one for everything, which needs no name", e.Name, purpose)
	}
	return nil, fmt.Errorf("the estate %s has no database %q: it has %s", e.Name, purpose, strings.Join(names, " and "))
}
