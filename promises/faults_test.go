package promises

import (
	"strings"
	"testing"
)

// fault is a file, or the part of it after the lines before, and the whole error
// that it gives.
type fault struct{ name, yaml, want string }

func checkFaults(t *testing.T, before string, faults []fault) {
	t.Helper()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			d, err := parseFile("f", "e", []byte(before+f.yaml))
			if err == nil || d != nil {
				t.Fatalf("it loads as %+v", d)
			}
			if err.Error() != f.want {
				t.Errorf("\n got %v\nwant %s", err, f.want)
			}
		})
	}
}

func TestPromiseFaults(t *testing.T) {
	// Each promise stands on line 3, column 5.
	checkFaults(t, "config:\n  tillit:promises:\n", []fault{
		{"unknown promise", "    backup.intervals: {}", `f:3:5: unknown promise "backup.intervals": did you mean "backup.interval"?`},
		{"promise in another case", "    Backup.Interval: {}", `f:3:5: unknown promise "Backup.Interval": did you mean "backup.interval"?`},
		{"promise with an underscore", "    perimeter.private_data: {}", `f:3:5: unknown promise "perimeter.private_data": did you mean "perimeter.private-data"?`},
		{"far-off promise", "    x: {}", `f:3:5: unknown promise "x": the nearest word is "crypto.keys"`},
		{"promise twice", "    crypto.rest: {}\n    crypto.rest: {}", `f:4:5: "crypto.rest" is given twice, first on line 3: keep one`},
		{"key that is a list", "    ? [a]\n    : b\n    crypto.rest: {}", `f:3:7: a key must be a single word`},
		{"parameters for none", "    crypto.rest: {for: 1y}", `f:3:19: crypto.rest takes no parameters: write {}`},
		{"bare value", "    backup.retention: 1y", `f:3:23: backup.retention takes its parameters as a mapping: write { for: 1y }`},
		{"bare true", "    crypto.rest: true", `f:3:18: crypto.rest takes its parameters as a mapping: write {}`},
		{"bare version", "    crypto.transit: 1.2", `f:3:21: crypto.transit takes its parameters as a mapping: write { tls: "1.2" }`},
		{"list of parameters", "    backup.retention: [for: 1y]", `f:3:23: backup.retention takes its parameters as a mapping: write { for: 1y }`},
		{"unknown parameter", "    backup.interval: {every: 10m, fro: 7d}", `f:3:5: backup.interval needs "for": write { every: 10m, for: 7d }
f:3:35: backup.interval has no parameter "fro": did you mean "for"?`},
		{"parameter twice", "    backup.retention: {for: 1y, for: 2y}", `f:3:33: "for" is given twice, first on line 3: keep one`},
		{"missing parameters", "    continuity.plan:", `f:3:5: continuity.plan needs "every": write { every: 1y, within: 4h, loss: 15m }
f:3:5: continuity.plan needs "within": write { every: 1y, within: 4h, loss: 15m }
f:3:5: continuity.plan needs "loss": write { every: 1y, within: 4h, loss: 15m }`},
		{"no value", "    backup.retention: {for: }", `f:3:29: backup.retention: for: it has no value`},
		{"mapping for a value", "    backup.retention: {for: {y: 1}}", `f:3:29: backup.retention: for: it must be a single value, not a mapping`},
		{"encrypted value", "    backup.retention: {for: {secure: AAAB}}", `f:3:29: backup.retention: for: it is encrypted, and it is nothing secret: write it in clear`},
		{"bananas", "    backup.retention: {for: 10 bananas}", `f:3:29: backup.retention: for: "10 bananas" is not a duration: "bananas" is not a unit (use one of s, m, h, d, w, mo, y)`},
		{"number without unit", "    backup.retention: {for: 10}", `f:3:29: backup.retention: for: "10" is not a duration: it has no unit (s, m, h, d, w, mo, y)`},
		{"zero", "    backup.retention: {for: 0d}", `f:3:29: backup.retention: for: it must be longer than zero`},
		{"negative", "    backup.retention: {for: -1y}", `f:3:29: backup.retention: for: "-1y" is not a duration: write it without a sign`},
		{"too long", "    backup.interval: {every: 2d, for: 7d}", `f:3:30: backup.interval: every: 2d is too long: the most is 1d`},
		{"too short", "    crypto.keys: {undelete: 6d}", `f:3:29: crypto.keys: undelete: 6d is too short: the least is 7d`},
		{"no layers", "    perimeter.firewalls: {layers: 0}", `f:3:35: perimeter.firewalls: layers: 0 is too few: the least is 2`},
		{"too many layers", "    perimeter.firewalls: {layers: 5}", `f:3:35: perimeter.firewalls: layers: 5 is too many: the most is 4`},
		{"layers in words", "    perimeter.firewalls: {layers: two}", `f:3:35: perimeter.firewalls: layers: "two" is not a whole number, such as 2`},
		{"fraction of a layer", "    perimeter.firewalls: {layers: 2.5}", `f:3:35: perimeter.firewalls: layers: "2.5" is not a whole number, such as 2`},
		{"hexadecimal layers", "    perimeter.firewalls: {layers: 0x2}", `f:3:35: perimeter.firewalls: layers: YAML does not read 0x2 as this text: put it in quotes`},
		{"endless layers", "    perimeter.firewalls: {layers: 99999999999999999999}", `f:3:35: perimeter.firewalls: layers: YAML does not read 99999999999999999999 as this text: put it in quotes`},
		{"old TLS", "    crypto.transit: {tls: 1.1}", `f:3:27: crypto.transit: tls: "1.1" cannot be kept: use one of 1.2, 1.3`},
		{"TLS as a number with a zero", "    crypto.transit: {tls: 1.20}", `f:3:27: crypto.transit: tls: YAML does not read 1.20 as this text: put it in quotes`},
		{"unknown region", "    residency.primary: {region: westeurop}", `f:3:33: residency.primary: region: unknown region "westeurop": did you mean "westeurope"?`},
		{"region by its display name", "    residency.primary: {region: West Europe}", `f:3:33: residency.primary: region: unknown region "West Europe": did you mean "westeurope"?`},
		{"region outside the EU/EEA", "    residency.primary: {region: uksouth}", `f:3:33: residency.primary: region: uksouth is in GB, outside the EU/EEA: choose a region inside, such as westeurope`},
		{"region outside the EU/EEA, in EFTA", "    residency.primary: {region: switzerlandnorth}", `f:3:33: residency.primary: region: switzerlandnorth is in CH, outside the EU/EEA: choose a region inside, such as westeurope`},
		{"restricted primary", "    residency.primary: {region: norwaywest}", `f:3:33: residency.primary: region: norwaywest is opened on request only, for copies of norwayeast: use norwayeast as the primary`},
		{"country in lower case", "    residency.in-country: {country: no, region: norwayeast}", `f:3:37: residency.in-country: country: "no" is not a country code: did you mean "NO"?`},
		{"country without a region", "    residency.in-country: {country: FI, region: swedencentral}", `f:3:37: residency.in-country: country: Azure has no region in "FI": use one of AT, BE, CH, DE, DK, ES, FR, GB, IE, IT, NL, NO, PL, SE`},
		{"unknown target", "    backup.off-provider: {target: ftp}", `f:3:35: backup.off-provider: target: "ftp" cannot be kept: use one of s3, sftp`},
		{"plain address", "    assurance.disclosure: {url: www.ledger.example/security.txt}", `f:3:33: assurance.disclosure: url: "www.ledger.example/security.txt" is not a public address: write it in full, such as "https://www.example.com/security.txt"`},
		{"insecure address", "    assurance.disclosure: {url: 'http://ledger.example'}", `f:3:33: assurance.disclosure: url: "http://ledger.example" is not a public address: write it in full, such as "https://www.example.com/security.txt"`},
		{"single certificate", "    assurance.certified-hosting: {certificates: ISO 27001}", `f:3:49: assurance.certified-hosting: certificates: it must be a list: write [ISO 27001]`},
		{"no certificates", "    assurance.certified-hosting: {certificates: []}", `f:3:49: assurance.certified-hosting: certificates: the list is empty: name at least one`},
		{"certificate twice", "    assurance.certified-hosting: {certificates: [A, A]}", `f:3:49: assurance.certified-hosting: certificates: "A" is in the list twice: keep one`},
		{"blank certificate", "    assurance.certified-hosting: {certificates: [' ']}", `f:3:49: assurance.certified-hosting: certificates: "" in the list is not a line of plain text`},
		{"certificate that is a date", "    assurance.certified-hosting: {certificates: [2027-01-31]}", `f:3:49: assurance.certified-hosting: certificates: in the list: YAML does not read 2027-01-31 as this text: put it in quotes`},
		{"certificates by name", "    assurance.certified-hosting: {certificates: {a: b}}", `f:3:49: assurance.certified-hosting: certificates: it must be a list, not a mapping`},
		{"a tag", "    crypto.rest: !!map {}", `f:3:18: the YAML tag "!!map" has no meaning here: remove it`},
		{"alias inside its own value", "    crypto.rest: &x {a: *x}", `f:3:22: crypto.rest takes no parameters: write {}
f:3:25: the alias *x stands inside the value it names`},
		{"merge of a list", "    crypto.rest: {<<: [1]}", `f:3:23: << merges a mapping or a list of mappings, not a single value`},
	})
}

