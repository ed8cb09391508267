package stacks

import (
	"errors"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/database"
	"github.com/tillit-dev/tillit/modules/drills"
	"github.com/tillit-dev/tillit/promises"
)

// blobContributor is Storage Blob Data Contributor, by its id in
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles.
const blobContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"

// scheduled names the drills that the promises call for, as far as the drills'
// identity can carry them out. Tamper is not among them: it takes an
// administrator's rights, and is run by hand.
func scheduled(d *promises.Declaration) []string {
	if !d.Has("backup.tested") {
		return nil
	}
	names := []string{"controls", "pitr"}
	if d.Has("backup.interval") || d.Has("backup.immutable") || d.Has("data.sealed") {
		names = append(names, "documents")
	}
	if d.Has("continuity.plan") || d.Has("continuity.standby") {
		names = append(names, "region")
	}
	if d.Has("backup.retention") {
		names = append(names, "year")
	}
	slices.Sort(names)
	return names
}

func (e *estate) exercises() error {
	s, err := e.site("drills", e.where.primary)
	if err != nil {
		return err
	}
	args := drills.Args{
		Site:      s,
		Image:     e.d.Settings.Images["runbook"],
		Every:     e.d.Params("backup.tested").Duration("every"),
		Drills:    scheduled(e.d),
		Network:   e.network,
		Identity:  e.identity,
		Watch:     e.watch,
		Redundant: e.d.Has("continuity.redundant"),
	}
	if len(args.Drills) > 0 {
		if args.Image == "" {
			return errors.New("tillit:settings: images: runbook: name the image that runs the promised drills")
		}
		if err := errors.Join(e.reach(&args), e.join(&args)); err != nil {
			return err
		}
	}
	if e.drills, err = drills.New(e.ctx, "drills", args); err != nil {
		return err
	}
	e.components = append(e.components, e.drills)
	if e.database.Means != database.Postgres || !slices.Contains(args.Drills, "year") {
		return nil
	}
	// The vault writes a copy of a PostgreSQL server as files, under its own identity.
	role, err := e.identity.Assign(e.ctx, "backup-drills", e.backup.PrincipalID, "ServicePrincipal", blobContributor, e.drills.Workbench)
	e.components = append(e.components, role)
	return err
}

// reach says what the drills read. Of two databases that are kept apart it is the
// first only: no identity may reach both.
func (e *estate) reach(args *drills.Args) error {
	away := e.where.standby != "" && slices.Contains(args.Drills, "region")
	args.Reach = []pulumi.StringInput{e.documents.AccountID, e.backup.RecoveryVaultID, e.backup.BackupVaultID}
	args.Beat = []pulumi.StringInput{e.documents.AccountID}
	args.Blobs = []pulumi.StringInput{e.documents.AccountID}
	if e.where.standby != "" {
		args.Reach = append(args.Reach, e.documents.StandbyID)
		args.Blobs = append(args.Blobs, e.documents.StandbyID)
	}
	if e.d.Has("backup.immutable") || e.d.Has("data.sealed") {
		args.Reach = append(args.Reach, e.documents.ArchiveID)
		args.Blobs = append(args.Blobs, e.documents.ArchiveID)
	}
	if e.database.Means == database.SQL {
		// Long-term copies are read in the server's resource group.
		home := e.database.Site
		args.ReadSQL = []pulumi.StringInput{pulumi.Sprintf("%s/resourceGroups/%s", home.SubscriptionID(), home.Group)}
		args.SQL = []pulumi.StringInput{e.database.ServerID}
		if away {
			args.ReadSQL = append(args.ReadSQL, e.database.StandbyID)
		}
	} else {
		args.Reach = append(args.Reach, e.database.ServerID)
		if away {
			args.Reach = append(args.Reach, e.database.StandbyID)
		}
	}
	for _, region := range e.where.data {
		if archive, ok := e.watch.Archives[region]; ok {
			args.Look = append(args.Look, archive.AccountID)
		}
	}
	for _, v := range e.vaultList {
		args.Look = append(args.Look, v.keys.VaultID)
	}
	if !e.private() {
		return nil
	}
	for _, region := range e.beside(args.Drills) {
		s, err := e.site("network", region)
		if err != nil {
			return err
		}
		args.Look = append(args.Look, pulumi.Sprintf("%s/resourceGroups/%s", s.SubscriptionID(), s.Group))
	}
	return nil
}

// join says what the drills put beside what is there.
func (e *estate) join(args *drills.Args) error {
	args.Join = slices.Clone(e.database.Join)
	if e.where.standby != "" && slices.Contains(args.Drills, "region") {
		args.Join = append(args.Join, e.database.JoinStandby...)
	}
	if e.dataKeys() != nil {
		args.Join = append(args.Join, e.identity.Workloads["documents"].ID)
	}
	if !e.private() {
		return nil
	}
	for _, region := range e.beside(args.Drills) {
		subnet, err := e.network.Subnet(region, "endpoints")
		if err != nil {
			return err
		}
		args.Join = append(args.Join, subnet)
	}
	groups := []string{"blob"}
	if e.database.Means == database.SQL {
		groups = append(groups, "sqlServer")
	}
	for _, group := range groups {
		zone, err := e.network.Zone(group)
		if err != nil {
			return err
		}
		args.Join = append(args.Join, zone)
	}
	return nil
}

// beside are the regions in which a run makes private endpoints: where the
// documents are and, for Azure SQL, where the standby is too.
func (e *estate) beside(names []string) []string {
	if e.database.Means == database.SQL && e.where.standby != "" && slices.Contains(names, "region") {
		return e.where.built
	}
	return e.where.built[:1]
}
