package promises

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWaiverMatches(t *testing.T) {
	const urn = "urn:pulumi:ledger-no::tillit::tillit:documents:Documents$azure-native:storage:StorageAccount::ledger-archive"
	for pattern, want := range map[string]bool{
		urn:                               true,
		"*::ledger-archive":               true,
		"*StorageAccount::*":              true,
		"urn:pulumi:ledger-no::*-archive": true,
		"*storage*archive*":               true,
		"ledger-archive":                  false,
		"*::archive":                      false,
		"*::ledger-archive*x":             false,
		"*ARCHIVE":                        false,
		"":                                false,
		"*archive*storage*":               false,
	} {
		if got := (Waiver{Resource: pattern}).Matches(urn); got != want {
			t.Errorf("%s: %v", pattern, got)
		}
	}
	if (Waiver{Resource: "ab*ba"}).Matches("aba") {
		t.Error("the ends of a pattern must not overlap")
	}
}

// A pattern means what the regular expression with .* for * means.
func TestMatchesIsAGlob(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*:]{0,8}`).Draw(t, "pattern")
		text := rapid.StringMatching(`[ab:]{0,10}`).Draw(t, "text")
		want := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$").MatchString(text)
		if got := matches(pattern, text); got != want {
			t.Fatalf("%q on %q: %v", pattern, text, got)
		}
	})
}

func TestMatchesAll(t *testing.T) {
	for pattern, want := range map[string]bool{
		"*": true, "**": true, "*:*": true, "urn:*": true, "urn:pulumi:*": true, "u*": true, "*::*": true,
		"urn:pulumi:ledger-no::*": true, "urn:pulumi:ledger-no::tillit::*": true, "urn:pulumi:ledger-no::other::*::*": true,
		"*::tillit::*": true, "*azure-native*": true, "*azure-native:*::*": true, "*$azure-native:*": true, "*tillit:*": true,
		"*::ledger-archive": false, "*:storage:StorageAccount::*": false, "*Vault::*": false, "*archive*": false,
		"urn:pulumi:ledger-no::tillit::azure-native:network:VirtualNetwork::edge": false, "*tillit:documents:Documents$*": false,
	} {
		if got := matchesAll(pattern, "ledger-no"); got != want {
			t.Errorf("%s: %v", pattern, got)
		}
	}
}
