package sqlserver

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

// databasesPlane is what stands behind databases.
type databasesPlane struct{ *Servers }

// refuse is an answer with 400 and a code.
func refuse(code, format string, args ...any) error {
	return arm.Refuse(http.StatusBadRequest, code, format, args...)
}

// conflict is an answer with 409 and a code.
func conflict(code, format string, args ...any) error {
	return arm.Refuse(http.StatusConflict, code, format, args...)
}

// Put makes a database in the way that its createMode says. One that is there is
// only changed, unless it is to be made again of something else.
func (p databasesPlane) Put(ctx context.Context, id string, body map[string]any) (map[string]any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	properties, _ := body["properties"].(map[string]any)
	made := origin{mode: fields.Text(properties, "createMode"), point: fields.Text(properties, "restorePointInTime")}
	if made.mode == "Default" {
		made.mode = ""
	}
	for _, name := range []string{"sourceDatabaseId", "recoverableDatabaseId", "restorableDroppedDatabaseId", "longTermRetentionBackupResourceId"} {
		if source := fields.Text(properties, name); source != "" && made.source == "" {
			made.source = source
		}
	}
	if there := p.database(id); there != nil {
		if made.mode != "" && made != there.made {
			return nil, conflict("RemoteDatabaseExists", "The destination database name '%s' already exists on the server '%s'.", there.name, path.Base(there.server))
		}
		there.redundancy = redundancyOf(properties, there.redundancy)
		return p.properties(there), nil
	}
	d := &database{id: id, server: path.Dir(path.Dir(id)), name: path.Base(id), made: made, created: p.options.Now(), redundancy: redundancyOf(properties, "")}
	if err := p.make(d, properties); err != nil {
		return nil, err
	}
	p.databases[strings.ToLower(id)] = d
	return p.properties(d), nil
}

func redundancyOf(properties map[string]any, before string) string {
	if asked := fields.Text(properties, "requestedBackupStorageRedundancy"); asked != "" {
		return asked
	}
	return before
}

// make judges what a database is to be made from. It is called with the lock
// held.
func (s *Servers) make(d *database, properties map[string]any) error {
	if strings.EqualFold(d.name, "master") {
		return refuse("CannotUseReservedDatabaseName", "Cannot use reserved database name '%s' in this operation.", d.name)
	}
	switch d.made.mode {
	case "":
		return nil
	case "PointInTimeRestore":
		return s.pointInTime(d, properties)
	case "Restore":
		return s.undrop(d, properties)
	case "Copy":
		_, err := s.source(fields.Text(properties, "sourceDatabaseId"))
		return err
	case "Secondary", "OnlineSecondary":
		return s.follow(d, properties)
	case "Recovery":
		return s.recovery(properties)
	case "RestoreLongTermRetentionBackup":
		return s.fromCopy(properties)
	}
	return refuse("InvalidDatabaseCreateOrUpdateRequest", "The rehearsal makes no database by createMode '%s'.", d.made.mode)
}

// source finds a database that another is made from.
func (s *Servers) source(id string) (*database, error) {
	if id == "" {
		return nil, refuse("MissingSourceDatabaseId", "Missing source database identifier.")
	}
	from := s.database(id)
	if from == nil {
		return nil, refuse("SourceDatabaseNotFound", "The source database '%s' does not exist.", id)
	}
	return from, nil
}

// pointInTime judges a restore on the source's own server.
func (s *Servers) pointInTime(d *database, properties map[string]any) error {
	id := fields.Text(properties, "sourceDatabaseId")
	if id == "" {
		return refuse("MissingSourceDatabaseId", "Missing source database identifier.")
	}
	from := s.database(id)
	if from == nil {
		return refuse("InvalidLiveDatabase", "Source database '%s' does not exist on server within the supported recovery period. If restoring a dropped database, please specify its deletion date.", id)
	}
	if !strings.EqualFold(from.server, d.server) {
		return refuse("InvalidSourceDatabaseId", "Invalid source database identifier '%s': a point in time is restored on the source's own server, '%s'.", id, path.Base(from.server))
	}
	return s.within(s.earliest(from), s.options.Now(), properties)
}

