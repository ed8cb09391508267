package sqlserver

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

// Options say what the servers know of the Resource Manager.
type Options struct {
	Resource func(id string) map[string]any // a resource's body; nil when there is none
	Now      func() time.Time
}

// ARM types.
const (
	serverType      = "Microsoft.Sql/servers"
	databaseType    = serverType + "/databases"
	linkType        = databaseType + "/replicationLinks"
	pointType       = databaseType + "/restorePoints"
	longTermType    = databaseType + "/backupLongTermRetentionPolicies"
	recoverableType = serverType + "/recoverableDatabases"
	droppedType     = serverType + "/restorableDroppedDatabases"
	groupType       = serverType + "/failoverGroups"
	locationsType   = "Microsoft.Sql/locations"
	copyType        = locationsType + "/longTermRetentionServers/longTermRetentionDatabases/longTermRetentionBackups"
)

// Servers are all Azure SQL servers of a rehearsal. Their methods may be called
// from several goroutines.
type Servers struct {
	options Options

	mu        sync.Mutex
	databases map[string]*database // by id in lower case
	dropped   []*database
	links     []*link
	groups    []*group
	copies    []*longTerm
}

// database is one database. Its fields are guarded by the servers' lock.
type database struct {
	id, server, name string
	made             origin
	created, deleted time.Time
	redundancy       string
	retention        time.Duration // of what a dropped one can be restored from
}

// origin is how a database was made.
type origin struct{ mode, source, point string }

// New makes servers without any database.
func New(o Options) *Servers {
	return &Servers{options: o, databases: map[string]*database{}}
}

// Planes are what stands behind Microsoft.Sql, by ARM type.
func (s *Servers) Planes() map[string]arm.Plane {
	return map[string]arm.Plane{
		databaseType:    databasesPlane{s},
		longTermType:    longTermPlane{s},
		linkType:        listed{s.listLinks, s.unlink},
		pointType:       listed{s.listPoints, nil},
		recoverableType: listed{s.listRecoverable, nil},
		droppedType:     listed{s.listDropped, nil},
		groupType:       groupsPlane{s},
		copyType:        listed{s.listCopies, s.deleteCopy},
		locationsType + "/longTermRetentionServers/longTermRetentionBackups": listed{s.listCopies, nil},
		locationsType + "/longTermRetentionBackups":                          listed{s.listCopies, nil},
	}
}

// Actions are what can be done to databases and groups, by ARM type and name.
func (s *Servers) Actions() map[string]arm.Action {
	return map[string]arm.Action{
		linkType + "/failover":                    s.failLinkOver,
		linkType + "/forceFailoverAllowDataLoss":  s.failLinkOver,
		groupType + "/failover":                   s.failGroupOver,
		groupType + "/forceFailoverAllowDataLoss": s.failGroupOver,
	}
}

// database finds one by id. It is called with the lock held.
func (s *Servers) database(id string) *database { return s.databases[strings.ToLower(id)] }

// on lists the databases of a server, by name. It is called with the lock held.
func (s *Servers) on(server string) []*database {
	var out []*database
	for _, d := range s.databases {
		if strings.EqualFold(d.server, server) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b *database) int { return cmp.Compare(a.id, b.id) })
	return out
}

// earliest is the first instant that a database can be restored to.
func (s *Servers) earliest(d *database) time.Time {
	limit := s.options.Now().Add(-s.kept(d))
	if d.created.After(limit) {
		return d.created
	}
	return limit
}

// kept is how long the backups for a point in time are kept: seven days unless the
// database's policy says otherwise.
func (s *Servers) kept(d *database) time.Duration {
	days, ok := fields.Dig(s.options.Resource(d.id+"/backupShortTermRetentionPolicies/default"), "properties", "retentionDays").(float64)
	if !ok {
		days = 7
	}
	return time.Duration(days) * 24 * time.Hour
}

// geo says that a database's backups are copied to the paired region.
func (d *database) geo() bool {
	return d.redundancy == "" || strings.HasPrefix(d.redundancy, "Geo")
}
