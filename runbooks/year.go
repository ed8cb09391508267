package runbooks

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"time"

	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
	"github.com/tillit-dev/tillit/promises"
)

// year restores a copy that is as old as the estate has promised to keep copies.
// PostgreSQL itself keeps none for longer than 35 days: they are a Backup vault's,
// dumps that are handed out as files and loaded into an empty server.
//
// Sources: MicrosoftDocs/azure-docs articles/backup/
// restore-azure-database-postgresql-flex.md, MicrosoftDocs/azure-databases-docs
// articles/postgresql/backup-restore/concepts-backup-restore.md.
func year() Runbook {
	return Runbook{
		Name:      "year",
		Title:     "restore the database from a copy about as old as promised",
		Promises:  []promises.ID{"backup.retention"},
		Objective: yearObjective,
		Build:     byMeans(buildYear, sqlYear),
	}
}

func yearObjective(d *promises.Declaration) drill.Objective {
	return drill.Objective{Time: d.Params("backup.tested").Duration("within")}
}

// spacing is the time between two copies of a PostgreSQL server: Azure offers a
// week, a month and a year, and estates take a week.
const spacing = 7 * day

// years is a drill on a vault's copies.
type years struct {
	*postgres
	from   instance
	wanted time.Duration
}

// longCopy is a vault's copy of a server.
type longCopy struct {
	ID string    `json:"id"`
	At time.Time `json:"at"` // as the vault dates it
	// Taken is when it was taken, where a rehearsal has dated it back.
	Taken time.Time `json:"taken"`
}

// The keys under which the run keeps values.
const (
	keyCopy     = "copy"
	keyAttempt  = "attempt"
	keyAccount  = "account"
	dumpsFolder = "dumps"
)

func buildYear(ctx context.Context, s Scene) (drill.Drill, error) {
	p, err := openPostgres(ctx, s)
	if err != nil {
		return drill.Drill{}, err
	}
	y := years{postgres: p, wanted: s.Estate.Declaration.Params("backup.retention").Duration("for")}
	if y.from, err = p.instance(ctx); err != nil {
		return drill.Drill{}, err
	}
	copies, err := p.copies(ctx, y.from)
	if err != nil {
		return drill.Drill{}, err
	}
	if _, ok := pickCopy(copies, s.Now(), y.wanted); !ok {
		return drill.Drill{}, fmt.Errorf("%w: the Backup vault %s has no copies of %s yet: it takes one every week", ErrUnavailable, y.from.vault.Name, p.db.Server.Name)
	}
	if _, err := exec.LookPath(restoreProgram); err != nil {
		return drill.Drill{}, fmt.Errorf("%w: %s is not installed, and copies are loaded with it: install PostgreSQL's client programs (apt-get install postgresql-client)", ErrUnavailable, restoreProgram)
	}
	pace, group := p.pace(), s.Estate.Workbench.Name
	made := "a new empty server in " + group
	files := "a new storage account in " + group
	steps := []drill.Step{
		{
			Name: "declare", Phase: drill.Detect, Estimate: time.Second, Repeatable: true, On: []string{y.from.ID},
			Do: y.declare,
		},
		{
			Name: "account", Phase: drill.Provision, Estimate: 3 * pace.change, Repeatable: true, On: []string{files},
			Do: y.makeAccount,
		},
		{
			Name: "server", Phase: drill.Provision, Estimate: pace.start + 8*pace.change, Repeatable: true, On: []string{made},
			Do: y.makeServer,
		},
		{
			Name: "hand-out", Phase: drill.Copy, Estimate: pace.start + taking(p.size, pace.copying), Repeatable: true, On: []string{y.from.ID, files},
			Do: y.handOut,
		},
		{
			Name: "load", Phase: drill.Copy, Estimate: pace.change + taking(p.size, pace.loading), Repeatable: true, On: []string{files, made},
			Do: y.load,
		},
		{
			Name: "verify", Phase: drill.Verify, Estimate: pace.change + taking(p.size, pace.reading), Repeatable: true, On: []string{made},
			Do: y.verify,
		},
	}
	charge(steps, "account", func(d time.Duration) drill.Cents { return storing(p.size, d) })
	charge(steps, "server", func(d time.Duration) drill.Cents { return running(p.source, d) })
	return drill.Drill{Name: "year", Objective: yearObjective(s.Estate.Declaration), Steps: steps, Target: p.target()}, nil
}

