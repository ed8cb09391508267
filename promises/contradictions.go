package promises

import "fmt"

// contradictions reports promises that cannot be kept together, or that their
// own region rules out. It looks only at promises without a fault of their own.
func (p *parser) contradictions() {
	p.residency()
	p.backups()
	p.continuity()
}

func (p *parser) residency() {
	primary, hasPrimary := regions()[p.text("residency.primary", "region")]
	if hasPrimary {
		switch {
		case primary.Bloc != "EU" && primary.Bloc != "EEA":
			p.against("residency.primary", "region", "%s is in %s, outside the EU/EEA: choose a region inside, such as westeurope",
				primary.Name, primary.Country)
		case primary.Restricted:
			p.against("residency.primary", "region", "%s is opened on request only, for copies of %s: use %s as the primary",
				primary.Name, primary.Pair, primary.Pair)
		}
	}
	if !p.declaration.Has("residency.in-country") {
		return
	}
	country := p.text("residency.in-country", "country")
	copied := regions()[p.text("residency.in-country", "region")]
	switch {
	case copied.Country != country:
		p.against("residency.in-country", "region", "%s is in %s, not in %s: use %s",
			copied.Name, copied.Country, country, oneOf(regionsIn(country)))
	case hasPrimary && copied.Name == primary.Name:
		p.against("residency.in-country", "region", "%s is the primary region already; a copy needs a region of its own%s",
			copied.Name, otherRegion(country, copied.Name))
	}
}

// otherRegion names the country's other region, when it has one.
func otherRegion(country, than string) string {
	for _, name := range regionsIn(country) {
		if name != than {
			return ": use " + name
		}
	}
	return fmt.Sprintf(", and %s has no other: leave residency.in-country out", country)
}

func (p *parser) backups() {
	p.noLonger("backup.interval", "every", "backup.interval", "for", "points that far apart do not fit into the time they reach back")
	p.noLonger("backup.interval", "for", "backup.retention", "for", "recovery points cannot reach further back than backups do")
	p.noLonger("backup.daily", "for", "backup.retention", "for", "daily backups cannot reach further back than backups do")
	p.noLonger("backup.immutable", "for", "backup.retention", "for", "a backup cannot be locked longer than it is kept")
	p.noLonger("backup.tested", "within", "backup.tested", "every", "a test would not end before the next begins")
}

func (p *parser) continuity() {
	p.noLonger("continuity.plan", "within", "continuity.plan", "every", "a test would not end before the next begins")
	p.noLonger("continuity.standby", "within", "continuity.plan", "loss", "what the standby lags behind is lost with the region")
}

// standby says what speaks against a region for the standby, which is chosen as
// means; empty when nothing does, and for any other slot.
func (p *parser) standby(slot, region string) string {
	if slot != "standby" {
		return ""
	}
	primary, country := p.text("residency.primary", "region"), p.text("residency.in-country", "region")
	switch r := regions()[region]; {
	case !p.declaration.Has("continuity.standby"):
		return "the estate does not promise continuity.standby: promise it, or leave the region out"
	case r.Restricted:
		return fmt.Sprintf("%s is opened on request only, for copies of %s: choose another region", region, r.Pair)
	case region == primary:
		return region + " is the primary region, and a standby there is lost with it: choose another"
	case country != "" && region != country:
		return fmt.Sprintf("residency.in-country keeps the copy in %s, which is the standby: leave %s out", country, region)
	case primary != "" && r.Bloc != "EU" && r.Bloc != "EEA" && country == "":
		return fmt.Sprintf("%s is in %s, outside the EU/EEA that residency.primary promises: choose a region inside", region, r.Country)
	}
	return ""
}

// noLonger reports a duration that is longer than another one that bounds it.
func (p *parser) noLonger(id ID, name string, bound ID, boundName, why string) {
	if !p.declaration.Has(id) || !p.declaration.Has(bound) {
		return
	}
	d, most := p.declaration.Params(id).Duration(name), p.declaration.Params(bound).Duration(boundName)
	if d <= most {
		return
	}
	other := string(bound) + "'s " + boundName
	if id == bound {
		other = boundName
	}
	p.against(id, name, "%s is longer than %s of %s: %s", FormatDuration(d), other, FormatDuration(most), why)
}

// against reports a contradiction where a parameter is written, or where its
// promise is when the value is the catalogue's default.
func (p *parser) against(id ID, name, format string, args ...any) {
	at := p.written[id][name]
	if at == nil {
		declared := p.declaration.Promises[id]
		at = &node{line: declared.Line, column: declared.Column}
	}
	p.add(at, "%s: %s: %s", id, name, fmt.Sprintf(format, args...))
}

func (p *parser) text(id ID, name string) string {
	return p.declaration.Params(id).Text(name)
}
