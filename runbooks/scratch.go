package runbooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
)

// scratch is a storage account of the run's own.
type scratch struct {
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`
}

// keyScratch is what the account is kept under for later steps.
const keyScratch = "scratch"

// kept reads the account that an earlier step has made.
func (s *scratch) kept(run *drill.Run) error {
	found, err := run.Get(keyScratch, s)
	if err == nil && !found {
		err = fmt.Errorf("run %s has made no storage account", run.ID)
	}
	return err
}

// makeScratch makes an account for copies of documents: closed, encrypted and
// reached as the source is, with the same containers, one copy of each block, and
// everything that point-in-time restore needs.
func makeScratch(ctx context.Context, scene Scene, run *drill.Run, source *estate.Account, containers []string) error {
	accounts := scene.Cloud.Storage.NewAccountsClient()
	like, err := accounts.GetProperties(ctx, source.Group, source.Name, nil)
	if err != nil {
		return fmt.Errorf("read the account %s: %w", source.Name, cloud.Explain(err))
	}
	bench, name := scene.Estate.Workbench, strings.ReplaceAll(run.Name("docs", 24), "-", "")
	run.Say("making the storage account %s", name)
	var made armstorage.AccountsClientCreateResponse
	err = patiently(ctx, func() error {
		poller, err := accounts.BeginCreate(ctx, bench.Name, name, scratchAccount(bench.Region, like.Account, scene.tags(run, "documents")), nil)
		made, err = cloud.Done(ctx, poller, err)
		return err
	})
	if err != nil {
		return fmt.Errorf("make the storage account %s: %w", name, cloud.Explain(err))
	}
	if made.ID == nil || made.Properties == nil || made.Properties.PrimaryEndpoints == nil || made.Properties.PrimaryEndpoints.Blob == nil {
		return fmt.Errorf("the storage account %s has no address for blobs", name)
	}
	if err := scene.private(ctx, run, source.ID, *made.ID); err != nil {
		return err
	}
	err = patiently(ctx, func() error {
		_, err := scene.Cloud.Storage.NewBlobServicesClient().SetServiceProperties(ctx, bench.Name, name, pointInTime(), nil)
		return err
	})
	if err != nil {
		return fmt.Errorf("switch on point-in-time restore of %s: %w", name, cloud.Explain(err))
	}
	for _, c := range containers {
		err := patiently(ctx, func() error {
			_, err := scene.Cloud.Storage.NewBlobContainersClient().Create(ctx, bench.Name, name, c, armstorage.BlobContainer{
				ContainerProperties: &armstorage.ContainerProperties{PublicAccess: to(armstorage.PublicAccessNone)},
			}, nil)
			return err
		})
		if err != nil {
			return fmt.Errorf("make the container %s of %s: %w", c, name, cloud.Explain(err))
		}
	}
	return run.Put(keyScratch, scratch{name, *made.Properties.PrimaryEndpoints.Blob})
}

// scratchAccount describes the account. Its keys and its closedness are the
// source's: copies of documents lie in it.
func scratchAccount(region string, like armstorage.Account, tags map[string]*string) armstorage.AccountCreateParameters {
	a := armstorage.AccountCreateParameters{
		Kind: to(armstorage.KindStorageV2), Location: &region, Tags: tags,
		SKU: &armstorage.SKU{Name: to(armstorage.SKUNameStandardLRS)},
		Properties: &armstorage.AccountPropertiesCreateParameters{
			AccessTier:                  to(armstorage.AccessTierHot),
			AllowBlobPublicAccess:       to(false),
			AllowCrossTenantReplication: to(false),
			AllowSharedKeyAccess:        to(false),
			EnableHTTPSTrafficOnly:      to(true),
			IsLocalUserEnabled:          to(false),
			MinimumTLSVersion:           to(armstorage.MinimumTLSVersionTLS12),
		},
	}
	if like.Identity != nil && len(like.Identity.UserAssignedIdentities) > 0 {
		a.Identity = &armstorage.Identity{Type: to(armstorage.IdentityTypeUserAssigned), UserAssignedIdentities: map[string]*armstorage.UserAssignedIdentity{}}
		for id := range like.Identity.UserAssignedIdentities {
			a.Identity.UserAssignedIdentities[id] = &armstorage.UserAssignedIdentity{}
		}
	}
	if p := like.Properties; p != nil {
		a.Properties.PublicNetworkAccess = p.PublicNetworkAccess
		if p.NetworkRuleSet != nil {
			a.Properties.NetworkRuleSet = &armstorage.NetworkRuleSet{DefaultAction: p.NetworkRuleSet.DefaultAction, Bypass: p.NetworkRuleSet.Bypass}
		}
		a.Properties.Encryption = encryptedLike(p.Encryption)
	}
	return a
}

func encryptedLike(e *armstorage.Encryption) *armstorage.Encryption {
	if e == nil {
		return nil
	}
	out := &armstorage.Encryption{
		KeySource: e.KeySource, RequireInfrastructureEncryption: e.RequireInfrastructureEncryption, EncryptionIdentity: e.EncryptionIdentity,
		Services: &armstorage.EncryptionServices{Blob: &armstorage.EncryptionService{Enabled: to(true), KeyType: to(armstorage.KeyTypeAccount)}},
	}
	if k := e.KeyVaultProperties; k != nil {
		out.KeyVaultProperties = &armstorage.KeyVaultProperties{KeyName: k.KeyName, KeyVaultURI: k.KeyVaultURI}
	}
	return out
}

// pointInTime is what a blob service must have to be restored to a moment: soft
// delete that outlasts the window, versions and a change feed.
func pointInTime() armstorage.BlobServiceProperties {
	return armstorage.BlobServiceProperties{BlobServiceProperties: &armstorage.BlobServicePropertiesProperties{
		IsVersioningEnabled:   to(true),
		ChangeFeed:            &armstorage.ChangeFeed{Enabled: to(true)},
		DeleteRetentionPolicy: &armstorage.DeleteRetentionPolicy{Enabled: to(true), Days: to[int32](2)},
		RestorePolicy:         &armstorage.RestorePolicyProperties{Enabled: to(true), Days: to[int32](1)},
	}}
}

// covered waits until point-in-time restore reaches back to now: Azure names the
// first instant that it can restore to some time after it was switched on.
func covered(ctx context.Context, scene Scene, name string) error {
	services := scene.Cloud.Storage.NewBlobServicesClient()
	for {
		got, err := services.GetServiceProperties(ctx, scene.Estate.Workbench.Name, name, nil)
		if err != nil {
			return fmt.Errorf("read the blob service of %s: %w", name, cloud.Explain(err))
		}
		p := got.BlobServiceProperties.BlobServiceProperties
		if p == nil || p.RestorePolicy == nil || p.RestorePolicy.Enabled == nil || !*p.RestorePolicy.Enabled {
			return fmt.Errorf("point-in-time restore of %s was switched on and is off", name)
		}
		if first := p.RestorePolicy.MinRestoreTime; first == nil || first.Before(scene.Now()) {
			return nil
		}
		if err := wait(ctx, 5*time.Second); err != nil {
			return err
		}
	}
}

const (
	endpointType = "Microsoft.Network/privateEndpoints"
	// networkVersion is the API version of private endpoints.
	networkVersion = "2023-02-01"
)

// private gives the scratch account a private endpoint beside the source's, with
// its names in the same zones, if the source has one. Nothing is done where the
// source is reached over its public address.
func (s Scene) private(ctx context.Context, run *drill.Run, source, target string) error {
	return s.endpoint(ctx, run, source, target, way{run.Name("docs", 60), "blob", "documents"})
}

// way is a private endpoint to be made: its name, the part of the target that it
// leads to, and what it is for.
type way struct{ name, group, purpose string }

// endpoint makes a private endpoint beside the source's, if that has one.
func (s Scene) endpoint(ctx context.Context, run *drill.Run, source, target string, by way) error {
	like, err := s.endpointOf(ctx, source)
	if err != nil || like == nil {
		return err
	}
	id := fmt.Sprintf("%s/providers/%s/%s", s.Estate.Workbench.ID, endpointType, by.name)
	properties, _ := like.Properties.(map[string]any)
	err = s.putResource(ctx, id, armresources.GenericResource{
		Location: like.Location, Tags: s.tags(run, by.purpose),
		Properties: map[string]any{
			"subnet": map[string]any{"id": at(properties, "subnet", "id")},
			"privateLinkServiceConnections": []any{map[string]any{"name": by.group, "properties": map[string]any{
				"privateLinkServiceId": target, "groupIds": []string{by.group},
			}}},
		},
	})
	if err != nil {
		return fmt.Errorf("make the private endpoint %s: %w", id, err)
	}
	const names = "/privateDnsZoneGroups/default"
	zones, err := s.Cloud.Resources.NewClient().GetByID(ctx, *like.ID+names, networkVersion, nil)
	if err != nil {
		return fmt.Errorf("read the names of the private endpoint %s: %w", *like.ID, cloud.Explain(err))
	}
	var configs []any
	given, _ := at(zones.Properties, "privateDnsZoneConfigs").([]any)
	for _, one := range given {
		configs = append(configs, map[string]any{
			"name": at(one, "name"), "properties": map[string]any{"privateDnsZoneId": at(one, "properties", "privateDnsZoneId")},
		})
	}
	if err := s.putResource(ctx, id+names, armresources.GenericResource{Properties: map[string]any{"privateDnsZoneConfigs": configs}}); err != nil {
		return fmt.Errorf("give the private endpoint %s its names: %w", id, err)
	}
	return nil
}

func (s Scene) putResource(ctx context.Context, id string, body armresources.GenericResource) error {
	return patiently(ctx, func() error {
		poller, err := s.Cloud.Resources.NewClient().BeginCreateOrUpdateByID(ctx, id, networkVersion, body, nil)
		_, err = cloud.Done(ctx, poller, err)
		return err
	})
}

// patiently repeats what is refused because the resource is still being changed,
// as it is when a run was cut off and is taken up again at once.
func patiently(ctx context.Context, do func() error) error {
	const most = 5 * time.Second
	for left, gap := 3*time.Minute, 50*time.Millisecond; ; left, gap = left-gap, min(2*gap, most) {
		err := do()
		var refused *azcore.ResponseError
		busy := underWay(err) || errors.As(err, &refused) && refused.ErrorCode == "StorageAccountOperationInProgress"
		if !busy || left <= 0 {
			return err
		}
		if err := wait(ctx, gap); err != nil {
			return err
		}
	}
}

// endpointOf finds the private endpoint that leads to an account; nil when there
// is none.
func (s Scene) endpointOf(ctx context.Context, account string) (*armresources.GenericResource, error) {
	client := s.Cloud.Resources.NewClient()
	pager := client.NewListPager(&armresources.ClientListOptions{Filter: to("resourceType eq '" + endpointType + "'")})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the private endpoints: %w", cloud.Explain(err))
		}
		for _, one := range page.Value {
			if one.ID == nil || one.Tags[drill.MarkerTag] != nil {
				continue
			}
			found, err := client.GetByID(ctx, *one.ID, networkVersion, nil)
			if err != nil {
				return nil, fmt.Errorf("read the private endpoint %s: %w", *one.ID, cloud.Explain(err))
			}
			connections, _ := at(found.Properties, "privateLinkServiceConnections").([]any)
			for _, c := range connections {
				if id, _ := at(c, "properties", "privateLinkServiceId").(string); strings.EqualFold(id, account) {
					return &found.GenericResource, nil
				}
			}
		}
	}
	return nil, nil
}

// at reads a value deep in a resource's properties; nil when it is not there.
func at(value any, path ...string) any {
	for _, name := range path {
		m, _ := value.(map[string]any)
		value = m[name]
	}
	return value
}
