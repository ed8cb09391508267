package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/estate"
)

// What cannot be written is said, and the alarm is told the age all the same.
func TestHeartbeatTellsTheAge(t *testing.T) {
	b := newBench(t, false).keys()
	b.want(exitCannot, "heartbeat")
	b.says("no database and no documents")
	found := events(t, b.stdout.String())
	if len(found) != 1 || found[0]["event"] != "drills-age" || found[0]["oldestSeconds"] != nil {
		t.Errorf("before any run the alarm reads %v", found)
	}
	b.want(exitPassed, "run", "pitr", "--confirm", "ledger-no")
	b.later(48 * time.Hour)
	b.want(exitCannot, "heartbeat")
	found = events(t, b.stdout.String())
	if len(found) != 1 || found[0]["oldest"] != "pitr" {
		t.Fatalf("the alarm reads %v", found)
	}
	if age, ok := found[0]["oldestSeconds"].(float64); !ok || age < 172800 || age > 172900 || age != float64(int64(age)) {
		t.Errorf("the alarm reads %v", found)
	}
}

func TestHeartbeatWithoutAnAgeSaysNothingToTheAlarm(t *testing.T) {
	b := newBench(t, false).keys()
	b.want(exitPassed, "run", "pitr", "--confirm", "ledger-no")
	b.want(exitCannot, "heartbeat", "--key", "nowhere")
	b.says("the age of the drills is not known")
	if len(events(t, b.stdout.String())) != 0 {
		t.Errorf("%s", &b.stdout)
	}
}

func TestHeartbeatsGoIntoDocuments(t *testing.T) {
	for _, c := range []struct{ containers, want string }{
		{"documents", "documents"}, {"$logs tillit-canary zebra apple", "apple"}, {"$logs tillit-canary", ""}, {"", ""},
	} {
		containers := strings.Fields(c.containers)
		before := slices.Clone(containers)
		if got, _ := documentsOf(&estate.Account{Containers: containers}); got != c.want {
			t.Errorf("%v: %q, want %q", containers, got, c.want)
		}
		if !slices.Equal(before, containers) {
			t.Error("the list was changed")
		}
	}
}

// Azure SQL gets what PostgreSQL does.
func TestHeartbeatsGoIntoAzureSQL(t *testing.T) {
	b := newBench(t, false).keys()
	b.want(exitPassed, "run", "pitr", "--confirm", "ledger-no")
	financial, identity := sqlDatabase("sql-ledger", true), sqlDatabase("sql-identity", true)
	financial.Purpose, identity.Purpose = "financial", "identity"
	b.azure.databases = []estate.Database{financial, identity}
	b.want(exitPassed, "heartbeat", "--setup")
	b.says("database main of sql-ledger has its table", "id-ledger-no-drill-westeurope may write")
	b.want(exitPassed, "heartbeat")
	b.says("heartbeat 7 of 2026-03-01T12:00:00Z into database main of sql-ledger", "drills-age")
	b.want(exitCannot, "heartbeat", "--setup", "--database", "identity")
	b.says("no identity may reach both")
	b.want(exitPassed, "heartbeat", "--setup", "--database", "identity", "--login", "id-apart")
	b.want(exitPassed, "heartbeat", "--database", "identity")
	// No identity is given both.
	asked := []string{
		"prepare sql-ledger.example main id-ledger-no-drill-westeurope", "beat sql-ledger.example main",
		"prepare sql-identity.example main id-apart", "beat sql-identity.example main",
	}
	if !slices.Equal(b.azure.sql, asked) {
		t.Errorf("asked of Azure SQL: %q, want %q", b.azure.sql, asked)
	}
	b.azure.sqlFails = errBroken
	b.want(exitCannot, "heartbeat")
	b.says("heartbeat into database main of sql-ledger: "+errBroken.Error(), "drills-age")
	b.want(exitCannot, "heartbeat", "--database", "main")
	b.says("--database \"main\": want financial or identity")
	b.want(exitCannot, "heartbeat", "--setup", "--login", "id-other")
	b.says("prepare database main of sql-ledger for id-other: " + errBroken.Error())
}

// Where there is no data behind a server, that is said and is no fault.
func TestHeartbeatWithoutData(t *testing.T) {
	b := newBench(t, false).keys()
	b.want(exitPassed, "run", "pitr", "--confirm", "ledger-no")
	b.azure.databases = []estate.Database{sqlDatabase("sql-ledger", false)}
	b.want(exitPassed, "heartbeat")
	b.says("no heartbeat into database main of sql-ledger: there is no data behind the server", "drills-age")
	b.want(exitPassed, "heartbeat", "--setup")
	b.says("database main of sql-ledger is left as it is: there is no data behind the server")
	if len(b.azure.sql) > 0 {
		t.Errorf("asked of Azure SQL: %q", b.azure.sql)
	}
	b.azure.databases = nil
	b.want(exitCannot, "heartbeat", "--setup")
	b.says("has no database")
	b.want(exitCannot, "heartbeat", "--database", "identity")
	b.says("has no database")
}

func sqlDatabase(server string, data bool) estate.Database {
	return estate.Database{Means: "sql", Name: "main", Server: estate.Server{ID: "/servers/" + server, Name: server, Host: server + ".example", Data: data}}
}
