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
	b.says("no PostgreSQL database and no documents")
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