func TestContradictions(t *testing.T) {
	checkFaults(t, "config:\n  tillit:promises:\n", []fault{
		{"points farther apart than they reach", "    backup.interval: {every: 3h, for: 2h}",
			`f:3:30: backup.interval: every: 3h is longer than for of 2h: points that far apart do not fit into the time they reach back`},
		{"retention shorter than the interval", "    backup.retention: {for: 1d}\n    backup.interval: {every: 10m, for: 7d}",
			`f:4:40: backup.interval: for: 7d is longer than backup.retention's for of 1d: recovery points cannot reach further back than backups do`},
		{"daily backups by default longer than retention", "    backup.daily: {}\n    backup.retention: {for: 7d}",
			`f:3:5: backup.daily: for: 30d is longer than backup.retention's for of 7d: daily backups cannot reach further back than backups do`},
		{"locked longer than kept", "    backup.retention: {for: 1y}\n    backup.immutable: {for: P2Y}",
			`f:4:29: backup.immutable: for: 2y is longer than backup.retention's for of 1y: a backup cannot be locked longer than it is kept`},
		{"a test longer than its interval", "    backup.tested: {every: 1d, within: 2d}",
			`f:3:40: backup.tested: within: 2d is longer than every of 1d: a test would not end before the next begins`},
		{"a plan longer than its interval", "    continuity.plan: {every: 1d, within: 2d, loss: 1h}",
			`f:3:42: continuity.plan: within: 2d is longer than every of 1d: a test would not end before the next begins`},
		{"a standby that lags more than may be lost", "    continuity.plan: {every: 1y, within: 4h, loss: 5m}\n    continuity.standby: {within: 15m}",
			`f:4:34: continuity.standby: within: 15m is longer than continuity.plan's loss of 5m: what the standby lags behind is lost with the region`},
		{"a copy in another country", "    residency.in-country: {country: NO, region: swedencentral}",
			`f:3:49: residency.in-country: region: swedencentral is in SE, not in NO: use one of norwayeast, norwaywest`},
		{"a copy in another country with one region", "    residency.in-country: {country: PL, region: swedencentral}",
			`f:3:49: residency.in-country: region: swedencentral is in SE, not in PL: use polandcentral`},
		{"a copy in the primary region", "    residency.primary: {region: norwayeast}\n    residency.in-country: {country: NO, region: norwayeast}",
			`f:4:49: residency.in-country: region: norwayeast is the primary region already; a copy needs a region of its own: use norwaywest`},
		{"a copy in the country's only region", "    residency.primary: {region: polandcentral}\n    residency.in-country: {country: PL, region: polandcentral}",
			`f:4:49: residency.in-country: region: polandcentral is the primary region already; a copy needs a region of its own, and PL has no other: leave residency.in-country out`},
	})
}

