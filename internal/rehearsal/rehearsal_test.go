package rehearsal_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/rehearsal"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// resource is a resource of any type with any inputs, so that a test needs no
// part of azure-native.
type resource struct {
	pulumi.CustomResourceState
	Name       pulumi.StringOutput `pulumi:"name"`
	VaultURI   pulumi.StringOutput `pulumi:"vaultUri"`
	Principal  pulumi.StringOutput `pulumi:"principalId"`
	Provisions pulumi.StringOutput `pulumi:"provisioningState"`
}

func register(ctx *pulumi.Context, name, kind string, inputs pulumi.Map, opts ...pulumi.ResourceOption) (*resource, error) {
	var r resource
	err := ctx.RegisterResource("azure-native:"+kind, name, inputs, &r, append(opts, pulumi.Version("2.90.0"))...)
	return &r, err
}

// small is a program with a bit of everything: children, references, scopes,
// secrets, singletons, identities.
func small(tls string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		var errs []error
		add := func(name, kind string, inputs pulumi.Map, opts ...pulumi.ResourceOption) *resource {
			r, err := register(ctx, name, kind, inputs, opts...)
			errs = append(errs, err)
			return r
		}
		s := func(text string) pulumi.String { return pulumi.String(text) }
		group := add("group", "resources:ResourceGroup", pulumi.Map{"resourceGroupName": s("data"), "location": s("westeurope"), "tags": pulumi.StringMap{"estate": s("small")}})
		vnet := add("vnet", "network:VirtualNetwork", pulumi.Map{
			"resourceGroupName": group.Name, "virtualNetworkName": s("spoke"), "location": s("westeurope"),
			"addressSpace": pulumi.Map{"addressPrefixes": pulumi.StringArray{s("10.1.0.0/16")}},
		})
		nsg := add("nsg", "network:NetworkSecurityGroup", pulumi.Map{
			"resourceGroupName": group.Name, "networkSecurityGroupName": s("closed"),
			"securityRules": pulumi.Array{pulumi.Map{
				"name": s("deny"), "access": s("Deny"), "direction": s("Inbound"), "priority": pulumi.Int(4000), "protocol": s("*"),
				"sourceAddressPrefix": s("*"), "sourcePortRange": s("*"), "destinationAddressPrefix": s("*"), "destinationPortRange": s("*"),
			}},
		})
		subnet := add("subnet", "network:Subnet", pulumi.Map{
			"resourceGroupName": group.Name, "virtualNetworkName": vnet.Name, "subnetName": s("endpoints"), "addressPrefix": s("10.1.1.0/26"),
			"networkSecurityGroup": pulumi.Map{"id": nsg.ID()},
		})
		identity := add("identity", "managedidentity:UserAssignedIdentity", pulumi.Map{"resourceGroupName": group.Name, "resourceName": s("documents")})
		account := add("account", "storage:StorageAccount", pulumi.Map{
			"resourceGroupName": group.Name, "accountName": s("documents"), "kind": s("StorageV2"), "sku": pulumi.Map{"name": s("Standard_GZRS")},
			"minimumTlsVersion": s(tls), "allowSharedKeyAccess": pulumi.Bool(false),
			"identity": pulumi.Map{"type": s("UserAssigned"), "userAssignedIdentities": pulumi.Array{identity.ID()}},
		})
		blobs := add("blobs", "storage:BlobServiceProperties", pulumi.Map{
			"resourceGroupName": group.Name, "accountName": account.Name, "blobServicesName": s("default"), "isVersioningEnabled": pulumi.Bool(true),
		})
		add("container", "storage:BlobContainer", pulumi.Map{"resourceGroupName": group.Name, "accountName": account.Name, "containerName": s("invoices")}, pulumi.DependsOn([]pulumi.Resource{blobs}))
		add("endpoint", "network:PrivateEndpoint", pulumi.Map{
			"resourceGroupName": group.Name, "privateEndpointName": s("documents"), "subnet": pulumi.Map{"id": subnet.ID()},
			"privateLinkServiceConnections": pulumi.Array{pulumi.Map{"name": s("blob"), "privateLinkServiceId": account.ID(), "groupIds": pulumi.StringArray{s("blob")}}},
		})
		add("grant", "authorization:RoleAssignment", pulumi.Map{
			"scope": account.ID(), "roleAssignmentName": s("5c1f5c1e-0000-4000-8000-000000000001"), "principalId": identity.Principal, "principalType": s("ServicePrincipal"),
			"roleDefinitionId": s("/subscriptions/" + azure.Subscription + "/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe"),
		})
		add("vault", "keyvault:Vault", pulumi.Map{
			"resourceGroupName": group.Name, "vaultName": s("keys"),
			"properties": pulumi.Map{"tenantId": s(azure.Tenant), "sku": pulumi.Map{"family": s("A"), "name": s("premium")}, "enableRbacAuthorization": pulumi.Bool(true)},
		})
		add("secret", "keyvault:Secret", pulumi.Map{
			"resourceGroupName": group.Name, "vaultName": s("keys"), "secretName": s("word"), "properties": pulumi.Map{"value": pulumi.ToSecret(s("open sesame"))},
		}, pulumi.DependsOn([]pulumi.Resource{vnet}))
		add("lock", "authorization:ManagementLockByScope", pulumi.Map{"scope": vnet.ID(), "lockName": s("keep"), "level": s("CanNotDelete")}, pulumi.DependsOn([]pulumi.Resource{subnet}))
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	}
}

