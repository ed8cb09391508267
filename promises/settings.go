package promises

import (
	"net/mail"
	"regexp"
)

// setting is a word of tillit:settings that takes a single value: what it must
// look like, and what it is in a message.
type setting struct {
	form  *regexp.Regexp
	is    string
	store func(*Settings) *string
}

var (
	organisationForm = regexp.MustCompile(`^[a-z][a-z0-9]{1,11}$`)
	hostnameForm     = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
	contactForm      = regexp.MustCompile(`^[^\s@<>]+@[^\s@<>]+$`)
	groupForm        = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	imageForm        = regexp.MustCompile(`^[a-z0-9][a-z0-9.:/_-]*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$`)
	endpointForm     = regexp.MustCompile(`^(https|sftp)://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9](:[1-9][0-9]{0,4})?$`)
	bucketForm       = regexp.MustCompile(`^[a-z0-9][a-z0-9./-]{1,61}[a-z0-9]$`)
	placeForm        = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$`)
)

var plainSettings = map[string]setting{
	"organisation": {organisationForm, "a short name of 2 to 12 lower-case letters and digits, such as ledger",
		func(s *Settings) *string { return &s.Organisation }},
	"hostname": {hostnameForm, "a public host name, such as app.ledger.example",
		func(s *Settings) *string { return &s.Hostname }},
	"contact": {contactForm, "a mail address, such as operations@ledger.example",
		func(s *Settings) *string { return &s.Contact }},
}

// mapSetting is a word of tillit:settings that takes a mapping: its words, each
// with what its value must look like and what it is in a message.
type mapSetting struct {
	words map[string]form
	store func(*Settings) *map[string]string
}

type form struct {
	pattern *regexp.Regexp
	is      string
}

var (
	group     = form{groupForm, "the object id of an Entra group, such as 11111111-1111-4111-8111-111111111111"}
	container = form{imageForm, "a container image, such as ledger.example/application:1.0.0"}
)

var mapSettings = map[string]mapSetting{
	"groups": {
		words: map[string]form{"auditors": group, "databases": group, "operators": group, "security": group},
		store: func(s *Settings) *map[string]string { return &s.Groups },
	},
	"images": {
		words: map[string]form{"application": container, "runbook": container},
		store: func(s *Settings) *map[string]string { return &s.Images },
	},
	"offProvider": {
		words: map[string]form{
			"endpoint": {endpointForm, "the address of an S3 or SFTP service, such as https://s3.provider.example or sftp://copies.provider.example"},
			"bucket":   {bucketForm, "a bucket or folder in lower case, such as documents-fi"},
			"region":   {placeForm, "a region as the provider calls it, such as fi-hel1"},
		},
		store: func(s *Settings) *map[string]string { return &s.OffProvider },
	},
}

// settingWords are the words of tillit:settings.
func settingWords() []string {
	return append(append(sortedKeys(plainSettings), sortedKeys(mapSettings)...), "customers", "checks")
}

func (p *parser) settings(n *node) {
	for _, e := range p.mapping(n, "tillit:settings", "settings, such as hostname: app.ledger.example") {
		word := e.key.text
		if s, ok := plainSettings[word]; ok {
			if v, ok := p.formed(e.value, word, s.form, s.is); ok {
				*s.store(&p.declaration.Settings) = v
			}
			continue
		}
		switch word {
		case "customers":
			p.customers(e.value)
			continue
		case "checks":
			p.checks(e.value)
			continue
		}
		s, ok := mapSettings[word]
		if !ok {
			p.add(e.key, "tillit:settings has no %s: %s", quote(word), Suggest(word, settingWords()))
			continue
		}
		for _, f := range p.mapping(e.value, word, "names to values") {
			must, ok := s.words[f.key.text]
			if !ok {
				p.add(f.key, "%s has no %s: %s", word, quote(f.key.text), Suggest(f.key.text, sortedKeys(s.words)))
				continue
			}
			if v, ok := p.formed(f.value, word+": "+f.key.text, must.pattern, must.is); ok {
				set(s.store(&p.declaration.Settings), f.key.text, v)
			}
		}
	}
}

// formed reads a line of text that has a form; ok is false when it has not,
// which is reported.
func (p *parser) formed(n *node, name string, form *regexp.Regexp, is string) (value string, ok bool) {
	value, ok = p.line(n, name)
	if !ok {
		return "", false
	}
	if form == contactForm {
		if _, err := mail.ParseAddress(value); err != nil {
			ok = false
		}
	}
	if !ok || len(value) > 255 || !form.MatchString(value) {
		p.add(n, "%s: %s is not %s", name, quote(value), is)
		return "", false
	}
	return value, true
}
