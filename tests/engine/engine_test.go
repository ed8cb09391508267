package engine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const analyzerName = "pulumi-analyzer-policy-tillit"

// analyzer is the plugin, built once.
var analyzer string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tillit-engine-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	analyzer = filepath.Join(dir, analyzerName)
	build := exec.Command("go", "build", "-o", analyzer, "../../cmd/"+analyzerName)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the analyzer:", err)
		return 1
	}
	return m.Run()
}

// pulumiCLI is the folder of the CLI: one on PATH, else the pinned one.
func pulumiCLI(t *testing.T) string {
	t.Helper()
	if cli, err := exec.LookPath("pulumi"); err == nil {
		return filepath.Dir(cli)
	}
	pinned, err := filepath.Abs("../../bin/tools/pulumi")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(pinned); err != nil {
		t.Fatalf("no pulumi on PATH nor at %s; `make build` builds the pinned one", pinned)
	}
	return filepath.Dir(pinned)
}

// deployment is a stack of its own backend. Its analyzer leaves its process id
// in a file and holds a lock for as long as it lives.
type deployment struct {
	stack   auto.Stack
	pack    string
	config  []string // files with the policy configuration, if any
	home    string   // PULUMI_HOME
	cli     *cli
	pidFile string
	lock    string
}

const transit = `
    crypto.transit: { tls: "1.2" }`

// deploy makes a stack that declares promises, runs a program, and is judged by
// a pack. Without an analyzer of its own the test gets the real one.
func deploy(t *testing.T, promised, pack string, program pulumi.RunFunc) *deployment {
	t.Helper()
	home := t.TempDir()
	d := &deployment{pack: pack, home: filepath.Join(home, "pulumi"), pidFile: filepath.Join(home, "pid"), lock: filepath.Join(home, "lock")}
	plugins, work, state := filepath.Join(home, "plugins"), filepath.Join(home, "work"), filepath.Join(home, "state")
	for _, dir := range []string{plugins, work, state} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", plugins+":"+pulumiCLI(t)+":"+os.Getenv("PATH"))
	script := fmt.Sprintf("#!/bin/sh\nexec 9>'%s'\nflock 9\necho $$ > '%s'\nexec '%s' \"$@\"\n", d.lock, d.pidFile, analyzer)
	write(t, filepath.Join(plugins, analyzerName), script, 0o700)
	if promised != "" {
		promised = "  tillit:promises:" + promised + "\n"
	}
	write(t, filepath.Join(work, "Pulumi.test.yaml"), "config:\n  other:key: value\n"+promised, 0o600)
	command, err := auto.NewPulumiCommand(nil)
	if err != nil {
		t.Fatal(err)
	}
	d.cli = &cli{PulumiCommand: command}
	stack, err := auto.UpsertStackInlineSource(t.Context(), "test", "tillit", program,
		auto.WorkDir(work),
		auto.Pulumi(d.cli),
		auto.EnvVars(map[string]string{
			"PULUMI_HOME":              d.home,
			"PULUMI_BACKEND_URL":       "file://" + state,
			"PULUMI_CONFIG_PASSPHRASE": "a test",
			"PULUMI_SKIP_UPDATE_CHECK": "true",
			"PULUMI_DIY_BACKEND_URL":   "",
		}))
	if err != nil {
		t.Fatal(err)
	}
	d.stack = stack
	return d
}

// cli runs Pulumi. The Automation API always skips the preview of an update;
// with previews set, it is not skipped, as when people run pulumi up.
type cli struct {
	auto.PulumiCommand
	previews bool
}

func (c *cli) Run(ctx context.Context, dir string, in io.Reader, out, stderr []io.Writer, env []string, args ...string) (string, string, int, error) {
	if c.previews {
		args = slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return arg == "--skip-preview" })
	}
	return c.PulumiCommand.Run(ctx, dir, in, out, stderr, env, args...)
}

