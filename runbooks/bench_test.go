package runbooks

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/manifest"
)

// What is measured is large where nothing else is said.
var (
	gigabytes   = flag.Float64("gigabytes", 1, "how large the database is that BenchmarkRestore restores, at least")
	benchSites  = flag.Int("sites", 20, "how many estates BenchmarkTwenty has")
	benchSample = flag.Int("sample", 5, "of how many of them the drills run one by one")
)

// Wanted of the drills.
const (
	allowedOver = 0.10 // of the time by hand, with allowedMore what a drill may take longer
	allowedMore = time.Second
	wantedRatio = 0.25 // of all drills at once to one by one
)

// BenchmarkRestore restores a large database by the drill and by hand in turn, from
// the moment when the failure is declared until the data have been compared. The
// newest backup has all the data, so that next to no log is replayed.
func BenchmarkRestore(b *testing.B) {
	s := newSite(b, "bench-restore", promised)
	size := s.enlarge(b, int64(*gigabytes*1e9))
	var byDrill, byHand time.Duration
	measure := []func(){
		func() { byDrill += s.drilled(b) },
		func() { byHand += s.restoredByHand(b) },
	}
	rounds := 0
	for b.Loop() {
		for _, one := range measure {
			one()
		}
		slices.Reverse(measure)
		rounds++
	}
	byDrill, byHand = byDrill/time.Duration(rounds), byHand/time.Duration(rounds)
	allowed := time.Duration(float64(byHand)*allowedOver) + allowedMore
	b.ReportMetric(float64(size)/1e6, "database-MB")
	b.ReportMetric(byDrill.Seconds(), "drill-s")
	b.ReportMetric(byHand.Seconds(), "byhand-s")
	b.ReportMetric((byDrill - byHand).Seconds(), "over-s")
	b.ReportMetric(allowed.Seconds(), "allowed-over-s")
	b.ReportMetric(byDrill.Seconds()/byHand.Seconds(), "ratio")
	if over := byDrill - byHand; over > allowed {
		b.Logf("the drill takes %v longer than by hand, more than %v", over, allowed)
	}
}

