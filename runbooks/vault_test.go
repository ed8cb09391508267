package runbooks

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/evidence"
)

const (
	vaultVersion = "2024-04-01"
	vaultType    = "/providers/Microsoft.DataProtection/backupVaults/"
)

// vault puts the site's server under the protection of a Backup vault, waits for
// its first copy, and returns the instance's id.
func (s *site) vault(t *testing.T) string {
	t.Helper()
	vault := s.group("home") + vaultType + s.name
	put(t, vault, vaultVersion, map[string]any{
		"location": "westeurope", "tags": map[string]any{"estate": s.name, "class": "backup"},
		"properties": map[string]any{"storageSettings": []any{map[string]any{"datastoreType": "VaultStore", "type": "GeoRedundant"}}},
	})
	store := map[string]any{"dataStoreType": "VaultStore", "objectType": "DataStoreInfoBase"}
	put(t, vault+"/backupPolicies/database", vaultVersion, map[string]any{"properties": map[string]any{
		"objectType": "BackupPolicy", "datasourceTypes": []any{strings.TrimPrefix(strings.TrimSuffix(serverType, "/"), "/providers/")},
		"policyRules": []any{
			map[string]any{"objectType": "AzureBackupRule", "name": "BackupWeekly", "dataStore": store,
				"backupParameters": map[string]any{"objectType": "AzureBackupParams", "backupType": "Full"},
				"trigger": map[string]any{"objectType": "ScheduleBasedTriggerContext",
					"schedule":        map[string]any{"repeatingTimeIntervals": []any{"R/2024-01-07T03:00:00+00:00/P1W"}},
					"taggingCriteria": []any{map[string]any{"isDefault": true, "taggingPriority": 99, "tagInfo": map[string]any{"tagName": "Default"}}}}},
			map[string]any{"objectType": "AzureRetentionRule", "name": "Default", "isDefault": true, "lifecycles": []any{map[string]any{
				"sourceDataStore": store, "deleteAfter": map[string]any{"objectType": "AbsoluteDeleteOption", "duration": "P54W"}}}},
		},
	}})
	server := s.group("home") + serverType + s.name
	instance := vault + "/backupInstances/database-" + s.name
	put(t, instance, vaultVersion, map[string]any{"properties": map[string]any{
		"objectType": "BackupInstance", "friendlyName": s.name, "policyInfo": map[string]any{"policyId": vault + "/backupPolicies/database"},
		"dataSourceInfo": map[string]any{"objectType": "Datasource", "datasourceType": "Microsoft.DBforPostgreSQL/flexibleServers", "resourceID": server,
			"resourceLocation": "westeurope", "resourceName": s.name, "resourceType": "Microsoft.DBforPostgreSQL/flexibleServers"},
	}})
	s.find(t, s.estate.Declaration)
	return instance
}

// copied waits for the first copy of an instance and returns its name.
func (s *site) copied(t *testing.T, p *postgres, in instance) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		copies, err := p.copies(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if len(copies) > 0 {
			return copies[0].ID
		}
		if err := wait(ctx, 50*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
}

func TestYear(t *testing.T) {
	s := newSite(t, "year-a", promised)
	if _, err := year().Build(t.Context(), s.scene()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "no Backup vault") {
		t.Errorf("an estate without a vault: %v", err)
	}
	id := s.vault(t)
	p, err := openPostgres(t.Context(), s.scene())
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name := s.copied(t, p, in)
	t.Run("a young estate, each step twice", func(t *testing.T) {
		result, err := s.conduct(t, year(), s.scene(), repeat)
		mustPass(t, result, err)
		if c := check(t, result, "reach"); !strings.Contains(c.Detail, "1y is promised") || !strings.Contains(c.Detail, "has been there for") {
			t.Errorf("%+v", c)
		}
	})
	t.Run("the dump has no rows", func(t *testing.T) {
		result, err := s.conduct(t, year(), s.scene(), func(d *drill.Drill) {
			if err := step(d, "verify", func(before func(context.Context, *drill.Run) error) func(context.Context, *drill.Run) error {
				return func(ctx context.Context, r *drill.Run) error {
					copied := rehearsed.Hosts.Server(yearName(r))
					return errors.Join(copied.Exec(ctx, "main", "truncate invoices", "truncate customers"), before(ctx, r))
				}
			}); err != nil {
				t.Fatal(err)
			}
		})
		if err != nil || result.Outcome != evidence.Failed || !strings.Contains(result.Cause, "data") {
			t.Errorf("%+v, %v", result, err)
		}
	})
	t.Run("an old copy", func(t *testing.T) {
		if err := rehearsed.Vaults.Backdate(id, name, clock.Now().AddDate(0, 0, -370)); err != nil {
			t.Fatal(err)
		}
		result, err := s.conduct(t, year(), s.scene(), nil)
		mustPass(t, result, err)
		if c := check(t, result, "reach"); !strings.Contains(c.Detail, "is 370 days old") || !strings.Contains(c.Detail, "dated it back") {
			t.Errorf("%+v", c)
		}
	})
}

func check(t *testing.T, result *drill.Result, name string) drill.Check {
	t.Helper()
	for _, c := range result.Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no check %s in %+v", name, result.Checks)
	return drill.Check{}
}

// The password is in no argument of a program that loads a dump, and a program
// that is missing is named.
func TestLoadDump(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\necho \"$0 $*\" >&2\n[ -n \"$PGPASSWORD\" ] && echo it has a password >&2\ncat > /dev/null\nexit 3\n"
	for _, name := range []string{restoreProgram, sqlProgram} {
		if err := os.WriteFile(dir+"/"+name, []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	path := os.Getenv("PATH")
	t.Setenv("PATH", dir+":"+path)
	into := entrance{"db.example", "5432", "id-drill", "the secret token", "main"}
	for dump, program := range map[string]string{"PGDMP\x01\x0e": restoreProgram, "-- PostgreSQL database dump\n": sqlProgram} {
		err := loadDump(t.Context(), into, strings.NewReader(dump))
		if err == nil || !strings.Contains(err.Error(), dir+"/"+program) || !strings.Contains(err.Error(), "it has a password") || strings.Contains(err.Error(), into.password) {
			t.Errorf("%q: %v", dump, err)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if err := loadDump(t.Context(), into, strings.NewReader("PGDMP...")); err == nil || !strings.Contains(err.Error(), "pg_restore is not installed: install PostgreSQL's client programs") {
		t.Errorf("%v", err)
	}
	if err := loadDump(t.Context(), into, strings.NewReader("")); err == nil {
		t.Error("an empty dump was loaded")
	}
}
