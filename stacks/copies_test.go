package stacks_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/promises"
)

const documentsFi = "Pulumi.documents-fi.yaml"

// The copy leaves the primary region through every firewall there, to one host by
// name, and an alarm rings when it is late.
func TestCopiesAtAnotherProvider(t *testing.T) {
	for target, want := range map[string]struct{ endpoint, property, host string }{
		"s3":   {"https://s3.provider.example", "targetFqdns", "s3.provider.example"},
		"sftp": {"sftp://copies.provider.example:2222", "destinationFqdns", "copies.provider.example"},
	} {
		t.Run(target, func(t *testing.T) {
			d := load(t, documentsFi)
			d.Promises["backup.off-provider"].Params["target"] = promises.Value{Text: target}
			d.Settings.OffProvider["endpoint"] = want.endpoint
			inv := mustCompose(t, d)
			if n := len(of(inv, "app:Job")); n != 1 {
				t.Errorf("%d jobs", n)
			}
			opened := 0
			for _, group := range of(inv, "network:FirewallPolicyRuleCollectionGroup") {
				text := fmt.Sprint(group.Props)
				if strings.Contains(text, want.property+":["+want.host+"]") {
					opened++
				}
				if strings.Contains(text, want.host) && !strings.Contains(group.Name, "swedencentral") {
					t.Errorf("%s lets a copy out of another region", group.Name)
				}
			}
			if opened != 2 {
				t.Errorf("%d of two firewalls let the copy through", opened)
			}
			for _, group := range of(inv, "network:NetworkSecurityGroup") {
				if got := strings.Contains(fmt.Sprint(group.Props), "2222"); got != (target == "sftp" && group.Name == "nsg-jobs-swedencentral") {
					t.Errorf("%s lets port 2222 out: %t", group.Name, got)
				}
			}
			told := false
			for _, alarm := range of(inv, "insights:ScheduledQueryRule") {
				told = told || alarm.Name == "alarm-copy-late" && strings.Contains(fmt.Sprint(alarm.Props), "lagSeconds) <= 1800")
			}
			if !told {
				t.Error("no alarm tells of a late copy")
			}
		})
	}
}

func TestCopiesNeedAPlaceAndAVault(t *testing.T) {
	for want, edit := range map[string]func(*promises.Declaration){
		"offProvider: endpoint": func(d *promises.Declaration) { d.Settings.OffProvider = nil },
		"declare crypto.keys": func(d *promises.Declaration) {
			delete(d.Promises, "crypto.keys")
			delete(d.Promises, "crypto.rest")
		},
	} {
		d := load(t, documentsFi)
		edit(d)
		if _, err := compose(t, d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %q", err, want)
		}
	}
}

func TestDailyBackups(t *testing.T) {
	daily := func(days int, means string) *promises.Declaration {
		d := load(t, documentsFi)
		d.Means["database"] = means
		d.Promises["backup.daily"] = promises.Declared{ID: "backup.daily", Params: promises.Params{
			"for": {Text: fmt.Sprintf("%dd", days), Duration: time.Duration(days) * 24 * time.Hour},
		}}
		return d
	}
	for means, kind := range map[string]string{"postgres": "dbforpostgresql:Server", "sql": "sql:BackupShortTermRetentionPolicy"} {
		inv := mustCompose(t, daily(30, means))
		for _, r := range of(inv, kind) {
			if text := fmt.Sprint(r.Props); r.Props["createMode"] != "Replica" && !strings.Contains(text, "etentionDays:30") {
				t.Errorf("%s keeps its backups otherwise: %s", r.Name, text)
			}
		}
		if _, err := compose(t, daily(90, means)); err == nil || !strings.Contains(err.Error(), "35 days at most, 90 are promised: shorten backup.daily for") {
			t.Errorf("%s: %v", means, err)
		}
	}
}