// within judges a restore's instant.
func (s *Servers) within(earliest, latest time.Time, properties map[string]any) error {
	asked := fields.Text(properties, "restorePointInTime")
	if asked == "" {
		return refuse("MissingRestorePointInTime", "Missing restore point in time.")
	}
	point, err := time.Parse(time.RFC3339, asked)
	if err != nil {
		return refuse("InvalidRestorePointInTime", "The restore point in time '%s' is no instant.", asked)
	}
	if point.Before(earliest) || point.After(latest) {
		return refuse("InvalidRestorePointInTime", "The restore point in time '%s' is not valid. Specify one between %s and %s.", asked, fields.Time(earliest), fields.Time(latest))
	}
	return nil
}

// undrop judges a restore of a database that was deleted.
func (s *Servers) undrop(d *database, properties map[string]any) error {
	id := fields.Text(properties, "restorableDroppedDatabaseId")
	if id == "" {
		return refuse("MissingRestorableDroppedDatabaseId", "Missing restorableDroppedDatabaseId.")
	}
	i := slices.IndexFunc(s.dropped, func(gone *database) bool { return strings.EqualFold(gone.droppedID(), id) && s.restorable(gone) })
	if i < 0 || !strings.EqualFold(s.dropped[i].server, d.server) {
		return refuse("InvalidDroppedDatabase", "Source database dropped '%s' does not exist on server within the supported recovery period.", id)
	}
	if fields.Text(properties, "restorePointInTime") == "" {
		return nil // to its end
	}
	return s.within(s.dropped[i].created, s.dropped[i].deleted, properties)
}

// recovery judges a restore from backups in the paired region.
func (s *Servers) recovery(properties map[string]any) error {
	id := fields.Text(properties, "recoverableDatabaseId")
	if id == "" {
		id = fields.Text(properties, "sourceDatabaseId")
	}
	if id == "" {
		return refuse("MissingRecoverableDatabaseId", "Missing recoverable database identifier.")
	}
	from := s.database(path.Dir(path.Dir(id)) + "/databases/" + path.Base(id))
	if from == nil || !from.geo() || !strings.Contains(strings.ToLower(id), "/recoverabledatabases/") {
		return refuse("InvalidRecoverableDatabaseId", "Invalid recoverable database identifier '%s'.", id)
	}
	return nil
}

// properties are what the service says of a database beside what was put.
func (s *Servers) properties(d *database) map[string]any {
	redundancy := d.redundancy
	if redundancy == "" {
		redundancy = "Geo" // the service's default
	}
	return map[string]any{
		"status": "Online", "creationDate": fields.Time(d.created), "earliestRestoreDate": fields.Time(s.earliest(d)),
		"currentBackupStorageRedundancy": redundancy,
	}
}

// Read gives what changes with time.
func (p databasesPlane) Read(_ context.Context, id, _ string) (map[string]any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.database(id)
	if d == nil {
		return nil, nil
	}
	return p.properties(d), nil
}

// Delete drops a database. Its backups stay for a while, its replication ends.
func (p databasesPlane) Delete(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.database(id)
	if d == nil {
		return nil
	}
	delete(p.databases, strings.ToLower(id))
	ends := func(l *link) bool { return l.primary == d || l.secondary == d }
	p.links = slices.DeleteFunc(p.links, ends)
	for _, g := range p.groups {
		g.databases = slices.DeleteFunc(g.databases, ends)
	}
	d.deleted, d.retention = p.options.Now(), p.kept(d)
	p.dropped = append(p.dropped, d)
	for _, c := range p.copies {
		if c.database == d {
			c.deleted = d.deleted
		}
	}
	return nil
}
