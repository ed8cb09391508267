package explain

import (
	"fmt"
	"strings"
)

// words are what a promise's page says besides the catalogue, by language.
var words = map[string]map[string]string{
	"en": {
		"parameters": "Parameters", "kept": "Kept", "controls": "Controls", "rules": "Rules",
		"required": "required, such as %s", "default": "%s unless said otherwise",
		"least": "at least %s", "most": "at most %s", "one": "one of %s",
		"lower": "a lower value keeps it too", "higher": "a higher value keeps it too",
		"duration": "a duration such as 10m, 36h, 7d, 2w, 3mo or 1y", "number": "a whole number", "text": "a text",
		"list": "a list", "region": "an Azure region", "country": "a country, as in ISO 3166: two letters",
		"version": "a version in quotes", "url": "an https address",
		"built":    "built: resources of the estate implement it",
		"gated":    "gated: a deployment that breaks it is denied",
		"proven":   "proven: a drill or a live check measures it",
		"attested": "attested: people record it, with a date",
		"none":     "none: a design cannot show whether it is kept",
	},
	"nb": {
		"parameters": "Parametre", "kept": "Holdes", "controls": "Kontroller", "rules": "Regler",
		"required": "påkrevd, for eksempel %s", "default": "%s om ikke annet er sagt",
		"least": "minst %s", "most": "høyst %s", "one": "en av %s",
		"lower": "en lavere verdi holder det også", "higher": "en høyere verdi holder det også",
		"duration": "en varighet som 10m, 36h, 7d, 2w, 3mo eller 1y", "number": "et helt tall", "text": "en tekst",
		"list": "en liste", "region": "en Azure-region", "country": "et land, som i ISO 3166: to bokstaver",
		"version": "en versjon i anførselstegn", "url": "en https-adresse",
		"built":    "bygget: ressurser i løsningen gjennomfører det",
		"gated":    "sperret: en utrulling som bryter det, nektes",
		"proven":   "målt: en øvelse eller en løpende kontroll måler det",
		"attested": "attestert: mennesker registrerer det, med dato",
		"none":     "ingen: en utforming kan ikke vise om det holdes",
	},
	"sv": {
		"parameters": "Parametrar", "kept": "Hålls", "controls": "Kontroller", "rules": "Regler",
		"required": "krävs, till exempel %s", "default": "%s om inget annat sägs",
		"least": "minst %s", "most": "högst %s", "one": "ett av %s",
		"lower": "ett lägre värde håller det också", "higher": "ett högre värde håller det också",
		"duration": "en varaktighet som 10m, 36h, 7d, 2w, 3mo eller 1y", "number": "ett heltal", "text": "en text",
		"list": "en lista", "region": "en Azure-region", "country": "ett land, som i ISO 3166: två bokstäver",
		"version": "en version inom citattecken", "url": "en URL som börjar med https",
		"built":    "byggt: resurser i lösningen genomför det",
		"gated":    "spärrat: en driftsättning som bryter det nekas",
		"proven":   "mätt: en övning eller en löpande kontroll mäter det",
		"attested": "intygat: människor registrerar det, med datum",
		"none":     "inga: en utformning kan inte visa om det hålls",
	},
}

// phrases say what values a parameter takes.
func (q Parameter) phrases(say map[string]string) []string {
	phrases := []string{say[q.Type]}
	if q.Default != "" {
		phrases = append(phrases, fmt.Sprintf(say["default"], q.Default))
	} else {
		phrases = append(phrases, fmt.Sprintf(say["required"], q.Example))
	}
	if len(q.Values) > 0 {
		phrases = append(phrases, fmt.Sprintf(say["one"], strings.Join(q.Values, ", ")))
	}
	if q.Min != "" {
		phrases = append(phrases, fmt.Sprintf(say["least"], q.Min))
	}
	if q.Max != "" {
		phrases = append(phrases, fmt.Sprintf(say["most"], q.Max))
	}
	if q.Better != "" {
		phrases = append(phrases, say[q.Better])
	}
	return phrases
}
