package sqlserver

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

// listed is the plane of a type that nobody puts.
type listed struct {
	list   func(parent string) []map[string]any
	remove func(id string) error // nil where there is no such call
}

// Put is refused.
func (listed) Put(_ context.Context, id string, _ map[string]any) (map[string]any, error) {
	return nil, arm.Refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "'%s' cannot be made: the service makes it itself.", id)
}

// Delete removes one where that can be asked for.
func (l listed) Delete(_ context.Context, id string) error {
	if l.remove == nil {
		return arm.Refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "'%s' cannot be deleted.", id)
	}
	return l.remove(id)
}

// List gives what is under a parent.
func (l listed) List(_ context.Context, parent string) ([]map[string]any, error) {
	return l.list(parent), nil
}

func view(id, kind string, properties map[string]any) map[string]any {
	return map[string]any{"id": id, "name": path.Base(id), "type": kind, "properties": properties}
}

// listPoints gives the one restore point of a database: everything from the
// earliest instant on.
func (s *Servers) listPoints(id string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.database(id)
	if d == nil {
		return nil
	}
	return []map[string]any{view(id+"/restorePoints/continuous", pointType, map[string]any{
		"restorePointType": "CONTINUOUS", "earliestRestoreDate": fields.Time(s.earliest(d)),
	})}
}

// lag is how old the copies in the paired region may be. Source: MicrosoftDocs/
// sql-docs azure-sql/database/automated-backups-overview.md.
const lag = time.Hour

// listRecoverable gives the databases that could be restored from the paired
// region.
func (s *Servers) listRecoverable(server string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []map[string]any
	for _, d := range s.on(server) {
		if !d.geo() {
			continue
		}
		newest := s.options.Now().Add(-lag)
		if d.created.After(newest) {
			newest = d.created
		}
		out = append(out, view(server+"/recoverableDatabases/"+d.name, recoverableType, map[string]any{"lastAvailableBackupDate": fields.Time(newest)}))
	}
	return out
}

// ticks are the hundreds of nanoseconds since the year 1, by which the service
// tells dropped databases and copies of one name apart.
func ticks(t time.Time) string {
	const unix = 621355968000000000
	return strconv.FormatInt(unix+t.UnixNano()/100, 10)
}

// droppedID is the id of a database that was deleted.
func (d *database) droppedID() string {
	return d.server + "/restorableDroppedDatabases/" + d.name + "," + ticks(d.deleted)
}

// restorable says that a dropped database's backups are still there: for as long
// as they were kept before, and only with its server.
func (s *Servers) restorable(d *database) bool {
	return s.options.Now().Before(d.deleted.Add(d.retention)) && s.options.Resource(d.server) != nil
}

// listDropped gives the databases of a server that were deleted and can be
// restored.
func (s *Servers) listDropped(server string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []map[string]any
	for _, d := range s.dropped {
		if strings.EqualFold(d.server, server) && s.restorable(d) {
			out = append(out, view(d.droppedID(), droppedType, map[string]any{
				"databaseName": d.name, "creationDate": fields.Time(d.created), "deletionDate": fields.Time(d.deleted), "earliestRestoreDate": fields.Time(d.created),
			}))
		}
	}
	return out
}

// longTerm is a copy that is kept for long, also when its database and its server
// are gone.
type longTerm struct {
	name, group, location string
	database              *database
	at, expires, deleted  time.Time
	immutable             bool
}

// longTermPlane is what stands behind the policies for such copies.
type longTermPlane struct{ *Servers }

// longest is the latest of a policy's retentions after an instant; zero when it
// keeps nothing.
func longest(properties map[string]any, from time.Time) (time.Time, error) {
	var out time.Time
	for _, name := range []string{"weeklyRetention", "monthlyRetention", "yearlyRetention"} {
		asked := fields.Text(properties, name)
		if asked == "" || asked == "PT0S" {
			continue
		}
		ends, err := fields.Period(asked)
		if err != nil {
			return out, refuse("InvalidLongTermRetentionPolicyRequest", "The %s '%s' is no retention.", name, asked)
		}
		if until := ends(from); until.After(out) {
			out = until
		}
	}
	return out, nil
}