const smallSize = 13

// root is a built checkout.
var root string

func TestMain(m *testing.M) {
	if root = os.Getenv(victimVariable); root != "" {
		os.Exit(m.Run())
	}
	os.Exit(rehearsaltest.Main(m, &root))
}

func begin(t *testing.T, options rehearsal.Options) *rehearsal.Rehearsal {
	t.Helper()
	options.Root, options.Estate = root, "small"
	options.Azure.Duration = 5 * time.Millisecond
	r, err := rehearsal.Start(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// must fails the test with the engine's own words.
func must(t *testing.T) func(result rehearsal.Result, err error) rehearsal.Result {
	return func(result rehearsal.Result, err error) rehearsal.Result {
		t.Helper()
		if err != nil {
			t.Fatalf("%v\n%s", err, result.Log)
		}
		return result
	}
}

func TestTheEngineAppliesAProgram(t *testing.T) {
	r := begin(t, rehearsal.Options{})
	ctx := t.Context()
	preview := must(t)(r.Preview(ctx, small("TLS1_2")))
	if got := preview.Changes["create"]; got != smallSize+1 { // and the stack
		t.Errorf("preview: %s", preview.Summary())
	}
	if left := r.Resources(); len(left) != 0 {
		t.Fatalf("a preview made %v", left)
	}
	must(t)(r.Up(ctx, small("TLS1_2")))
	if made := r.Resources(); len(made) != smallSize {
		t.Errorf("made %d: %v", len(made), made)
	}
	for _, step := range []struct {
		name   string
		result rehearsal.Result
	}{
		{"a second up", must(t)(r.Up(ctx, small("TLS1_2")))},
		{"a refresh", must(t)(r.Refresh(ctx))},
		{"an up after a refresh", must(t)(r.Up(ctx, small("TLS1_2")))},
	} {
		if step.result.Changed() != 0 {
			t.Errorf("%s changes something: %s\n%s", step.name, step.result.Summary(), step.result.Log)
		}
	}
	changed := must(t)(r.Up(ctx, small("TLS1_3")))
	if changed.Changes["update"] != 1 || changed.Changed() != 1 {
		t.Errorf("one property: %s\n%s", changed.Summary(), changed.Log)
	}
	state, err := r.Export(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(state), "open sesame") {
		t.Error("the state shows a secret")
	}
	var document struct {
		Deployment struct {
			Resources []struct {
				Type    string
				ID      string
				Outputs map[string]any
			}
		}
	}
	if err := json.Unmarshal(state, &document); err != nil {
		t.Fatal(err)
	}
	for _, resource := range document.Deployment.Resources {
		if resource.Type == "azure-native:storage:StorageAccount" && resource.Outputs["minimumTlsVersion"] != "TLS1_3" {
			t.Errorf("state: %v", resource.Outputs)
		}
	}
	must(t)(r.Destroy(ctx))
	if left := r.Resources(); len(left) != 0 {
		t.Errorf("destroy left %v", left)
	}
}

func TestARefreshSeesWhatWasChangedBehindItsBack(t *testing.T) {
	r := begin(t, rehearsal.Options{})
	must(t)(r.Up(t.Context(), group("westeurope", "a")))
	r.Azure.Inject(arm.Fault{Method: "GET", Path: "/resourceGroups/data", Status: 404, Code: "ResourceGroupNotFound", Times: 1})
	if got := must(t)(r.Refresh(t.Context())); got.Changes["delete"] != 1 {
		t.Errorf("refresh: %s", got.Summary())
	}
}

// group is a program of one resource group.
func group(location, tag string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := register(ctx, "group", "resources:ResourceGroup", pulumi.Map{
			"resourceGroupName": pulumi.String("data"), "location": pulumi.String(location), "tags": pulumi.StringMap{"tag": pulumi.String(tag)},
		})
		return err
	}
}

func TestAChangedLocationReplaces(t *testing.T) {
	r := begin(t, rehearsal.Options{})
	must(t)(r.Up(t.Context(), group("westeurope", "a")))
	if got := must(t)(r.Up(t.Context(), group("West Europe", "a"))); got.Changed() != 0 {
		t.Errorf("another spelling: %s", got.Summary())
	}
	if got := must(t)(r.Up(t.Context(), group("norwayeast", "a"))); got.Changes["replace"] != 1 {
		t.Errorf("another region: %s\n%s", got.Summary(), got.Log)
	}
	if got := r.Resources(); len(got) != 1 {
		t.Errorf("resources %v", got)
	}
}

func TestThrottlingAndBrokenConnectionsAreWaitedOut(t *testing.T) {
	r := begin(t, rehearsal.Options{})
	r.Azure.Inject(arm.Fault{Method: "PUT", Status: 429, Code: "TooManyRequests", RetryAfter: time.Second, Times: 1})
	r.Azure.Inject(arm.Fault{Method: "PUT", Status: 503, Code: "ServerBusy", Times: 1})
	r.Azure.Inject(arm.Fault{Method: "GET", Path: "/resourceGroups/", Times: 2})
	must(t)(r.Up(t.Context(), group("westeurope", "a")))
}

func TestAMisspeltPropertyIsRefused(t *testing.T) {
	r := begin(t, rehearsal.Options{})
	for name, test := range map[string]struct {
		inputs pulumi.Map
		want   string
	}{
		"misspelt": {pulumi.Map{"resourceGroupName": pulumi.String("data"), "locaton": pulumi.String("westeurope")}, `locaton is no property; the nearest is "location"`},
		"no name":  {pulumi.Map{"location": pulumi.String("westeurope")}, "resourceGroupName is missing"},
	} {
		result, err := r.Up(t.Context(), func(ctx *pulumi.Context) error {
			_, err := register(ctx, "group", "resources:ResourceGroup", test.inputs)
			return err
		})
		if err == nil || !strings.Contains(result.Log, test.want) {
			t.Errorf("%s: %v\n%s", name, err, result.Log)
		}
	}
	if made := r.Resources(); len(made) != 0 {
		t.Errorf("made %v", made)
	}
}

func TestTheStackFileReachesTheProgram(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Pulumi.small.yaml")
	text := "secretsprovider: azurekeyvault://real\nencryptionsalt: real\nenvironment: [real]\nconfig:\n  azure-native:location: norwayeast\n  azure-native:subscriptionId: real\n  tillit:promises:\n    backup.interval: { every: 10m }\n  tillit:word: { secure: real }\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := begin(t, rehearsal.Options{StackFile: file})
	var promises, word string
	must(t)(r.Up(t.Context(), func(ctx *pulumi.Context) error {
		promises, _ = ctx.GetConfig("tillit:promises")
		word, _ = ctx.GetConfig("tillit:word")
		// Azure refuses a group without a location: the provider's comes from the file too.
		_, err := register(ctx, "group", "resources:ResourceGroup", pulumi.Map{"resourceGroupName": pulumi.String("data")})
		return err
	}))
	if promises != `{"backup.interval":{"every":"10m"}}` || word != "rehearsal" {
		t.Errorf("promises %q, word %q", promises, word)
	}
	b, err := os.ReadFile(file)
	if err != nil || string(b) != text {
		t.Errorf("the stack file was changed: %s", b)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := begin(t, rehearsal.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := r.Up(ctx, func(c *pulumi.Context) error {
		if err := group("westeurope", "a")(c); err != nil {
			return err
		}
		cancel() // as an interrupt would
		<-t.Context().Done()
		return nil
	})
	if err == nil {
		t.Error("an interrupted up succeeds")
	}
	url := r.Azure.URL()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range environs {
		if b, err := os.ReadFile(file); err == nil && strings.Contains(string(b), url) {
			t.Errorf("%s still runs", file)
		}
	}
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	_, err := rehearsal.Start(t.Context(), rehearsal.Options{Estate: "small", Root: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "run make build") {
		t.Errorf("without the provider: %v", err)
	}
	bare := filepath.Join(t.TempDir(), "bin", "rehearsal")
	if err := os.MkdirAll(bare, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "bin", "rehearsal", "pulumi-resource-azure-native"), filepath.Join(bare, "pulumi-resource-azure-native")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := rehearsal.Start(t.Context(), rehearsal.Options{Estate: "small", Root: filepath.Join(bare, "..", "..")}); err == nil || !strings.Contains(err.Error(), "make tools") {
		t.Errorf("without a CLI: %v", err)
	}
}

func TestTheStandInDoesNotStartAlone(t *testing.T) {
	cmd := exec.Command(filepath.Join(root, "bin", "rehearsal", "pulumi-resource-azure-native"), "127.0.0.1:1")
	cmd.Env = []string{"HOME=" + t.TempDir()}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Errorf("got %v, want exit status 2", err)
	}
	if stdout.Len() != 0 || !strings.Contains(stderr.String(), "serves rehearsals only") {
		t.Errorf("stdout %q, stderr %q", stdout.String(), stderr.String())
	}
}