// What looks near to a contradiction and is none.
func TestNoContradictions(t *testing.T) {
	for _, promises := range []string{
		"backup.interval: {every: 1h, for: 1h}",
		"backup.interval: {every: 10m, for: 7d}\n    backup.retention: {for: 1w}",
		"backup.retention: {for: 1y}\n    backup.immutable: {for: 365d}",
		"continuity.plan: {every: 1y, within: 4h, loss: 15m}\n    continuity.standby: {within: 15m}",
		"log.traceable: {for: 1y}\n    log.tamper-proof: {for: 2y}",
		"residency.primary: {region: norwayeast}\n    residency.in-country: {country: NO, region: norwaywest}",
		"residency.in-country: {country: CH, region: switzerlandnorth}",
		"data.erasure: {within: 30d}\n    backup.immutable: {for: 1y}",
	} {
		if _, err := parseFile("f", "e", []byte("config:\n  tillit:promises:\n    "+promises)); err != nil {
			t.Errorf("%s: %v", promises, err)
		}
	}
}

func TestMeansAndSettingsFaults(t *testing.T) {
	checkFaults(t, "config:\n  tillit:promises: {crypto.rest: }\n", []fault{
		{"unknown slot", "  tillit:means: {databases: sql}", `f:3:18: tillit:means has no slot "databases": did you mean "database"?`},
		{"unknown means", "  tillit:means: {database: oracle}", `f:3:28: unknown means "oracle" of database: use one of postgres, sql`},
		{"means that are a list", "  tillit:means: [sql]", `f:3:17: tillit:means must be a mapping of slots, such as database: postgres; it is a list`},
		{"means without a value", "  tillit:means: {database: }", `f:3:28: the means of database: it has no value`},
		{"slot twice", "  tillit:means: {database: sql, database: sql}", `f:3:33: "database" is given twice, first on line 3: keep one`},
		{"unknown setting", "  tillit:settings: {organization: ledger}", `f:3:21: tillit:settings has no "organization": did you mean "organisation"?`},
		{"settings in a list", "  tillit:settings: [a]", `f:3:20: tillit:settings must be a mapping of settings, such as hostname: app.ledger.example; it is a list`},
		{"long organisation", "  tillit:settings: {organisation: Ledger Accounting}", `f:3:35: organisation: "Ledger Accounting" is not a short name of 2 to 12 lower-case letters and digits, such as ledger`},
		{"hostname with a scheme", "  tillit:settings: {hostname: 'https://a.example'}", `f:3:31: hostname: "https://a.example" is not a public host name, such as app.ledger.example`},
		{"contact without an address", "  tillit:settings: {contact: Kari}", `f:3:30: contact: "Kari" is not a mail address, such as operations@ledger.example`},
		{"contact with a name", "  tillit:settings: {contact: 'Kari <kari@ledger.example>'}", `f:3:30: contact: "Kari <kari@ledger.example>" is not a mail address, such as operations@ledger.example`},
		{"unknown group", "  tillit:settings: {groups: {operator: 11111111-1111-4111-8111-111111111111}}", `f:3:30: groups has no "operator": did you mean "operators"?`},
		{"group by name", "  tillit:settings: {groups: {operators: Drift}}", `f:3:41: groups: operators: "Drift" is not the object id of an Entra group, such as 11111111-1111-4111-8111-111111111111`},
		{"groups in a list", "  tillit:settings: {groups: [a]}", `f:3:29: groups must be a mapping of names to values; it is a list`},
		{"image with a blank", "  tillit:settings: {images: {runbook: a b}}", `f:3:39: images: runbook: "a b" is not a container image, such as ledger.example/application:1.0.0`},
		{"unknown word of a place", "  tillit:settings: {offProvider: {host: a.example}}", `f:3:35: offProvider has no "host": use one of bucket, endpoint, region`},
		{"endpoint in the clear", "  tillit:settings: {offProvider: {endpoint: 'http://s3.example'}}", `f:3:45: offProvider: endpoint: "http://s3.example" is not the address of an S3 or SFTP service, such as https://s3.provider.example or sftp://copies.provider.example`},
		{"endpoint with a path", "  tillit:settings: {offProvider: {endpoint: 'https://s3.example/b'}}", `f:3:45: offProvider: endpoint: "https://s3.example/b" is not the address of an S3 or SFTP service, such as https://s3.provider.example or sftp://copies.provider.example`},
		{"bucket in capitals", "  tillit:settings: {offProvider: {bucket: Copies}}", `f:3:43: offProvider: bucket: "Copies" is not a bucket or folder in lower case, such as documents-fi`},
		{"region of two words", "  tillit:settings: {offProvider: {region: fi hel}}", `f:3:43: offProvider: region: "fi hel" is not a region as the provider calls it, such as fi-hel1`},
		{"customers in a list", "  tillit:settings: {customers: [a]}", `f:3:32: customers must be a mapping of customers, such as acme: { addresses: [203.0.113.7] }; it is a list`},
		{"customer in capitals", "  tillit:settings: {customers: {Acme: {}}}", `f:3:33: customers: "Acme" is not a short name of lower-case letters, digits and hyphens, such as acme`},
		{"customer without addresses", "  tillit:settings: {customers: {acme: {users: 2}}}", `f:3:33: customers: acme has no addresses, so that no key of it could work: write addresses: [203.0.113.7]`},
		{"unknown word of a customer", "  tillit:settings: {customers: {acme: {address: [203.0.113.7]}}}", `f:3:40: a customer has no "address": did you mean "addresses"?`},
		{"addresses in a word", "  tillit:settings: {customers: {acme: {addresses: 203.0.113.7}}}", `f:3:51: acme: addresses must be a list of addresses, such as [203.0.113.7, 198.51.100.0/28]; it is a single value`},
		{"no address", "  tillit:settings: {customers: {acme: {addresses: [office]}}}", `f:3:52: acme: addresses: "office" is not an address or a range, such as 203.0.113.7 or 198.51.100.0/28`},
		{"everybody's address", "  tillit:settings: {customers: {acme: {addresses: [0.0.0.0/0]}}}", `f:3:52: acme: addresses: "0.0.0.0/0" is everybody's address`},
		{"private address", "  tillit:settings: {customers: {acme: {addresses: [10.0.0.1]}}}", `f:3:52: acme: addresses: "10.0.0.1" is not a public address, which is what the service sees of a caller`},
		{"wide range", "  tillit:settings: {customers: {acme: {addresses: [203.0.0.0/16]}}}", `f:3:52: acme: addresses: "203.0.0.0/16" is too wide: name ranges of /24 and longer`},
		{"range with bits behind", "  tillit:settings: {customers: {acme: {addresses: [203.0.113.7/28]}}}", `f:3:52: acme: addresses: "203.0.113.7/28" has bits set behind its length: write 203.0.113.0/28`},
		{"IPv6 range", "  tillit:settings: {customers: {acme: {addresses: ['2001:db8::/64']}}}", `f:3:52: acme: addresses: "2001:db8::/64" is a range of IPv6 addresses: name single ones`},
		{"IPv6 in capitals", "  tillit:settings: {customers: {acme: {addresses: ['2001:DB8::7']}}}", `f:3:52: acme: addresses: "2001:DB8::7" is not written as usual: write 2001:db8::7`},
		{"IPv4 in IPv6", "  tillit:settings: {customers: {acme: {addresses: ['::ffff:203.0.113.7']}}}", `f:3:52: acme: addresses: "::ffff:203.0.113.7" is an IPv4 address in IPv6 form: write 203.0.113.7`},
		{"address twice", "  tillit:settings: {customers: {acme: {addresses: [203.0.113.7, 203.0.113.7]}}}", `f:3:65: acme: addresses: "203.0.113.7" is given twice`},
		{"no keys", "  tillit:settings: {customers: {acme: {addresses: [203.0.113.7], users: 0}}}", `f:3:73: acme: users: "0" is not a number from 1 to 1000`},
		{"empty text", "  tillit:settings: {hostname: ''}", `f:3:31: hostname: it is empty`},
		{"several lines", "  tillit:settings: {hostname: \"a\\nb\"}", `f:3:31: hostname: it must be one line of plain text`},
	})
}

