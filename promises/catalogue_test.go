package promises

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The vocabulary is a contract: ids, parameters and how each promise is kept
// (built, gated, proven, attested).
const vocabulary = `
residency.primary             bgp  region!
residency.in-country          bgp  country! region!
perimeter.firewalls           bgp  layers=2
perimeter.uplinks             bg   operators=2
perimeter.inspection          bgp
perimeter.waf                 bgp
perimeter.ddos                bg
perimeter.private-data        bgp
perimeter.allow-list          bg
crypto.transit                bgp  tls=1.2
crypto.rest                   bg
crypto.keys                   bgp  rotation=1y undelete=90d
crypto.secrets                bg
identity.mfa                  ga
identity.least-privilege      bgp
identity.support-blind        bga
identity.personal-accounts    bg
identity.sub-users            ga
identity.step-up              a
backup.interval               bgp  every! for!
backup.retention              bgp  for!
backup.daily                  bgp  for=30d
backup.elsewhere              bgp
backup.off-provider           bgp  target!
backup.immutable              bgp  for!
backup.tested                 p    every! within!
continuity.standby            bgp  within!
continuity.redundant          bg
continuity.plan               pa   every! within! loss!
continuity.monitored          bgp
log.traceable                 bgp  for!
log.tamper-proof              bgp  for!
log.opt-out                   bg
data.separate                 bgp
data.transient                bgp  within=1d
data.minimal                  ga
data.erasure                  bp   within=30d
data.sealed                   bp
assurance.pentest             a    every!
assurance.scan                bga  every!
assurance.code-review         a
assurance.confidentiality     a
assurance.training            a    every=1y
assurance.certified-hosting   a    certificates!
assurance.isms                pa
assurance.patching            bg
assurance.disclosure          bga  url!
assurance.saf-t               a
assurance.user-notice         a
assurance.evidence-on-request p    within=30d
`

func TestVocabulary(t *testing.T) {
	var got []string
	for _, p := range Catalogue() {
		line := []string{string(p.ID)}
		kept := ""
		for _, way := range p.Kept() {
			kept += way[:1]
		}
		line = append(line, kept)
		for _, q := range p.Parameters {
			if q.Required {
				line = append(line, q.Name+"!")
			} else {
				line = append(line, q.Name+"="+q.Default)
			}
		}
		got = append(got, strings.Join(line, " "))
	}
	var want []string
	for line := range strings.Lines(strings.TrimSpace(vocabulary)) {
		want = append(want, strings.Join(strings.Fields(line), " "))
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("line %d:\n got %q\nwant %q", i+1, got[i:min(i+1, len(got))], want[i:min(i+1, len(want))])
		}
	}
}

func TestCatalogueIsSound(t *testing.T) {
	id := regexp.MustCompile(`^[a-z]+\.[a-z]+(-[a-z]+)*$`)
	types := []string{"duration", "number", "text", "list", "region", "country", "version", "url"}
	seen := map[ID]bool{}
	for _, p := range Catalogue() {
		t.Run(string(p.ID), func(t *testing.T) {
			if !id.MatchString(string(p.ID)) || seen[p.ID] {
				t.Errorf("the id is malformed or given twice")
			}
			seen[p.ID] = true
			if found, ok := Lookup(p.ID); !ok || found.ID != p.ID {
				t.Errorf("Lookup gives %v, %v", found.ID, ok)
			}
			if len(p.Kept()) == 0 {
				t.Error("it is kept in no way")
			}
			if p.Gated && !p.Built && !p.Attested {
				t.Error("it is gated, but neither built nor attested")
			}
			if len(p.Controls) == 0 || !slices.IsSortedFunc(p.Controls, compareControls) || len(slices.Compact(slices.Clone(p.Controls))) != len(p.Controls) {
				t.Errorf("controls must be at least one, in order, each once: %v", p.Controls)
			}
			for _, c := range p.Controls {
				if Controls()[c] == "" {
					t.Errorf("control %q is not in Annex A", c)
				}
			}
			checkLanguages(t, "title", p.Title)
			for _, q := range p.Parameters {
				if !slices.Contains(types, q.Type) {
					t.Errorf("%s: unknown type %q", q.Name, q.Type)
				}
				checkParameter(t, q)
			}
		})
	}
}

