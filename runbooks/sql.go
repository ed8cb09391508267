package runbooks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/manifest"
)

// sqlWork is an Azure SQL database that a drill works on. What the drills ask of
// the Resource Manager is tried against a rehearsal. What they ask of the data is
// not: nothing that could be put behind a rehearsed Azure SQL speaks its protocol.
type sqlWork struct {
	Scene
	db      estate.Database
	who     cloud.Identity
	server  *armsql.Server
	source  *armsql.Database
	queries []manifest.Query
}

// openSQL looks at the database that the scene names.
func openSQL(ctx context.Context, s Scene) (*sqlWork, error) {
	db, err := s.Estate.Database(s.Database)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if db.Means != meansSQL {
		return nil, fmt.Errorf("%w: %s is kept by the means %q, and this drill restores Azure SQL", ErrUnavailable, db.Server.Name, db.Means)
	}
	if s.Estate.Workbench.Name == "" {
		return nil, fmt.Errorf("%w: the estate has no resource group for drills: promise backup.tested and deploy it again", ErrUnavailable)
	}
	w := &sqlWork{Scene: s, db: *db}
	checks := s.Estate.Declaration.Settings.Checks
	for _, name := range slices.Sorted(maps.Keys(checks)) {
		w.queries = append(w.queries, manifest.Query{Name: name, SQL: checks[name]})
	}
	if w.who, err = s.Cloud.Who(ctx); err != nil {
		return nil, cloud.Explain(err)
	}
	if w.server, err = w.look(ctx, db.Server.Group, db.Server.Name); err != nil {
		return nil, err
	}
	if w.source, err = w.database(ctx, db.Server.Group, db.Server.Name, db.Name); err != nil {
		return nil, err
	}
	return w, nil
}

// sourceID is the id of the estate's database.
func (w *sqlWork) sourceID() string { return w.db.Server.ID + "/databases/" + w.db.Name }

// look reads a server.
func (w *sqlWork) look(ctx context.Context, group, name string) (*armsql.Server, error) {
	got, err := w.Cloud.SQL.NewServersClient().Get(ctx, group, name, nil)
	if err != nil {
		return nil, fmt.Errorf("read server %s: %w", name, cloud.Explain(err))
	}
	if got.Properties == nil {
		return nil, fmt.Errorf("read server %s: Azure tells nothing of it", name)
	}
	return &got.Server, nil
}

// database reads a database.
func (w *sqlWork) database(ctx context.Context, group, server, name string) (*armsql.Database, error) {
	got, err := w.Cloud.SQL.NewDatabasesClient().Get(ctx, group, server, name, nil)
	if err != nil {
		return nil, fmt.Errorf("read database %s of %s: %w", name, server, cloud.Explain(err))
	}
	if got.Properties == nil {
		return nil, fmt.Errorf("read database %s of %s: Azure tells nothing of it", name, server)
	}
	return &got.Database, nil
}

// sqlSite is a server of the run's own: where it stands and which of the estate's
// it is like.
type sqlSite struct {
	name   string
	region string
	like   *armsql.Server
	group  string // of the one that it is like
}

// provideServer makes a server in the workbench whose one administrator is the
// drills' identity, with the keys of the one that it is like: a copy of a database
// can be read only where its key can be. A server that the run has made already is
// written again, which changes nothing.
func (w *sqlWork) provideServer(ctx context.Context, run *drill.Run, at sqlSite, purpose string) error {
	bench := w.Estate.Workbench.Name
	there, err := w.look(ctx, bench, at.name)
	switch {
	case err == nil && text(there.Tags[drill.MarkerTag]) != run.Marker():
		return fmt.Errorf("server %s is not of this run", at.name)
	case err != nil && !errors.Is(err, cloud.ErrNotFound):
		return err
	}
	body := w.described(run, at, purpose)
	for gap := 50 * time.Millisecond; ; gap = min(2*gap, 10*time.Second) {
		poller, err := w.Cloud.SQL.NewServersClient().BeginCreateOrUpdate(ctx, bench, at.name, body, nil)
		_, err = cloud.Done(ctx, poller, err)
		switch {
		case err == nil:
			return w.shareKeys(ctx, at)
		case !underWay(err) || gap >= 10*time.Second:
			return fmt.Errorf("make server %s: %w", at.name, cloud.Explain(err))
		}
		if err := wait(ctx, gap); err != nil {
			return err
		}
	}
}

// underWay reports a refusal because the resource is being changed, as it is when
// a run was cut off and is taken up again at once.
func underWay(err error) bool {
	var refused *azcore.ResponseError
	return errors.As(err, &refused) && slices.Contains([]string{"AnotherOperationInProgress", "ConflictingServerOperation", "ConflictingDatabaseOperation"}, refused.ErrorCode)
}