// Put makes the first copy of a database, where its policy asks for copies. A
// secondary's policy waits until it is no longer one.
func (p longTermPlane) Put(_ context.Context, id string, body map[string]any) (map[string]any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.database(path.Dir(path.Dir(id)))
	if d == nil {
		return nil, arm.Refuse(http.StatusNotFound, "SourceDatabaseNotFound", "The source database '%s' does not exist.", path.Dir(path.Dir(id)))
	}
	properties, _ := body["properties"].(map[string]any)
	now := p.options.Now()
	expires, err := longest(properties, now)
	made := slices.ContainsFunc(p.copies, func(c *longTerm) bool { return c.database == d })
	if err != nil || expires.IsZero() || made || p.secondaryOf(d) != nil {
		return nil, err
	}
	server := p.options.Resource(d.server)
	segments := strings.Split(d.server, "/")
	immutable, _ := fields.Dig(properties, "makeBackupsImmutable").(bool)
	p.copies = append(p.copies, &longTerm{
		name: uuid.NewString() + ";" + ticks(now), group: segments[4], location: plain(fields.Text(server, "location")), database: d,
		at: now, expires: expires, immutable: immutable,
	})
	return nil, nil
}

// Delete ends a policy. The copies stay for their time.
func (longTermPlane) Delete(context.Context, string) error { return nil }

// plain writes a region's name as ARM does: West Europe is westeurope.
func plain(location string) string { return strings.ToLower(strings.ReplaceAll(location, " ", "")) }

// segmentAfter is the segment of an id that follows a word; "" when it has none.
func segmentAfter(id, word string) string {
	segments := strings.Split(id, "/")
	for i, segment := range segments[:len(segments)-1] {
		if strings.EqualFold(segment, word) {
			return segments[i+1]
		}
	}
	return ""
}

// below is a copy's id under a location, with the resource group in it or without.
func (c *longTerm) below(location string) string {
	return location + "/longTermRetentionServers/" + path.Base(c.database.server) + "/longTermRetentionDatabases/" + c.database.name + "/longTermRetentionBackups/" + c.name
}

// listCopies gives the copies of a location, of one server, or of one database.
func (s *Servers) listCopies(parent string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	location := segmentAfter(parent, "locations")
	end := strings.Index(strings.ToLower(parent), "/locations/") + len("/locations/") + len(location)
	var out []map[string]any
	for _, c := range s.copies {
		if !c.expires.After(s.options.Now()) || plain(location) != c.location {
			continue
		}
		wanted := map[string]string{"resourceGroups": c.group, "longTermRetentionServers": path.Base(c.database.server), "longTermRetentionDatabases": c.database.name}
		if !holds(parent, wanted) {
			continue
		}
		properties := map[string]any{
			"serverName": path.Base(c.database.server), "databaseName": c.database.name,
			"backupTime": fields.Time(c.at), "backupExpirationTime": fields.Time(c.expires), "backupStorageRedundancy": "Geo", "isBackupImmutable": c.immutable,
		}
		if !c.deleted.IsZero() {
			properties["databaseDeletionTime"] = fields.Time(c.deleted)
		}
		out = append(out, view(c.below(parent[:end]), copyType, properties))
	}
	return out
}

// holds says that an id has nothing else after the words than what is wanted.
func holds(id string, wanted map[string]string) bool {
	for word, value := range wanted {
		if found := segmentAfter(id, word); found != "" && !strings.EqualFold(found, value) {
			return false
		}
	}
	return true
}

// copyOf finds a copy by its id. It is called with the lock held.
func (s *Servers) copyOf(id string) *longTerm {
	i := slices.IndexFunc(s.copies, func(c *longTerm) bool {
		return strings.EqualFold(c.name, path.Base(id)) && c.expires.After(s.options.Now()) && plain(segmentAfter(id, "locations")) == c.location &&
			strings.EqualFold(segmentAfter(id, "longTermRetentionDatabases"), c.database.name)
	})
	if i < 0 {
		return nil
	}
	return s.copies[i]
}

// deleteCopy gives a copy up before its time, unless it is immutable.
func (s *Servers) deleteCopy(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.copyOf(id)
	if c == nil {
		return arm.Refuse(http.StatusNotFound, "LongTermRetentionBackupNotFound", "The long-term retention backup '%s' was not found.", path.Base(id))
	}
	if c.immutable {
		return conflict("LongTermRetentionBackupIsImmutable", "The long-term retention backup '%s' is immutable and cannot be deleted before %s.", path.Base(id), fields.Time(c.expires))
	}
	s.copies = slices.DeleteFunc(s.copies, func(other *longTerm) bool { return other == c })
	return nil
}

// fromCopy judges a restore from a long-term copy.
func (s *Servers) fromCopy(properties map[string]any) error {
	id := fields.Text(properties, "longTermRetentionBackupResourceId")
	if id == "" || s.copyOf(id) == nil {
		return refuse("InvalidResourceId", "Invalid resource identifier: there is no long-term retention backup '%s'.", id)
	}
	return nil
}
