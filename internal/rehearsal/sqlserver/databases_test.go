package sqlserver_test

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"
)

func mode(m armsql.CreateMode) *armsql.CreateMode { return &m }

// A restore is to a new name on the source's own server, to an instant that there
// are backups of.
func TestPointInTime(t *testing.T) {
	g := start(t)
	source := g.must(west, "main", armsql.DatabaseProperties{})
	g.must(west, "taken", armsql.DatabaseProperties{})
	g.later(time.Hour)
	restore := func(from string, point time.Time) armsql.DatabaseProperties {
		return armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModePointInTimeRestore), SourceDatabaseID: &from, RestorePointInTime: &point}
	}
	earliest, now := *source.Properties.EarliestRestoreDate, g.now()
	for name, c := range map[string]struct {
		server, name string
		properties   armsql.DatabaseProperties
		want         string
	}{
		"at the earliest":   {west, "new1", restore(*source.ID, earliest), "<nil>"},
		"just now":          {west, "new2", restore(*source.ID, now), "<nil>"},
		"too early":         {west, "new3", restore(*source.ID, earliest.Add(-time.Second)), "InvalidRestorePointInTime"},
		"in the future":     {west, "new4", restore(*source.ID, now.Add(time.Hour)), "InvalidRestorePointInTime"},
		"unknown source":    {west, "new5", restore(west+"/databases/none", now), "InvalidResourceReference"},
		"another server":    {north, "new6", restore(*source.ID, now), "InvalidSourceDatabaseId"},
		"a name taken":      {west, "taken", restore(*source.ID, now), "RemoteDatabaseExists"},
		"without a source":  {west, "new7", armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModePointInTimeRestore)}, "MissingSourceDatabaseId"},
		"without a point":   {west, "new8", armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModePointInTimeRestore), SourceDatabaseID: source.ID}, "MissingRestorePointInTime"},
		"by no mode":        {west, "new9", armsql.DatabaseProperties{CreateMode: mode("Magic")}, "InvalidDatabaseCreateOrUpdateRequest"},
		"a reserved name":   {west, "Master", armsql.DatabaseProperties{}, "CannotUseReservedDatabaseName"},
		"a copy of nothing": {west, "new10", armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModeCopy)}, "MissingSourceDatabaseId"},
		"a copy":            {north, "new11", armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModeCopy), SourceDatabaseID: source.ID}, "<nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := g.database(c.server, c.name, c.properties)
			if code(err) != c.want {
				t.Fatalf("%v, want %s", err, c.want)
			}
			if err == nil && (*made.Properties.Status != armsql.DatabaseStatusOnline || made.Properties.EarliestRestoreDate.Before(now)) {
				t.Errorf("made %+v", made.Properties)
			}
		})
	}
}

// What a database can be restored to moves on with time.
func TestEarliest(t *testing.T) {
	g := start(t)
	source := g.must(west, "main", armsql.DatabaseProperties{})
	g.put(west+"/databases/main/backupShortTermRetentionPolicies/default", "2021-11-01", armresources.GenericResource{Properties: object{"retentionDays": 35}})
	g.later(40 * 24 * time.Hour)
	got, err := g.sql.NewDatabasesClient().Get(t.Context(), "sql", "west", "main", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := g.now().AddDate(0, 0, -35)
	if earliest := *got.Properties.EarliestRestoreDate; earliest.Sub(want).Abs() > time.Minute {
		t.Errorf("the earliest is %v, want %v", earliest, want)
	}
	points := all(t, g.sql.NewRestorePointsClient().NewListByDatabasePager("sql", "west", "main", nil),
		func(p armsql.RestorePointsClientListByDatabaseResponse) []*armsql.RestorePoint { return p.Value })
	if len(points) != 1 || *points[0].Properties.RestorePointType != armsql.RestorePointTypeCONTINUOUS || points[0].Properties.EarliestRestoreDate.Sub(want).Abs() > time.Minute {
		t.Errorf("restore points: %+v", points)
	}
	point := source.Properties.EarliestRestoreDate
	if _, err := g.database(west, "new", armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModePointInTimeRestore), SourceDatabaseID: source.ID, RestorePointInTime: point}); code(err) != "InvalidRestorePointInTime" {
		t.Errorf("restored to an instant whose backups have gone: %v", err)
	}
}

