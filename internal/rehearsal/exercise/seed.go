package exercise

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/seed"
)

// Data is how much made-up data an estate is given.
type Data struct {
	Entries   int // rows of bookkeeping in each database, about 150 bytes each
	Documents int // in each container of documents
	Sealed    int // in each container of final ones
}

// Small is enough for a rehearsal.
var Small = Data{Entries: 100_000, Documents: 100, Sealed: 25}

// Seed gives the estate data, and the drills the rights that its administrators
// give them once. It says how much there is now.
func (e *Exercise) Seed(ctx context.Context, d Data) (rows, blobs int, err error) {
	if rows, err = e.seedDatabases(ctx, d.Entries); err != nil {
		return rows, 0, err
	}
	blobs, err = e.seedAccounts(ctx, d)
	return rows, blobs, err
}

// seedDatabases fills every PostgreSQL database that is not a copy, signed in as
// its administrator. Of two that are kept apart the drills get into the financial one
// only.
func (e *Exercise) seedDatabases(ctx context.Context, entries int) (rows int, err error) {
	for _, id := range e.of("Microsoft.DBforPostgreSQL/flexibleServers/administrators") {
		properties, _ := e.Rehearsal.Azure.Body(id)["properties"].(map[string]any)
		login, _ := properties["principalName"].(string)
		server, _, _ := strings.Cut(id, "/administrators/")
		tags, _ := e.Rehearsal.Azure.Body(server)["tags"].(map[string]any)
		if tags["purpose"] != "identity" {
			if err := e.setUp(ctx, e.named(login)); err != nil {
				return rows, err
			}
		}
		if err := e.seedRows(ctx, server, login, entries); err != nil {
			return rows, err
		}
		rows += entries
	}
	return rows, nil
}

// setUp makes the table of heartbeats, as the database's administrator.
func (e *Exercise) setUp(ctx context.Context, administrator string) error {
	defer e.Rehearsal.Azure.Trust(administrator)()
	_, err := e.Runbook(ctx, administrator, "heartbeat", "--setup")
	return err
}

// Age takes a copy of every database that a Backup vault protects, as it is now,
// and dates it back by an age: nobody waits a year in a rehearsal. Each copy says so.
func (e *Exercise) Age(ctx context.Context, age time.Duration) (copies int, err error) {
	for _, id := range e.of("Microsoft.DataProtection/backupVaults/backupInstances") {
		properties, _ := e.Rehearsal.Azure.Body(id)["properties"].(map[string]any)
		source, _ := properties["dataSourceInfo"].(map[string]any)
		kind, _ := source["datasourceType"].(string)
		if !strings.EqualFold(kind, "Microsoft.DBforPostgreSQL/flexibleServers") {
			continue
		}
		if err := e.Rehearsal.Azure.Vaults.Copy(ctx, id, clock.Now().Add(-age)); err != nil {
			return copies, fmt.Errorf("take an old copy: %w", err)
		}
		copies++
	}
	return copies, nil
}

// named is the id of the identity with a name.
func (e *Exercise) named(name string) string {
	for _, id := range e.of("Microsoft.ManagedIdentity/userAssignedIdentities") {
		if strings.EqualFold(path.Base(id), name) {
			return id
		}
	}
	return ""
}

func (e *Exercise) seedRows(ctx context.Context, server, login string, entries int) error {
	body, _ := e.Rehearsal.Azure.Body(server)["properties"].(map[string]any)
	host, _ := body["fullyQualifiedDomainName"].(string)
	address := url.URL{Scheme: "postgres", Host: host, Path: "/main", User: url.User(login)}
	config, err := pgx.ParseConfig(address.String())
	if err != nil {
		return fmt.Errorf("sign in to %s: %w", path.Base(server), err)
	}
	config.Password, config.TLSConfig = e.Rehearsal.Azure.Password(), e.trust()
	config.TLSConfig.ServerName, _, _ = strings.Cut(host, ":")
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("sign in to %s as %s: %w", path.Base(server), login, err)
	}
	return errors.Join(seed.Rows(ctx, conn, entries), conn.Close(context.WithoutCancel(ctx)))
}

// seedAccounts puts documents where documents are kept, and sealed ones where
// they stay.
func (e *Exercise) seedAccounts(ctx context.Context, d Data) (blobs int, err error) {
	for _, id := range e.of("Microsoft.Storage/storageAccounts/blobServices/containers") {
		account, _, _ := strings.Cut(id, "/blobServices/")
		tags, _ := e.Rehearsal.Azure.Body(account)["tags"].(map[string]any)
		n := d.Documents
		switch {
		case tags["class"] != "documents":
			continue
		case tags["purpose"] == "archive":
			n = d.Sealed
		case tags["purpose"] != "documents":
			continue
		}
		client, err := service.NewClient(e.Rehearsal.Azure.Blobs.Endpoint(path.Base(account)), static(e.Rehearsal.Azure.Token()), &service.ClientOptions{
			ClientOptions: policy.ClientOptions{Transport: &http.Client{Transport: &http.Transport{TLSClientConfig: e.trust()}}},
		})
		if err != nil {
			return blobs, err
		}
		if err := seed.Documents(ctx, client.NewContainerClient(path.Base(id)), n, tags["purpose"] == "archive"); err != nil {
			return blobs, err
		}
		blobs += n
	}
	return blobs, nil
}

// trust is the rehearsal's own authority and nobody else.
func (e *Exercise) trust() *tls.Config {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(e.Rehearsal.Azure.CA())
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// static is a credential that has its token.
type static string

func (s static) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: clock.Now().Add(time.Hour)}, nil
}