func write(t *testing.T, file, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// preview returns all that the engine says, and its error.
func (d *deployment) preview(t *testing.T) (string, error) {
	t.Helper()
	var out bytes.Buffer
	_, err := d.stack.Preview(t.Context(), optpreview.PolicyPacks(d.pack), optpreview.PolicyPackConfigs(d.config...),
		optpreview.ProgressStreams(&out), optpreview.ErrorProgressStreams(&out))
	d.gone(t)
	return out.String(), err
}

// up is pulumi up --skip-preview, as the Automation API does it, unless the cli
// is told to preview.
func (d *deployment) up(t *testing.T) (string, error) {
	t.Helper()
	var out bytes.Buffer
	_, err := d.stack.Up(t.Context(), optup.PolicyPacks(d.pack), optup.PolicyPackConfigs(d.config...),
		optup.ProgressStreams(&out), optup.ErrorProgressStreams(&out))
	d.gone(t)
	return out.String(), err
}

// gone waits for the analyzer's end, which the engine's end must bring about.
func (d *deployment) gone(t *testing.T) {
	t.Helper()
	lock, err := os.OpenFile(d.lock, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
}

func (d *deployment) pid() (int, error) {
	text, err := os.ReadFile(d.pidFile)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// fixturePack is a pack on disk: the project's library with the gate's fixture
// rules. change edits the text of its TLS rule.
func fixturePack(t *testing.T, change func(string) string) string {
	t.Helper()
	pack := t.TempDir()
	write(t, filepath.Join(pack, "PulumiPolicy.yaml"), "runtime: tillit\nversion: 1.2.3\n", 0o600)
	for from, to := range map[string]string{"../../policies/lib": "lib", "../../internal/gate/testdata/policies": "."} {
		if err := os.CopyFS(filepath.Join(pack, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		rule := filepath.Join(pack, "rules/crypto/tls/tls.rego")
		text, err := os.ReadFile(rule)
		if err != nil {
			t.Fatal(err)
		}
		changed := change(string(text))
		if changed == string(text) {
			t.Fatal("the change changes nothing")
		}
		write(t, rule, changed, 0o600)
	}
	return pack
}

// stores is a program that registers stores with these TLS versions, by name.
func stores(tls map[string]pulumi.StringInput) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for name, version := range tls {
			var store pulumi.ResourceState
			props := pulumi.Map{"tls": version}
			if err := ctx.RegisterComponentResourceV2("test:data:Store", name, props, &store); err != nil {
				return err
			}
			if err := ctx.RegisterResourceOutputs(&store, props); err != nil {
				return err
			}
		}
		return nil
	}
}

func good() map[string]pulumi.StringInput {
	return map[string]pulumi.StringInput{"good": pulumi.String("1.2")}
}

func TestKeptPromisesPass(t *testing.T) {
	d := deploy(t, transit, fixturePack(t, nil), stores(good()))
	if out, err := d.preview(t); err != nil {
		t.Fatalf("preview: %v\n%s", err, out)
	}
	out, err := d.up(t)
	if err != nil {
		t.Fatalf("up: %v\n%s", err, out)
	}
	if !strings.Contains(out, "tillit@v1.2.3") {
		t.Errorf("the pack's name and version are not shown:\n%s", out)
	}
}

func TestViolationsStopThePreview(t *testing.T) {
	program := good()
	program["old"] = pulumi.String("1.0")
	d := deploy(t, transit, fixturePack(t, nil), stores(program))
	out, err := d.preview(t)
	if err == nil {
		t.Fatalf("passed:\n%s", out)
	}
	for _, want := range []string{
		"crypto/tls", "crypto.transit is broken: old accepts TLS 1.0", "wanted   1.2 or later",
		"Raise the minimum TLS version.", "A.8.24", "mandatory", "test:data:Store: old",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestEmptyEstateIsRefused(t *testing.T) {
	pack, err := filepath.Abs("../../policies")
	if err != nil {
		t.Fatal(err)
	}
	d := deploy(t, transit, pack, func(*pulumi.Context) error { return nil })
	out, err := d.preview(t)
	if err == nil || !strings.Contains(out, "nothing in the estate keeps crypto.transit") {
		t.Fatalf("error %v\n%s", err, out)
	}
}

// What is unknown in a preview is shown and does not stop it; the update that
// follows knows.
func TestUnknownIsAdvice(t *testing.T) {
	d := deploy(t, transit, fixturePack(t, nil), late("1.0"))
	out, err := d.preview(t)
	if err != nil || !strings.Contains(out, "the TLS version of late is not known yet") || !strings.Contains(out, "advisory") {
		t.Fatalf("preview: %v\n%s", err, out)
	}
	if out, err := d.up(t); err == nil || !strings.Contains(out, "late accepts TLS 1.0") {
		t.Fatalf("up: %v\n%s", err, out)
	}
}

// late is a program with a store whose TLS version no preview knows.
func late(version string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		v := pulumi.String(version).ToStringOutput()
		if ctx.DryRun() {
			v = pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" }).(pulumi.StringOutput)
		}
		return stores(map[string]pulumi.StringInput{"late": v})(ctx)
	}
}

func TestFaultsStopTheDeployment(t *testing.T) {
	broken := func(old, new string) string {
		return fixturePack(t, func(rule string) string { return strings.Replace(rule, old, new, 1) })
	}
	for name, test := range map[string]struct {
		promises, pack string
		want           string
	}{
		"a rule that does not parse":    {transit, broken("some [r, v] in", "some [r, v in"), "rego_parse_error"},
		"a rule without a control":      {transit, broken("[A.8.24]", "[]"), "a rule serves at least one control"},
		"a rule that fails":             {transit, broken("\tlib.known(v)\n", "\tlower(r.props) != v\n"), "tillit could not judge"},
		"a stack without promises":      {"", fixturePack(t, nil), "an estate that promises nothing cannot be judged"},
		"a promise that does not exist": {"\n    crypto.transitt: {}", fixturePack(t, nil), "crypto.transit"},
	} {
		t.Run(name, func(t *testing.T) {
			d := deploy(t, test.promises, test.pack, stores(good()))
			out, err := d.preview(t)
			if err == nil {
				t.Fatalf("passed:\n%s", out)
			}
			if !strings.Contains(out, test.want) {
				t.Errorf("%q is not in\n%s", test.want, out)
			}
			if state, err := d.stack.Export(context.Background()); err != nil || strings.Contains(string(state.Deployment), "Store") {
				t.Errorf("something was made: %v %s", err, state.Deployment)
			}
		})
	}
}

// An analyzer that dies while the program runs has judged nothing.
func TestCrashStopsTheDeployment(t *testing.T) {
	var d *deployment
	d = deploy(t, transit, fixturePack(t, nil), func(ctx *pulumi.Context) error {
		if err := stores(good())(ctx); err != nil {
			return err
		}
		pid, err := d.pid()
		if err != nil {
			return err
		}
		return syscall.Kill(pid, syscall.SIGKILL)
	})
	if out, err := d.preview(t); err == nil {
		t.Fatalf("passed:\n%s", out)
	}
}