// A database that was dropped can be restored for a while, on its own server.
func TestDropped(t *testing.T) {
	g := start(t)
	g.must(west, "main", armsql.DatabaseProperties{})
	if err := g.drop(west, "main"); err != nil {
		t.Fatal(err)
	}
	list := func() []*armsql.RestorableDroppedDatabase {
		return all(t, g.sql.NewRestorableDroppedDatabasesClient().NewListByServerPager("sql", "west", nil),
			func(p armsql.RestorableDroppedDatabasesClientListByServerResponse) []*armsql.RestorableDroppedDatabase {
				return p.Value
			})
	}
	found := list()
	if len(found) != 1 || *found[0].Properties.DatabaseName != "main" {
		t.Fatalf("dropped: %+v", found)
	}
	restore := armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModeRestore), RestorableDroppedDatabaseID: found[0].ID}
	g.must(west, "back", restore)
	if _, err := g.database(north, "back", restore); code(err) != "InvalidDroppedDatabase" {
		t.Errorf("restored on another server: %v", err)
	}
	g.later(8 * 24 * time.Hour)
	if _, err := g.database(west, "again", restore); code(err) != "InvalidDroppedDatabase" || len(list()) != 0 {
		t.Errorf("restored after its backups have gone: %v", err)
	}
}

// Only what has geo-redundant backups can be restored from the paired region.
func TestRecovery(t *testing.T) {
	g := start(t)
	g.must(west, "main", armsql.DatabaseProperties{})
	g.must(west, "here", armsql.DatabaseProperties{RequestedBackupStorageRedundancy: new(armsql.BackupStorageRedundancyZone)})
	found := all(t, g.sql.NewRecoverableDatabasesClient().NewListByServerPager("sql", "west", nil),
		func(p armsql.RecoverableDatabasesClientListByServerResponse) []*armsql.RecoverableDatabase {
			return p.Value
		})
	if len(found) != 1 || *found[0].Name != "main" || found[0].Properties.LastAvailableBackupDate == nil {
		t.Fatalf("recoverable: %+v", found)
	}
	got, err := g.sql.NewRecoverableDatabasesClient().Get(t.Context(), "sql", "west", "main", nil)
	if err != nil || *got.ID != *found[0].ID {
		t.Errorf("get: %v, %v", got.ID, err)
	}
	recovery := func(id string) armsql.DatabaseProperties {
		return armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModeRecovery), RecoverableDatabaseID: &id}
	}
	g.must(north, "main", recovery(*found[0].ID))
	for id, want := range map[string]string{
		west + "/recoverableDatabases/here": "InvalidRecoverableDatabaseId",
		west + "/recoverableDatabases/none": "InvalidRecoverableDatabaseId",
		west + "/databases/main":            "InvalidRecoverableDatabaseId",
		"":                                  "MissingRecoverableDatabaseId",
	} {
		if _, err := g.database(north, "new", recovery(id)); code(err) != want {
			t.Errorf("%q: %v, want %s", id, err, want)
		}
	}
}