func TestStandbyFaults(t *testing.T) {
	checkFaults(t, "config:\n  tillit:promises:\n    ", []fault{
		{"a misspelt region", "{continuity.standby: {within: 15m}}\n  tillit:means: {standby: norwayest}",
			`f:4:27: unknown means "norwayest" of standby: did you mean "norwayeast"?`},
		{"no standby is promised", "{crypto.rest: }\n  tillit:means: {standby: norwayeast}",
			`f:4:27: the means of standby: the estate does not promise continuity.standby: promise it, or leave the region out`},
		{"a restricted region", "{continuity.standby: {within: 15m}}\n  tillit:means: {standby: swedensouth}",
			`f:4:27: the means of standby: swedensouth is opened on request only, for copies of swedencentral: choose another region`},
		{"the primary region", "{continuity.standby: {within: 15m}, residency.primary: {region: norwayeast}}\n  tillit:means: {standby: norwayeast}",
			`f:4:27: the means of standby: norwayeast is the primary region, and a standby there is lost with it: choose another`},
		{"another than the copy's region", "{continuity.standby: {within: 15m}, residency.in-country: {country: NO, region: norwayeast}}\n  tillit:means: {standby: italynorth}",
			`f:4:27: the means of standby: residency.in-country keeps the copy in norwayeast, which is the standby: leave italynorth out`},
		{"a region outside", "{continuity.standby: {within: 15m}, residency.primary: {region: westeurope}}\n  tillit:means: {standby: uksouth}",
			`f:4:27: the means of standby: uksouth is in GB, outside the EU/EEA that residency.primary promises: choose a region inside`},
	})
}