// What a message tells people to write is right.
func TestExamplesLoad(t *testing.T) {
	for _, p := range Catalogue() {
		text := "config:\n  tillit:promises:\n    " + string(p.ID) + ": " + p.example()
		if _, err := parseFile("f", "e", []byte(text)); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
}

func checkParameter(t *testing.T, q Parameter) {
	t.Helper()
	checkLanguages(t, q.Name+" title", q.Title)
	checkLanguages(t, q.Name+" words", q.Words)
	for language, words := range q.Words {
		if strings.Count(words, "{}") != 1 {
			t.Errorf("%s: words in %s must hold {} once: %q", q.Name, language, words)
		}
	}
	if q.Required == (q.Default != "") || q.Required != (q.Example != "") {
		t.Errorf("%s: it needs a default, or must be required and have an example", q.Name)
	}
	if measured := q.Type == "duration" || q.Type == "number"; measured != (q.Min != "" && q.Max != "") {
		t.Errorf("%s: durations and numbers, and only they, have bounds", q.Name)
	}
	if compared := q.Type == "duration" || q.Type == "number" || q.Type == "version"; compared != (q.Better == "lower" || q.Better == "higher") {
		t.Errorf("%s: durations, numbers and versions, and only they, say which side is better: %q", q.Name, q.Better)
	}
	for _, s := range append([]string{q.Min, q.Max, q.Default}, q.Values...) {
		if s == "" {
			continue
		}
		if _, fault := q.parse(s); fault != "" {
			t.Errorf("%s: %q in the catalogue: %s", q.Name, s, fault)
		}
	}
}

// checkLanguages asks for a text in each language that is no copy of another.
func checkLanguages(t *testing.T, what string, texts map[string]string) {
	t.Helper()
	for _, language := range Languages() {
		if s := texts[language]; s == "" || s != strings.TrimSpace(s) || strings.HasSuffix(s, ".") {
			t.Errorf("%s in %s: %q", what, language, s)
		}
	}
	if len(texts) != len(Languages()) {
		t.Errorf("%s: %d languages", what, len(texts))
	}
}

func compareControls(a, b string) int {
	return slices.Compare(controlNumbers(a), controlNumbers(b))
}

func controlNumbers(id string) []int {
	var numbers []int
	n := 0
	for _, c := range strings.TrimPrefix(id, "A.") + "." {
		if c == '.' {
			numbers = append(numbers, n)
			n = 0
			continue
		}
		n = n*10 + int(c-'0')
	}
	return numbers
}

func TestControlsAreAnnexA(t *testing.T) {
	controls := Controls()
	if len(controls) != 93 {
		t.Errorf("Annex A has 93 controls, here are %d", len(controls))
	}
	for theme, count := range map[string]int{"A.5": 37, "A.6": 8, "A.7": 14, "A.8": 34} {
		for i := range count {
			id := theme + "." + strconv.Itoa(i+1)
			if controls[id] == "" {
				t.Errorf("%s is missing", id)
			}
		}
	}
	if got := controls["A.8.13"]; got != "Information backup" {
		t.Errorf("A.8.13 is %q", got)
	}
}

func TestRegionsAreSound(t *testing.T) {
	for name, r := range Regions() {
		if r.Name != name || len(r.Country) != 2 || !slices.Contains([]string{"EU", "EEA", "EFTA", "none"}, r.Bloc) {
			t.Errorf("%s: %+v", name, r)
		}
		if r.Pair != "" && Regions()[r.Pair].Pair != name {
			t.Errorf("%s pairs with %s, which pairs with %q", name, r.Pair, Regions()[r.Pair].Pair)
		}
		if r.Restricted && (r.Zones != 0 || Regions()[r.Pair].Country != r.Country) {
			t.Errorf("%s: a restricted region is the zoneless half of a pair in its country: %+v", name, r)
		}
	}
	// Geo-redundant storage of West Europe lands in Ireland, never in Norway.
	if got := Regions()["westeurope"].Pair; got != "northeurope" {
		t.Errorf("westeurope pairs with %q", got)
	}
	for _, r := range Regions() {
		if r.Country == "FI" {
			t.Errorf("Finland has no region: %+v", r)
		}
	}
}