// Long-term copies outlive their database; one that is immutable is deleted by
// nobody before its time.
func TestLongTerm(t *testing.T) {
	g := start(t)
	for name, immutable := range map[string]bool{"main": true, "loose": false} {
		g.must(west, name, armsql.DatabaseProperties{})
		g.put(west+"/databases/"+name+"/backupLongTermRetentionPolicies/default", "2023-05-01-preview", armresources.GenericResource{
			Properties: object{"weeklyRetention": "P54W", "monthlyRetention": "PT0S", "makeBackupsImmutable": immutable},
		})
	}
	// A policy that is changed does not make another copy of its own.
	g.put(west+"/databases/main/backupLongTermRetentionPolicies/default", "2023-05-01-preview", armresources.GenericResource{
		Properties: object{"weeklyRetention": "P60W", "makeBackupsImmutable": true},
	})
	if err := g.drop(west, "main"); err != nil {
		t.Fatal(err)
	}
	c := g.sql.NewLongTermRetentionBackupsClient()
	list := func(name string) []*armsql.LongTermRetentionBackup {
		return all(t, c.NewListByDatabasePager("westeurope", "west", name, nil),
			func(p armsql.LongTermRetentionBackupsClientListByDatabaseResponse) []*armsql.LongTermRetentionBackup {
				return p.Value
			})
	}
	kept := list("main")
	if len(kept) != 1 || *kept[0].Properties.DatabaseName != "main" || kept[0].Properties.DatabaseDeletionTime == nil {
		t.Fatalf("copies of main: %+v", kept)
	}
	if p := kept[0].Properties; p.BackupExpirationTime.Sub(*p.BackupTime) != 54*7*24*time.Hour {
		t.Errorf("a copy of %v is kept until %v", p.BackupTime, p.BackupExpirationTime)
	}
	if got, err := c.Get(t.Context(), "westeurope", "west", "main", *kept[0].Name, nil); err != nil || *got.ID != *kept[0].ID {
		t.Errorf("get: %v, %v", got.ID, err)
	}
	here := all(t, c.NewListByResourceGroupLocationPager("sql", "westeurope", nil),
		func(p armsql.LongTermRetentionBackupsClientListByResourceGroupLocationResponse) []*armsql.LongTermRetentionBackup {
			return p.Value
		})
	if len(here) != 2 {
		t.Errorf("%d copies in the region, want 2", len(here))
	}
	elsewhere := all(t, c.NewListByResourceGroupLocationPager("sql", "norwayeast", nil),
		func(p armsql.LongTermRetentionBackupsClientListByResourceGroupLocationResponse) []*armsql.LongTermRetentionBackup {
			return p.Value
		})
	if len(elsewhere) != 0 {
		t.Errorf("%d copies in another region", len(elsewhere))
	}
	restore := func(id string) armsql.DatabaseProperties {
		return armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModeRestoreLongTermRetentionBackup), LongTermRetentionBackupResourceID: &id}
	}
	g.must(north, "old", restore(*kept[0].ID))
	if _, err := g.database(north, "older", restore(*kept[0].ID+"x")); code(err) != "InvalidResourceId" {
		t.Errorf("restored from no copy: %v", err)
	}
	remove := func(name string) error {
		poller, err := c.BeginDelete(t.Context(), "westeurope", "west", name, *list(name)[0].Name, nil)
		_, err = done(t, poller, err)
		return err
	}
	if err := remove("main"); code(err) != "LongTermRetentionBackupIsImmutable" || len(list("main")) != 1 {
		t.Errorf("an immutable copy: %v", err)
	}
	if err := remove("loose"); err != nil || len(list("loose")) != 0 {
		t.Errorf("one that is not: %v", err)
	}
	g.later(55 * 7 * 24 * time.Hour)
	if left := list("main"); len(left) != 0 {
		t.Errorf("after its time there are %d copies", len(left))
	}
}

// A change of a database is no new one, and a body that says how it was made may
// be sent again.
func TestUpdate(t *testing.T) {
	g := start(t)
	source := g.must(west, "main", armsql.DatabaseProperties{})
	restore := armsql.DatabaseProperties{CreateMode: mode(armsql.CreateModePointInTimeRestore), SourceDatabaseID: source.ID, RestorePointInTime: new(g.now())}
	first := g.must(west, "new", restore)
	again := g.must(west, "new", restore)
	if !first.Properties.CreationDate.Equal(*again.Properties.CreationDate) {
		t.Error("the database was made twice")
	}
	changed := g.must(west, "new", armsql.DatabaseProperties{RequestedBackupStorageRedundancy: new(armsql.BackupStorageRedundancyLocal)})
	if *changed.Properties.CurrentBackupStorageRedundancy != armsql.BackupStorageRedundancyLocal {
		t.Errorf("changed: %v", *changed.Properties.CurrentBackupStorageRedundancy)
	}
}