func TestStandbyRegions(t *testing.T) {
	for text, want := range map[string]string{
		"{continuity.standby: {within: 15m}}\n  tillit:means: {database: sql, standby: germanywestcentral}":                                   "germanywestcentral",
		"{continuity.standby: {within: 15m}, residency.in-country: {country: NO, region: norwayeast}}\n  tillit:means: {standby: norwayeast}": "norwayeast",
		"{continuity.standby: {within: 15m}, residency.primary: {region: swedencentral}}\n  tillit:means: {standby: norwayeast}":              "norwayeast",
		"{continuity.standby: {within: 15m}}\n  tillit:means: {database: sql}":                                                                "",
	} {
		d, err := parseFile("f", "e", []byte("config:\n  tillit:promises: "+text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := d.Means["standby"]; got != want {
			t.Errorf("%s: the standby is in %q, want %q", text, got, want)
		}
	}
}

func TestWaiverFaults(t *testing.T) {
	const before = "config:\n  tillit:promises: {crypto.rest: }\n"
	waiver := func(change, to string) string {
		return "  tillit:waivers:\n    - " + strings.Replace(
			`{rule: crypto/customer-keys, resource: '*::x', reason: r, owner: o, ticket: t, expires: 2027-01-31}`, change, to, 1)
	}
	if _, err := parseFile("f", "e", []byte(before+waiver("", ""))); err != nil {
		t.Fatal(err)
	}
	checkFaults(t, before, []fault{
		{"no list", "  tillit:waivers: {a: b}", `f:3:19: tillit:waivers must be a list of waivers, such as { rule: backup/retention, resource: "*::ledger-archive", reason: …, owner: …, ticket: …, expires: 2027-01-31 }; it is a mapping`},
		{"no mapping", "  tillit:waivers: [a]", `f:3:20: a waiver must be a mapping, such as { rule: backup/retention, resource: "*::ledger-archive", reason: …, owner: …, ticket: …, expires: 2027-01-31 }; it is a single value`},
		{"no owner", waiver("owner: o, ", ""), `f:4:7: the waiver has no "owner": a waiver needs rule, resource, reason, owner, ticket, expires`},
		{"empty reason", waiver("reason: r", "reason: ''"), `f:4:62: waiver: reason: it is empty`},
		{"unknown field", waiver("owner: o", "owner: o, until: x"), `f:4:75: a waiver has no field "until": use one of rule, resource, reason, owner, ticket, expires`},
		{"promise for a rule", waiver("crypto/customer-keys", "crypto.rest"), `f:4:14: waiver: rule: "crypto.rest" is not a rule: write group/name, such as backup/retention`},
		{"underscore in a rule", waiver("customer-keys", "customer_keys"), `f:4:14: waiver: rule: "crypto/customer_keys" is not a rule: write group/name, such as backup/retention`},
		{"any rule", waiver("crypto/customer-keys", "'*'"), `f:4:14: waiver: rule: "*" is not a rule: write group/name, such as backup/retention`},
		{"any resource", waiver("'*::x'", "'*'"), `f:4:46: waiver: resource: "*" waives the rule for every resource: name the resource, such as "*::ledger-archive"`},
		{"twice", waiver("", "") + strings.TrimPrefix(waiver("", ""), "  tillit:waivers:"), `f:5:7: a waiver of crypto/customer-keys for "*::x" is given twice: keep one`},
		{"day of the wrong form", waiver("2027-01-31", "31.01.2027"), `f:4:95: waiver: expires: "31.01.2027" is not a day: write it as 2027-01-31`},
		{"day that is none", waiver("2027-01-31", "2027-02-29"), `f:4:95: waiver: expires: "2027-02-29" is not a day: write it as 2027-01-31`},
		{"day with a time", waiver("2027-01-31", "2027-01-31T10:00:00Z"), `f:4:95: waiver: expires: "2027-01-31T10:00:00Z" is not a day: write it as 2027-01-31`},
		{"never", waiver("2027-01-31", ""), `f:4:95: waiver: expires: "" is not a day: write it as 2027-01-31`},
	})
}

func TestFileFaults(t *testing.T) {
	deep := "config:\n  tillit:promises: {crypto.rest: " + strings.Repeat("{a: ", 40) + strings.Repeat("}", 40) + "}\n"
	bomb := "config:\n  a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n" +
		"  c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n  d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n  tillit:waivers: [*d, *d]\n"
	checkFaults(t, "", []fault{
		{"empty", "", `f: no tillit:promises under config: an estate that promises nothing cannot be judged`},
		{"only a comment", "# nothing\n", `f: no tillit:promises under config: an estate that promises nothing cannot be judged`},
		{"no config", "encryptionsalt: x\n", `f: no tillit:promises under config: an estate that promises nothing cannot be judged`},
		{"empty config", "config:\n", `f: no tillit:promises under config: an estate that promises nothing cannot be judged`},
		{"no promises", "config:\n  other:a: 1\n", `f: no tillit:promises under config: an estate that promises nothing cannot be judged`},
		{"promises without a value", "config:\n  tillit:promises:\n", `f:2:3: tillit:promises must be a mapping of promises, such as backup.retention: { for: 1y }; it is nothing`},
		{"promises without a promise", "config:\n  tillit:promises: {}\n", `f:2:20: tillit:promises is empty: an estate that promises nothing cannot be judged`},
		{"promises in a list", "config:\n  tillit:promises: [crypto.rest]\n", `f:2:20: tillit:promises must be a mapping of promises, such as backup.retention: { for: 1y }; it is a list`},
		{"encrypted promises", "config:\n  tillit:promises: {secure: AAAB}\n", `f:2:20: tillit:promises is encrypted; it is nothing secret, and the gate must read it: write it in clear`},
		{"promises twice", "config:\n  tillit:promises: {crypto.rest: }\n  tillit:config:promises: {crypto.rest: }\n", `f:3:3: tillit:promises is given twice: keep one`},
		{"config twice", "config:\n  tillit:promises: {crypto.rest: }\nconfig: {}\n", `f:3:1: config is given twice: keep one`},
		{"unknown key", "config:\n  tillit:promise: {}\n", `f:2:3: unknown key "tillit:promise": did you mean "tillit:promises"?`},
		{"key without namespace", "config:\n  tillit:promises: {crypto.rest: }\n  waivers: []\n", `f:3:3: waivers has no namespace: write tillit:waivers`},
		{"key outside config", "tillit:promises: {}\n", `f:1:1: tillit:promises stands outside config: indent it under config`},
		{"a list", "- config\n", `f:1:1: a stack config file is a mapping with the key config`},
		{"config a list", "config: [a]\n", `f:1:9: config must be a mapping of keys such as tillit:promises`},
		{"config by alias", "a: &a {b: c}\nconfig: *a\n", `f: no tillit:promises under config: an estate that promises nothing cannot be judged`},
		{"faulty second document", "config:\n  tillit:promises: {crypto.rest: }\n---\na: [\n", `f:4: the YAML does not parse: did not find expected node content`},
		{"second document", "config:\n  tillit:promises: {crypto.rest: }\n---\na: b\n", `f:3:1: a second YAML document begins here; Pulumi reads only the first: join them`},
		{"bad indentation", "config:\n  tillit:promises:\n    crypto.rest: {}\n   backup.elsewhere: {}\n", `f:4: the YAML does not parse: did not find expected key in what begins on line 2`},
		{"unclosed brace", "config:\n  tillit:promises: {crypto.rest: \n", `f:2: the YAML does not parse: did not find expected node content`},
		{"unclosed quote", "config:\n  tillit:promises: {crypto.rest: }\n  a: 'x\n  b: 1\n", `f:3: the YAML does not parse: found unexpected end of stream`},
		{"two colons", "config:\n  tillit:promises: {crypto.rest: }\n  a: b: c\n  b: 1\n", `f:3: the YAML does not parse: mapping values are not allowed in this context`},
		{"missing comma", "config:\n  tillit:promises:\n    backup.interval: {every: 10m\n    for: 7d}\n  b: 1\n", `f:5: the YAML does not parse: did not find expected ',' or '}' in what begins on line 3`},
		{"tab", "config:\n\ttillit:promises: {}\n", `f:2: the YAML does not parse: found character that cannot start any token`},
		{"unknown alias", "config:\n  tillit:promises: {crypto.rest: *none}\n", `f:2:34: the YAML does not parse: no anchor &none stands before the alias *none`},
		{"binary", "config:\n  a: \x00\x01\n", `f:2:6: the YAML does not parse: control characters are not allowed`},
		{"too deep", deep, `f:2:91: values are nested more than 16 deep; a declaration needs four levels`},
		{"alias bomb", bomb, `f:2:37: the declaration is too large: more than 10,000 values, aliases counted each time`},
	})
}

// Hostile input is refused without taking time or memory of its own size squared.
func TestHostileInputIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"open brackets": strings.Repeat("[", maxBytes),
		"dashes":        strings.Repeat("- ", maxBytes/2),
		"braces":        "config: " + strings.Repeat("{a: ", maxBytes/5),
		"long word":     "config:\n  tillit:promises:\n    " + strings.Repeat("x", maxBytes/2) + ": {}",
		"many words":    "config:\n  tillit:promises:\n" + strings.Repeat("    a: {}\n", maxBytes/11),
		"long number":   "config:\n  tillit:promises:\n    backup.retention: {for: " + strings.Repeat("9", maxBytes/2) + "y}",
		"question":      strings.Repeat("? ", maxBytes/2),
		"NULs":          strings.Repeat("\x00", maxBytes),
	} {
		_, err := parseFile("f", "e", []byte(text))
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if len(err.Error()) > 4*maxBytes {
			t.Errorf("%s: the error is %d bytes", name, len(err.Error()))
		}
	}
}
