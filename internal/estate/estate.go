package estate

import (
	"context"
	"errors"

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
	Endpoint                string // of its blobs
	Containers              []string
	Tags                    map[string]string
}

// Vault is a Backup vault.
type Vault struct{ ID, Name, Group, Region string }

// Group is a resource group.
type Group struct{ ID, Name, Region string }

// ErrNotDeployed: the subscription has nothing of the estate.
var ErrNotDeployed = errors.New("the estate is not deployed here")

// Find finds an estate's parts. What a drill cannot do without is for the drill
// to say: a part that is not there is left empty.
func Find(ctx context.Context, c *cloud.Cloud, d *promises.Declaration) (*Estate, error) {
	return nil, ErrNotDeployed
}
