package rehearsal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/planes"
	"github.com/tillit-dev/tillit/internal/rehearsal/provider"
)

// Options say what is rehearsed and where the parts lie.
type Options struct {
	Estate    string // stack name, such as ledger-no
	StackFile string // the estate's stack config; empty means no configuration
	Project   string // Pulumi project; tillit when empty
	// Root is the checkout; the working folder when empty. The CLI is looked for
	// in its bin/tools, the stand-in provider in its bin/rehearsal, the analyzer in
	// its bin.
	Root       string
	PolicyPack string      // folder of the policy pack; empty means no gate
	Azure      arm.Options // how the stand-in Azure behaves
	// Data puts real data planes behind it: PostgreSQL servers with backups, blobs.
	Data bool
	// Starting, when set, is told what is being started that takes more than two
	// seconds, such as "the storage emulator".
	Starting func(what string)
	// Progress, when set, is told of each resource that an operation has done with.
	Progress func(operation string, done int)
}

// Rehearsal is an Azure of its own and a stack on it. Its operations run one at
// a time.
type Rehearsal struct {
	Azure *planes.Azure

	options Options
	dir     string // everything on disk
	stack   auto.Stack
	stop    context.CancelFunc
}

// Start brings a rehearsal up. The caller closes it. Ending the context stops
// its operations and its Azure.
func Start(ctx context.Context, options Options) (_ *Rehearsal, err error) {
	if options.Project == "" {
		options.Project = "tillit"
	}
	for _, path := range []*string{&options.Root, &options.PolicyPack, &options.StackFile} {
		if *path == "" && path != &options.Root {
			continue
		}
		// The engine runs in another folder than we do.
		if *path, err = filepath.Abs(*path); err != nil {
			return nil, err
		}
	}
	plugin := filepath.Join(options.Root, "bin", "rehearsal")
	if _, err := os.Stat(filepath.Join(plugin, "pulumi-resource-azure-native")); err != nil {
		return nil, fmt.Errorf("the stand-in provider is not built: %w; run make build", err)
	}
	cli, err := findCLI(ctx, options.Root)
	if err != nil {
		return nil, err
	}
	r := &Rehearsal{options: options}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.dir, err = planes.NewFolder(); err != nil {
		return nil, err
	}
	ctx, r.stop = context.WithCancel(ctx)
	azure := r.path("azure")
	if err := os.Mkdir(azure, 0o700); err != nil {
		return nil, err
	}
	options.Azure.Roles = true
	r.Azure, err = planes.Start(ctx, planes.Options{Root: options.Root, Dir: azure, Owner: r.dir, Data: options.Data, Azure: options.Azure, Progress: options.Starting})
	if err != nil {
		return nil, err
	}
	environment, err := r.environment()
	if err != nil {
		return nil, err
	}
	if err := r.writeConfig(); err != nil {
		return nil, err
	}
	ws, err := auto.NewLocalWorkspace(ctx,
		auto.WorkDir(r.path("project")),
		auto.PulumiHome(r.path("home")),
		auto.Pulumi(cli),
		auto.EnvVars(environment),
		auto.Project(workspace.Project{
			Name:    tokens.PackageName(options.Project),
			Runtime: workspace.NewProjectRuntimeInfo("go", nil),
			Plugins: &workspace.Plugins{Providers: []workspace.PluginOptions{{Name: "azure-native", Version: provider.Version, Path: plugin}}},
		}),
		auto.Program(func(*pulumi.Context) error { return nil }))
	if err != nil {
		return nil, fmt.Errorf("prepare the rehearsal's project: %w", err)
	}
	if r.stack, err = auto.NewStack(ctx, options.Estate, ws); err != nil {
		return nil, fmt.Errorf("prepare the rehearsal's stack: %w", err)
	}
	return r, nil
}

// Close ends every process of the rehearsal and removes its folder. It may be
// called more than once.
func (r *Rehearsal) Close() error {
	if r.stop != nil {
		r.stop()
	}
	if r.dir == "" {
		return nil
	}
	var err error
	if r.Azure != nil {
		err = r.Azure.Close()
	}
	return errors.Join(err, planes.RemoveFolder(r.dir))
}

// CAFile is the file with the certificate authority of the rehearsal's Azure.
func (r *Rehearsal) CAFile() string { return r.Azure.CAFile }

// Environment is what a process needs to work on the rehearsal's Azure as a
// user-assigned identity, by its ARM id. The process must have no other variables
// of Azure's.
func (r *Rehearsal) Environment(identity string) []string { return r.Azure.Environment(identity) }

// Resources lists the ids of what exists in the rehearsal's Azure.
func (r *Rehearsal) Resources() []string { return r.Azure.Resources() }

func (r *Rehearsal) path(name string) string { return filepath.Join(r.dir, name) }

// environment makes the folders and gives the variables of the child processes.
// The stand-in provider and the analyzer get theirs here, and nowhere else.
func (r *Rehearsal) environment() (map[string]string, error) {
	for _, name := range []string{"home", "state", "project"} {
		if err := os.Mkdir(r.path(name), 0o700); err != nil {
			return nil, err
		}
	}
	return map[string]string{
		"PULUMI_BACKEND_URL":                            "file://" + r.path("state"),
		"PULUMI_CONFIG_PASSPHRASE":                      rand.Text(),
		"PULUMI_SKIP_UPDATE_CHECK":                      "true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION":   "true",
		"PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK":      "true", // findCLI has checked it
		"PULUMI_DIY_BACKEND_RETAIN_CHECKPOINTS":         "false",
		"PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
		// The state is written once, at an operation's end: what it describes lives
		// no longer than we do. Writing it for every resource takes most of the time.
		"PULUMI_SKIP_CHECKPOINTS": "true",
		planes.FolderVariable:     r.dir,
		provider.EndpointVariable: r.Azure.URL(),
		provider.CAVariable:       r.CAFile(),
		provider.TokenVariable:    r.Azure.Token(),
	}, nil
}
