package drills

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// TestRefused gives the program what it cannot work with. It says so, with what to
// do, in exit status 2, and makes nothing.
func TestRefused(t *testing.T) {
	e := deployed(t)
	if got := run(t, e, "tamper"); got.result == nil || got.result.Outcome != evidence.Passed {
		t.Fatalf("the run that is to be read: %+v %s", got.result, got.said)
	}
	stranger := *e
	stranger.State = t.TempDir()
	other := stranger.State
	if out, err := stranger.Runbook(t.Context(), "", "key", "create", "--rehearsal"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	forbidden := func(action string) *arm.Fault {
		return &arm.Fault{Status: 403, Code: "AuthorizationFailed", Path: "/providers/" + action[:strings.LastIndexByte(action, '/')],
			Message: "The client 'c' with object id 'o' does not have authorization to perform action '" + action + "' over scope '/x' or the scope is invalid."}
	}
	for _, c := range []struct {
		name    string
		args    []string
		offline bool
		fault   *arm.Fault
		set     string // in the environment
		says    []string
	}{
		{name: "an unknown drill", args: []string{"run", "regoin"}, says: []string{`there is no drill "regoin"`, "region"}},
		{name: "a point before the oldest backup", args: []string{"run", "pitr", "--point", "2020-01-01T00:00:00Z"}, says: []string{"2020-01-01", "the earliest that can be restored"}},
		{name: "a point to come", args: []string{"run", "pitr", "--point", "2099-01-01T00:00:00Z"}, says: []string{"lies in the future"}},
		{name: "a database that there is not", args: []string{"run", "pitr", "--database", "identity"}, says: []string{`has no database "identity"`}},
		{name: "a drill that does not apply", args: []string{"run", "region", "--estate", "benchmark-se"}, says: []string{"benchmark-se"}},
		{name: "tokens that are always expired", args: []string{"plan", "pitr"}, fault: &arm.Fault{ExpireTokens: true}, says: []string{"401 ExpiredAuthenticationToken", "sign in again"}},
		{name: "nobody to sign in as", args: []string{"plan", "pitr"}, set: "IDENTITY_HEADER=wrong", says: []string{"not signed in"}},
		{name: "no right to read a server", args: []string{"plan", "pitr"}, fault: forbidden("Microsoft.DBforPostgreSQL/flexibleServers/read"),
			says: []string{"Microsoft.DBforPostgreSQL/flexibleServers/read", "give it the role", "drill-restore"}},
		{name: "no right to restore", args: []string{"run", "pitr"}, fault: func() *arm.Fault {
			f := forbidden("Microsoft.DBforPostgreSQL/flexibleServers/write")
			f.Method = "PUT"
			return f
		}(), says: []string{"give it the role drill-workbench there"}},
		{name: "another estate's evidence", args: []string{"history", "--rehearsal", "--estate", "ledger-fi"}, offline: true, says: []string{"ledger-no", "ledger-fi"}},
		{name: "another key", args: []string{"verify", "--rehearsal", "--key", filepath.Join(other, "keys")}, offline: true, says: []string{"key"}},
		{name: "a key that is none", args: []string{"verify", "--rehearsal", "--key", "main_test.go"}, offline: true, says: []string{"main_test.go"}},
		{name: "no such run", args: []string{"resume", "pitr-20200101t000000-00000000"}, says: []string{"pitr-20200101t000000-00000000", "every run is finished"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			identity := e.Drills()
			if c.offline {
				identity = ""
			}
			if c.fault != nil {
				e.Rehearsal.Azure.Inject(*c.fault)
				defer e.Rehearsal.Azure.ClearFaults()
			}
			cmd := e.Command(t.Context(), identity, c.args...)
			if strings.Contains(strings.Join(c.args, " "), "--estate ") { // the last one counts
				cmd.Args = append(cmd.Args, c.args[len(c.args)-2:]...)
			}
			if c.set != "" {
				cmd.Env = append(cmd.Env, c.set)
			}
			out, err := cmd.CombinedOutput()
			if exit := (&exec.ExitError{}); !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, want := range c.says {
				if !strings.Contains(string(out), want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			e.Rehearsal.Azure.ClearFaults()
			nothingLeft(t, e)
		})
	}
	// Attempts that lack the right to try prove nothing.
	if got := runAs(t, e, e.Drills(), "tamper"); got.status != 1 && got.status != 2 || got.result != nil && got.result.Outcome == evidence.Passed {
		t.Errorf("tamper without an administrator's rights: exit %d %s %+v", got.status, got.said, got.result)
	}
	// What was refused has left the evidence as it was, or is on record in it.
	verified(t, e)
}
