package promises

import (
	"strconv"
	"strings"
	"time"
)

// Words says a declared promise's parameters aloud in a language of the
// catalogue, such as "at most 10 minutes apart, reaching 7 days back"; empty for
// a promise without parameters.
func (d Declared) Words(language string) string {
	promise, _ := Lookup(d.ID)
	var phrases []string
	for _, q := range promise.Parameters {
		if v, ok := d.Params[q.Name]; ok {
			phrases = append(phrases, strings.ReplaceAll(q.Words[language], "{}", q.say(v, language)))
		}
	}
	return strings.Join(phrases, ", ")
}

func (q Parameter) say(v Value, language string) string {
	if q.Type == "duration" {
		return DurationWords(v.Duration, language)
	}
	return v.Text
}

// unitWords are the units of printUnits, one and many, by language.
var unitWords = map[string]map[string][2]string{
	"en": {"y": {"year", "years"}, "d": {"day", "days"}, "h": {"hour", "hours"}, "m": {"minute", "minutes"}, "s": {"second", "seconds"}},
	"nb": {"y": {"år", "år"}, "d": {"dag", "dager"}, "h": {"time", "timer"}, "m": {"minutt", "minutter"}, "s": {"sekund", "sekunder"}},
	"sv": {"y": {"år", "år"}, "d": {"dag", "dagar"}, "h": {"timme", "timmar"}, "m": {"minut", "minuter"}, "s": {"sekund", "sekunder"}},
}

// DurationWords writes a duration in words: FormatDuration's amounts with the
// units of a language of the catalogue, such as 90 dager.
func DurationWords(d time.Duration, language string) string {
	var parts []string
	for _, a := range amounts(d) {
		word := unitWords[language][a.unit][1]
		if a.count == 1 {
			word = unitWords[language][a.unit][0]
		}
		parts = append(parts, strconv.FormatInt(a.count, 10)+" "+word)
	}
	return strings.Join(parts, " ")
}