// enlarge fills the database until it has so many bytes, backs it up, and returns
// how many it has.
func (s *site) enlarge(b *testing.B, want int64) (size int64) {
	b.Helper()
	const row = 600 // bytes, about
	run(b, s.admin, "create table entries (id bigserial primary key, at timestamptz, amount numeric, text text)")
	for size < want {
		run(b, s.admin, fmt.Sprintf(`insert into entries (at, amount, text)
			select timestamptz '2026-01-01' + i * interval '1 second', i * 0.25, (select string_agg(md5(concat_ws('/', i, j, random())), '') from generate_series(1, 16) j)
			from generate_series(1, %d) i`, want/10/row+1))
		if err := s.admin.QueryRow(b.Context(), "select pg_database_size(current_database())").Scan(&size); err != nil {
			b.Fatal(err)
		}
	}
	// A backup waits a minute for the log, which may take longer than that to be
	// archived after so much.
	err := errors.Join(
		s.server.Exec(b.Context(), "main", "vacuum (freeze, analyze)", "select pg_switch_wal()",
			"do $$ begin while exists (select from pg_ls_archive_statusdir() where name like '%.ready') loop perform pg_sleep(0.1); end loop; end $$"),
		s.server.Backup(b.Context()),
	)
	if err != nil {
		b.Fatal(err)
	}
	backups, err := s.server.Backups(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	// An instant in the second in which it ended would be restored from the one
	// before it.
	for after := backups[len(backups)-1].Stop.Add(2 * time.Second); clock.Now().Before(after); {
		if err := wait(b.Context(), 50*time.Millisecond); err != nil {
			b.Fatal(err)
		}
	}
	return size
}

// drilled runs the drill and returns its recovery time.
func (s *site) drilled(b *testing.B) time.Duration {
	b.Helper()
	result, err := s.pass(b.Context(), benchOptions(b))
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(result.Time.Seconds * float64(time.Second))
}

// pass runs a drill that has to pass.
func (s *site) pass(ctx context.Context, o drill.Options) (*drill.Result, error) {
	d, err := pitr().Build(ctx, s.scene())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	result, err := drill.Start(ctx, o, d)
	if err == nil && (result.Outcome != evidence.Passed || result.Time == nil) {
		err = fmt.Errorf("the drill has %s: %s", result.Outcome, result.Cause)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	return result, nil
}

// benchOptions are those of runs that may take as long as they need.
func benchOptions(b *testing.B) drill.Options {
	b.Helper()
	o := options(b)
	o.TimeCap, o.CleanUpCap, o.Progress = time.Hour, time.Hour, nil
	return o
}

// restoredByHand does what the drill does without it: it restores the server, sets
// its parameters, and compares the data.
func (s *site) restoredByHand(b *testing.B) time.Duration {
	b.Helper()
	ctx, at := b.Context(), connectAs(b, s.cloud, s.server, login, "main")
	var queries []manifest.Query
	for name, sql := range s.estate.Declaration.Settings.Checks {
		queries = append(queries, manifest.Query{Name: name, SQL: sql})
	}
	m, err := manifest.TakeDatabase(ctx, at, queries)
	if err != nil {
		b.Fatal(err)
	}
	hangUp(ctx, at)
	began := clock.Now()
	server, err := rehearsed.Hosts.Restore(ctx, s.name+"-by-hand", s.name, m.At, began)
	if err != nil {
		b.Fatal(err)
	}
	for parameter, value := range overrides {
		if err := server.Parameter(ctx, parameter, value); err != nil {
			b.Fatal(err)
		}
	}
	c := connectAs(b, s.cloud, server, login, "main") // it can be written to by now
	differences, err := m.Compare(ctx, c, queries)
	took := clock.Since(began)
	hangUp(ctx, c)
	if err = errors.Join(err, server.Delete(ctx)); err != nil || len(differences) > 0 {
		b.Fatalf("%v, %v", differences, err)
	}
	return took
}

// BenchmarkTwenty runs the drills of many estates at once, and of a sample of them
// one by one. Both are from the beginning of the runs to the end of their clean-ups.
func BenchmarkTwenty(b *testing.B) {
	sites := manySites(b, *benchSites)
	sample := sites[:min(*benchSample, len(sites))]
	var together, oneByOne time.Duration
	rounds := 0
	for b.Loop() {
		began := clock.Now()
		drillAll(b, sites, len(sites))
		together += clock.Since(began)
		began = clock.Now()
		drillAll(b, sample, 1)
		oneByOne += clock.Since(began) * time.Duration(len(sites)) / time.Duration(len(sample))
		rounds++
	}
	together, oneByOne = together/time.Duration(rounds), oneByOne/time.Duration(rounds)
	name := "one-by-one-s"
	if len(sample) < len(sites) {
		name += fmt.Sprintf("-from-%d", len(sample))
	}
	ratio := together.Seconds() / oneByOne.Seconds()
	b.ReportMetric(float64(len(sites)), "estates")
	b.ReportMetric(together.Seconds(), "together-s")
	b.ReportMetric(oneByOne.Seconds(), name)
	b.ReportMetric(ratio, "ratio")
	b.ReportMetric(wantedRatio, "wanted-ratio")
	if ratio > wantedRatio {
		b.Logf("%.2f of the time of one by one, more than %.2f", ratio, wantedRatio)
	}
}

// manySites makes sites, each with a server of its own.
func manySites(b *testing.B, n int) []*site {
	b.Helper()
	at := connected(b)
	sites := make([]*site, n)
	for i := range sites {
		sites[i] = &site{name: fmt.Sprintf("bench-%02d", i), cloud: at}
	}
	if err := each(sites, n, func(s *site) error { return s.deploy(b.Context()) }); err != nil {
		b.Fatal(err)
	}
	for _, s := range sites {
		s.settle(b, promised)
		s.restorable(b)
	}
	return sites
}

// drillAll runs the drills of sites, so many of them at once.
func drillAll(b *testing.B, sites []*site, atOnce int) {
	b.Helper()
	o := benchOptions(b)
	if err := each(sites, atOnce, func(s *site) error {
		own := o
		own.Dir = filepath.Join(o.Dir, s.name)
		_, err := s.pass(b.Context(), own)
		return err
	}); err != nil {
		b.Fatal(err)
	}
}

// each does something with every site, so many of them at once, and returns what
// went wrong.
func each(sites []*site, atOnce int, do func(*site) error) error {
	failures := make([]error, len(sites))
	places := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, s := range sites {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			failures[i] = do(s)
		})
	}
	all.Wait()
	return errors.Join(failures...)
}
