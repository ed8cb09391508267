package promises

import "time"

// ID names a promise of the catalogue, such as "backup.interval".
type ID string

// Declaration is what one estate's stack config declares: its promises, the
// means chosen to keep them, its waivers and its settings.
type Declaration struct {
	Estate   string
	File     string // stack config file; empty when the values came from the engine
	Promises map[ID]Declared
	Means    map[string]string // slot to mechanism, such as "database": "postgres"
	Waivers  []Waiver
	Settings Settings
}

// Declared is one promise as an estate declares it.
type Declared struct {
	ID     ID
	Params Params
	Line   int // 1-based position in Declaration.File; 0 when unknown
	Column int
}

// Params are the values of a promise's parameters, by name, with the
// catalogue's defaults filled in. The getters return the zero value for a
// parameter that is absent.
type Params map[string]Value

// Value is one typed parameter value. Exactly one field is meaningful, by the
// parameter's type in the catalogue.
type Value struct {
	Text     string // as written, for every type
	Duration time.Duration
	Number   int
	List     []string
}

// Duration returns a duration parameter.
func (p Params) Duration(name string) time.Duration { return p[name].Duration }

// Text returns a parameter as it was written.
func (p Params) Text(name string) string { return p[name].Text }

// Number returns a whole-number parameter.
func (p Params) Number(name string) int { return p[name].Number }

// List returns a list parameter.
func (p Params) List(name string) []string { return p[name].List }

// Has reports whether the estate declares the promise.
func (d *Declaration) Has(id ID) bool {
	_, ok := d.Promises[id]
	return ok
}

// Params returns the declared parameters of a promise; nil when the estate
// does not declare it.
func (d *Declaration) Params(id ID) Params { return d.Promises[id].Params }

// Waiver accepts a rule's violations on some resources until a day.
type Waiver struct {
	Rule     string // rule id, such as "backup/retention"
	Resource string // URN pattern; * matches within the URN
	Reason   string
	Owner    string
	Ticket   string
	Expires  time.Time // the waiver holds before this instant (UTC midnight)
	Line     int
	Column   int
}

// Settings are the facts a program needs that no promise states: whom to
// tell, which groups exist, which images run.
type Settings struct {
	Organisation string            // short lower-case name, used in resource names
	Hostname     string            // public host name of the service
	Contact      string            // mail address that alerts go to
	Groups       map[string]string // role to Entra group object id: operators, databases, security, auditors
	Images       map[string]string // workload to container image: application, runbook
	OffProvider  map[string]string // where the copy at another provider lies: endpoint (address), bucket (or folder), region (as the provider calls it)

	// Customers are those who call the API, by name.
	Customers map[string]Customer

	// Checks are the customer's own questions to the database, by name: SQL that
	// reads one value, which is the same in data that was restored as it was.
	Checks map[string]string
}