func yearName(run *drill.Run) string { return run.Name("year", 63) }

// pickCopy is the copy to restore: of those that are as old as wanted the
// youngest, else the oldest there is.
func pickCopy(copies []longCopy, now time.Time, wanted time.Duration) (longCopy, bool) {
	if len(copies) == 0 {
		return longCopy{}, false
	}
	sorted := slices.SortedFunc(slices.Values(copies), func(a, b longCopy) int { return b.At.Compare(a.At) })
	for _, c := range sorted {
		if now.Sub(c.At) >= wanted {
			return c, true
		}
	}
	return sorted[len(sorted)-1], true
}

// reaches says whether a copy is as old as promised, give or take the time
// between two copies. Nobody can have copies from before the estate was there;
// age is the estate's, zero where it is not known.
func reaches(copied, wanted, age time.Duration) bool {
	if age > 0 {
		wanted = min(wanted, age)
	}
	return copied >= wanted-spacing
}

// declare fixes the failure and chooses the copy.
func (y years) declare(ctx context.Context, run *drill.Run) error {
	declared, err := run.DeclareFailure()
	if err != nil {
		return err
	}
	copies, err := y.copies(ctx, y.from)
	if err != nil {
		return err
	}
	chosen, ok := pickCopy(copies, declared, y.wanted)
	if !ok {
		return fmt.Errorf("the Backup vault %s has no copies of %s any more", y.from.vault.Name, y.db.Server.Name)
	}
	copied, age := declared.Sub(chosen.At), y.age(declared)
	check := drill.Check{Name: "reach", OK: reaches(copied, y.wanted, age)}
	check.Detail = fmt.Sprintf("the copy of %s is %s old, and %s is promised", instant(chosen.At), roughly(copied), promises.FormatDuration(y.wanted))
	if age > 0 && age < y.wanted {
		check.Detail += fmt.Sprintf("; the server itself has been there for %s only", roughly(age))
	}
	if !chosen.Taken.Equal(chosen.At) {
		check.Detail += fmt.Sprintf("; the rehearsal has dated it back, it was taken at %s", instant(chosen.Taken))
	}
	run.Say("%s", check.Detail)
	if err := run.Check(check); err != nil {
		return err
	}
	return run.Put(keyCopy, chosen)
}

// age is for how long the server has been there; zero where Azure does not tell.
// Its first backup is taken when it is made, so as long as no backup has expired
// the earliest one tells too.
func (y years) age(now time.Time) time.Duration {
	if d := y.source.SystemData; d != nil && d.CreatedAt != nil {
		return now.Sub(*d.CreatedAt)
	}
	b := y.source.Properties.Backup
	if b == nil || b.EarliestRestoreDate == nil {
		return 0
	}
	keeps := 7 * day // Azure's default
	if b.BackupRetentionDays != nil {
		keeps = time.Duration(*b.BackupRetentionDays) * day
	}
	if age := now.Sub(*b.EarliestRestoreDate); age < keeps-2*day {
		return max(age, time.Second)
	}
	return 0
}