// described is a server of the run that is like one of the estate's.
func (w *sqlWork) described(run *drill.Run, at sqlSite, purpose string) armsql.Server {
	like := at.like.Properties
	body := armsql.Server{
		Location: &at.region, Tags: w.tags(run, purpose),
		Properties: &armsql.ServerProperties{
			Administrators: &armsql.ServerExternalAdministrator{
				AdministratorType: to(armsql.AdministratorTypeActiveDirectory), AzureADOnlyAuthentication: to(true), PrincipalType: to(armsql.PrincipalTypeApplication),
				Login: &w.who.Login, Sid: &w.who.ObjectID, TenantID: &w.who.Tenant,
			},
			MinimalTLSVersion: to("1.2"), Version: to("12.0"), PublicNetworkAccess: like.PublicNetworkAccess, RestrictOutboundNetworkAccess: like.RestrictOutboundNetworkAccess,
			KeyID: like.KeyID, PrimaryUserAssignedIdentityID: like.PrimaryUserAssignedIdentityID,
		},
	}
	if identity := at.like.Identity; identity != nil && len(identity.UserAssignedIdentities) > 0 {
		body.Identity = &armsql.ResourceIdentity{Type: to(armsql.IdentityTypeUserAssigned), UserAssignedIdentities: map[string]*armsql.UserIdentity{}}
		for id := range identity.UserAssignedIdentities {
			body.Identity.UserAssignedIdentities[id] = &armsql.UserIdentity{}
		}
	}
	return body
}

// shareKeys gives a server of the run the keys that the one it is like can read.
func (w *sqlWork) shareKeys(ctx context.Context, at sqlSite) error {
	keys := w.Cloud.SQL.NewServerKeysClient()
	pager := keys.NewListByServerPager(at.group, text(at.like.Name), nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the keys of %s: %w", text(at.like.Name), cloud.Explain(err))
		}
		for _, key := range page.Value {
			if p := key.Properties; p == nil || p.ServerKeyType == nil || *p.ServerKeyType != armsql.ServerKeyTypeAzureKeyVault || key.Name == nil {
				continue
			}
			poller, err := keys.BeginCreateOrUpdate(ctx, w.Estate.Workbench.Name, at.name, *key.Name, armsql.ServerKey{
				Properties: &armsql.ServerKeyProperties{ServerKeyType: key.Properties.ServerKeyType, URI: key.Properties.URI},
			}, nil)
			if _, err := cloud.Done(ctx, poller, err); err != nil {
				return fmt.Errorf("give %s the key %s: %w", at.name, *key.Name, cloud.Explain(err))
			}
		}
	}
	return nil
}

// provideDatabase makes a database, unless the run has made it before it was cut
// off; then it waits until that one is online.
func (w *sqlWork) provideDatabase(ctx context.Context, run *drill.Run, group, server, name, region, purpose string, properties armsql.DatabaseProperties) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience+azurePace.most, fmt.Errorf("database %s of %s is not online after %v", name, server, patience+azurePace.most))
	defer cancel()
	for gap := 50 * time.Millisecond; ; gap = min(2*gap, 10*time.Second) {
		there, err := w.database(ctx, group, server, name)
		switch {
		case errors.Is(err, cloud.ErrNotFound):
			body := armsql.Database{Location: &region, Tags: w.tags(run, purpose), Properties: &properties}
			poller, err := w.Cloud.SQL.NewDatabasesClient().BeginCreateOrUpdate(ctx, group, server, name, body, nil)
			if _, err := cloud.Done(ctx, poller, err); err != nil {
				return fmt.Errorf("make database %s of %s: %w", name, server, cloud.Explain(err))
			}
			continue
		case err != nil:
			return err
		case text(there.Tags[drill.MarkerTag]) != run.Marker():
			return fmt.Errorf("database %s of %s is not of this run", name, server)
		case there.Properties.Status != nil && *there.Properties.Status == armsql.DatabaseStatusOnline:
			return nil
		}
		if err := wait(ctx, gap); err != nil {
			return err
		}
	}
}

// host is where a server of the run is reached: beside the one that it is like.
func (w *sqlWork) host(ctx context.Context, run *drill.Run, server, like, purpose string) (string, error) {
	made, err := w.look(ctx, w.Estate.Workbench.Name, server)
	if err != nil {
		return "", err
	}
	return text(made.Properties.FullyQualifiedDomainName), w.endpoint(ctx, run, like, text(made.ID), way{server, "sqlServer", purpose})
}

// controlPlaneOnly ends a drill where there is no data behind the server's name.
func (w *sqlWork) controlPlaneOnly() error {
	return fmt.Errorf("%w: control plane only, the endpoint has no data behind %s", drill.ErrUnmeasured, w.db.Server.Name)
}

// Prices, as those of PostgreSQL: cents for a core and hour, by tier.
var sqlPerCore = map[string]float64{"GeneralPurpose": 16, "BusinessCritical": 42, "Hyperscale": 22}

// sqlRunning is what a database costs for a time. A size that is not counted in
// cores is taken for an expensive one.
func (w *sqlWork) sqlRunning(d time.Duration) drill.Cents {
	hourly := 16.0 * 100
	if sku := w.source.SKU; sku != nil && sku.Capacity != nil && sqlPerCore[text(sku.Tier)] > 0 {
		hourly = float64(*sku.Capacity) * sqlPerCore[text(sku.Tier)]
	}
	return drill.Cents(math.Ceil(hourly * hours(d)))
}

func (w *sqlWork) pace() pace {
	if w.Cloud.Rehearsal {
		return rehearsalPace
	}
	return azurePace
}

// size is how large the database may be, in bytes.
func (w *sqlWork) size() int64 {
	if p := w.source.Properties; p.MaxSizeBytes != nil {
		return *p.MaxSizeBytes
	}
	return 32 << 30
}

// sqlName is a name for a server of the run: small letters, digits and dashes.
func sqlName(run *drill.Run, what string) string { return strings.ToLower(run.Name(what, 63)) }
