package evidence

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	originBase       = "github.com/tillit-dev/tillit/"
	productionPrefix = originBase + "evidence/"
	rehearsalPrefix  = originBase + "rehearsal/"
)

var estateName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Identity says whose evidence a log holds: an estate's, or that of a rehearsal
// of it, which never counts for the estate.
type Identity struct {
	Estate    string `json:"estate"`
	Rehearsal bool   `json:"rehearsal"`
}

// Origin is the log's name: the first line of its checkpoints.
func (i Identity) Origin() string {
	if i.Rehearsal {
		return rehearsalPrefix + i.Estate
	}
	return productionPrefix + i.Estate
}

// ParseOrigin is the inverse of Origin.
func ParseOrigin(origin string) (Identity, error) {
	var i Identity
	if estate, ok := strings.CutPrefix(origin, productionPrefix); ok {
		i = Identity{Estate: estate}
	} else if estate, ok := strings.CutPrefix(origin, rehearsalPrefix); ok {
		i = Identity{Estate: estate, Rehearsal: true}
	} else {
		return Identity{}, fmt.Errorf("%q is not the origin of a tillit evidence log", origin)
	}
	return i, i.validate()
}

func (i Identity) validate() error {
	if !estateName.MatchString(i.Estate) {
		return fmt.Errorf("%q is no name of an estate: use small letters, digits and dashes, at most 63", i.Estate)
	}
	return nil
}

// String names the log for people.
func (i Identity) String() string {
	if i.Rehearsal {
		return "a rehearsal of " + i.Estate
	}
	return i.Estate
}