// roughly writes a time that has passed in days, or finer where it is short.
func roughly(d time.Duration) string {
	if d < 2*day {
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%d days", d/day)
}

// makeServer makes an empty server that is like the source.
func (y years) makeServer(ctx context.Context, run *drill.Run) error {
	body := y.beside(run, y.source, "year", pg.CreateModeCreate)
	body.SKU = y.source.SKU
	p := body.Properties
	p.Version, p.AuthConfig = y.source.Properties.Version, y.source.Properties.AuthConfig
	if s := y.source.Properties.Storage; s != nil {
		p.Storage = &pg.Storage{StorageSizeGB: s.StorageSizeGB}
	}
	if err := y.provide(ctx, run, yearName(run), body); err != nil {
		return err
	}
	return y.equip(ctx, run, yearName(run))
}

// load makes the database anew and loads the dump into it.
func (y years) load(ctx context.Context, run *drill.Run) error {
	into, err := y.entrance(ctx, yearName(run))
	if err != nil {
		return err
	}
	if err := y.empty(ctx, yearName(run)); err != nil {
		return err
	}
	files, name, err := y.dump(ctx, run)
	if err != nil {
		return err
	}
	from, err := files.NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, cloud.Explain(err))
	}
	body := from.NewRetryReader(ctx, nil)
	defer func() { _ = body.Close() }() // it has been read, or its reading has failed
	if err := loadDump(ctx, into, body); err != nil {
		return fmt.Errorf("load %s into %s: %w", name, yearName(run), err)
	}
	return nil
}

// entrance is how PostgreSQL's own programs get into the database on a server.
func (y years) entrance(ctx context.Context, name string) (entrance, error) {
	host, err := y.host(ctx, name)
	if err != nil {
		return entrance{}, err
	}
	e := entrance{host: host, port: "5432", user: y.who.Login, database: y.db.Name}
	if h, p, err := net.SplitHostPort(host); err == nil {
		e.host, e.port = h, p
	}
	e.password, err = y.Cloud.DatabaseToken(ctx)
	return e, cloud.Explain(err)
}

// empty makes the database on a server, and drops it first where it is there.
func (y years) empty(ctx context.Context, name string) error {
	c, err := y.awaitDatabase(ctx, name, maintenance, true)
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	database := pgx.Identifier{y.db.Name}.Sanitize()
	for _, statement := range []string{"drop database if exists " + database + " with (force)", "create database " + database} {
		if _, err := c.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %s: %w", name, statement, err)
		}
	}
	return nil
}

// maintenance is the database that every server has.
const maintenance = "postgres"

// stale is how much older than its copy the newest heartbeat may be.
const stale = day

// verify looks at what was loaded: nobody knows any more what there was a year
// ago, but the heartbeat must be from then, the tables have rows, and the
// customer's queries answers.
func (y years) verify(ctx context.Context, run *drill.Run) error {
	var chosen longCopy
	if _, err := run.Get(keyCopy, &chosen); err != nil {
		return err
	}
	c, err := y.await(ctx, yearName(run), true)
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	// The vault dates a copy when it begins to take it.
	newest, checks, err := examine(ctx, c, y.queries, expected{Point: chosen.Taken.Add(dumping)})
	if err != nil {
		return err
	}
	checks[0] = judgeAge(checks[0], newest, chosen.Taken)
	there, err := manifest.TakeDatabase(ctx, c, y.queries)
	if err != nil {
		return fmt.Errorf("look at what was loaded: %w", err)
	}
	checks = append(checks, judgeLoaded(there))
	if err := record(run, newest, checks); err != nil {
		return err
	}
	return run.Verified()
}

// dumping is how long a vault may take for a copy.
const dumping = day

// judgeAge refuses a heartbeat that is much older than the copy it is in.
func judgeAge(check drill.Check, newest heartbeat.Beat, taken time.Time) drill.Check {
	if age := taken.Sub(newest.At); check.OK && age > stale {
		check.OK = false
		check.Detail += fmt.Sprintf("; that is %s before the copy was taken", roughly(age))
	}
	return check
}

// judgeLoaded says what was loaded.
func judgeLoaded(there *manifest.Database) drill.Check {
	rows := slices.ContainsFunc(there.Tables, func(t manifest.Table) bool {
		return t.Rows > 0 && !strings.HasPrefix(t.Name, "tillit.")
	})
	check := drill.Check{Name: "data", OK: rows, Detail: summary(there)}
	if !rows {
		check.Detail += ": no table of the application has rows"
	}
	return check
}
