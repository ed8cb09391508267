package runbooks

import (
	"context"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/promises"
)

// sqlYears is a drill on Azure SQL's long-term copies.
type sqlYears struct {
	*sqlWork
	wanted time.Duration
}

// sqlYear restores a long-term copy that is as old as the estate has promised to
// keep copies, to a server of the run's own: unlike a point in time, Azure SQL
// restores such a copy to any server of the subscription. Source:
// MicrosoftDocs/sql-docs azure-sql/database/long-term-retention-overview.md.
func sqlYear(ctx context.Context, s Scene) (drill.Drill, error) {
	w, err := openSQL(ctx, s)
	if err != nil {
		return drill.Drill{}, err
	}
	y := sqlYears{w, s.Estate.Declaration.Params("backup.retention").Duration("for")}
	copies, err := y.copies(ctx)
	if err != nil {
		return drill.Drill{}, err
	}
	if len(copies) == 0 {
		return drill.Drill{}, fmt.Errorf("%w: there are no long-term copies of %s yet: Azure takes the first one within a week", ErrUnavailable, w.db.Name)
	}
	made, pace := "a new server in "+s.Estate.Workbench.Name, w.pace()
	steps := []drill.Step{
		{Name: "declare", Phase: drill.Detect, Estimate: time.Second, Repeatable: true, On: []string{w.sourceID()}, Do: y.declare},
		{Name: "server", Phase: drill.Provision, Estimate: pace.start, Repeatable: true, On: []string{made}, Do: func(ctx context.Context, run *drill.Run) error {
			return y.provideServer(ctx, run, sqlSite{sqlName(run, "year"), w.db.Server.Region, w.server, w.db.Server.Group}, "year")
		}},
		{Name: "restore", Phase: drill.Copy, Estimate: pace.restores(w.size()), Repeatable: true, On: []string{made}, Do: y.restore},
		{Name: "verify", Phase: drill.Verify, Estimate: pace.change + taking(w.size(), pace.reading), Repeatable: true, On: []string{made}, Do: y.verify},
	}
	charge(steps, "restore", w.sqlRunning)
	return drill.Drill{Name: "year", Objective: yearObjective(s.Estate.Declaration), Steps: steps, Target: w.Cloud.Target(w.Estate.Workbench.Name)}, nil
}

// copies are the long-term copies of the database.
func (y sqlYears) copies(ctx context.Context) ([]longCopy, error) {
	var out []longCopy
	pager := y.Cloud.SQL.NewLongTermRetentionBackupsClient().NewListByResourceGroupDatabasePager(y.db.Server.Group, y.db.Server.Region, y.db.Server.Name, y.db.Name, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the long-term copies of %s: %w", y.db.Name, cloud.Explain(err))
		}
		for _, one := range page.Value {
			if one.ID == nil || one.Properties == nil || one.Properties.BackupTime == nil {
				continue
			}
			at := one.Properties.BackupTime.UTC()
			out = append(out, longCopy{ID: *one.ID, At: at, Taken: at})
		}
	}
	return out, nil
}

// declare fixes the failure and chooses the copy.
func (y sqlYears) declare(ctx context.Context, run *drill.Run) error {
	declared, err := run.DeclareFailure()
	if err != nil {
		return err
	}
	copies, err := y.copies(ctx)
	if err != nil {
		return err
	}
	chosen, ok := pickCopy(copies, declared, y.wanted)
	if !ok {
		return fmt.Errorf("there are no long-term copies of %s any more", y.db.Name)
	}
	copied, age := declared.Sub(chosen.At), time.Duration(0)
	if made := y.source.Properties.CreationDate; made != nil {
		age = declared.Sub(*made)
	}
	check := drill.Check{Name: "reach", OK: reaches(copied, y.wanted, age)}
	check.Detail = fmt.Sprintf("the copy of %s is %s old, and %s is promised", instant(chosen.At), roughly(copied), promises.FormatDuration(y.wanted))
	if age > 0 && age < y.wanted {
		check.Detail += fmt.Sprintf("; the database itself has been there for %s only", roughly(age))
	}
	run.Say("%s", check.Detail)
	if err := run.Check(check); err != nil {
		return err
	}
	return run.Put(keyCopy, chosen)
}

// restore has Azure restore the copy to the run's server.
func (y sqlYears) restore(ctx context.Context, run *drill.Run) error {
	var chosen longCopy
	if _, err := run.Get(keyCopy, &chosen); err != nil {
		return err
	}
	return y.provideDatabase(ctx, run, y.Estate.Workbench.Name, sqlName(run, "year"), y.db.Name, y.db.Server.Region, "year", armsql.DatabaseProperties{
		CreateMode: to(armsql.CreateModeRestoreLongTermRetentionBackup), LongTermRetentionBackupResourceID: &chosen.ID,
	})
}

// verify looks at what was restored: nobody knows any more what there was then,
// but the heartbeat must be from then, the tables have rows, and the customer's
// queries answers.
func (y sqlYears) verify(ctx context.Context, run *drill.Run) error {
	group, name := y.Estate.Workbench.Name, sqlName(run, "year")
	made, err := y.database(ctx, group, name, y.db.Name)
	if err != nil {
		return err
	}
	if err := run.Check(online(made)); err != nil {
		return err
	}
	if !y.db.Server.Data {
		return y.controlPlaneOnly()
	}
	var chosen longCopy
	if _, err := run.Get(keyCopy, &chosen); err != nil {
		return err
	}
	host, err := y.host(ctx, run, name, y.db.Server.ID, "year")
	if err != nil {
		return err
	}
	if err := y.examine(ctx, run, host, y.db.Name, sqlSums{}, expected{Point: chosen.At}); err != nil {
		return err
	}
	return run.Verified()
}
