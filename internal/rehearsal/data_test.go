package rehearsal_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/rehearsal"
)

// data is a program with something behind it.
func data(ctx *pulumi.Context) error {
	var errs []error
	add := func(name, kind string, inputs pulumi.Map, opts ...pulumi.ResourceOption) *resource {
		r, err := register(ctx, name, kind, inputs, opts...)
		errs = append(errs, err)
		return r
	}
	s := func(text string) pulumi.String { return pulumi.String(text) }
	group := add("group", "resources:ResourceGroup", pulumi.Map{"resourceGroupName": s("data"), "location": s("westeurope")})
	add("identity", "managedidentity:UserAssignedIdentity", pulumi.Map{"resourceGroupName": group.Name, "resourceName": s("drills")})
	server := add("server", "dbforpostgresql:Server", pulumi.Map{"resourceGroupName": group.Name, "serverName": s("ledger"), "location": s("westeurope"), "createMode": s("Create"), "version": s("15")})
	add("replica", "dbforpostgresql:Server", pulumi.Map{
		"resourceGroupName": group.Name, "serverName": s("standby"), "location": s("norwayeast"), "createMode": s("Replica"), "sourceServerResourceId": server.ID(),
	})
	account := add("account", "storage:StorageAccount", pulumi.Map{"resourceGroupName": group.Name, "accountName": s("archive"), "kind": s("StorageV2"), "sku": pulumi.Map{"name": s("Standard_GZRS")}})
	add("container", "storage:BlobContainer", pulumi.Map{"resourceGroupName": group.Name, "accountName": account.Name, "containerName": s("issued")})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestDataComesAndGoesWithItsRehearsal is for the whole of it: what the engine
// makes has something real behind it, which nothing is left of.
func TestDataComesAndGoesWithItsRehearsal(t *testing.T) {
	ownTemporary(t)
	r := begin(t, rehearsal.Options{Data: true})
	must(t)(r.Up(t.Context(), data))
	for _, name := range []string{"ledger", "standby"} {
		if r.Azure.Hosts.Server(name) == nil {
			t.Errorf("there is no server %s", name)
		}
	}
	if got := must(t)(r.Refresh(t.Context())); got.Changed() != 0 {
		t.Errorf("a refresh changes something: %s\n%s", got.Summary(), got.Log)
	}
	must(t)(r.Destroy(t.Context()))
	if left := r.Resources(); len(left) != 0 {
		t.Errorf("destroy left %v", left)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	nothingIsLeft(t)
}

// ownTemporary gives the test a folder for temporary files that the databases'
// user can enter, as it can /tmp.
func ownTemporary(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "tillit-temporary-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
}

// nothingIsLeft looks for folders and for processes that carry one.
func nothingIsLeft(t *testing.T) {
	t.Helper()
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "tillit-rehearsal-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if left := processes(os.TempDir()); len(left) != 0 {
		t.Errorf("still running: %v", left)
	}
}

// processes are those whose environment or arguments name a folder.
func processes(folder string) []string {
	var out []string
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		environ, _ := os.ReadFile(filepath.Join(dir, "environ"))
		args, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		named := strings.Contains(string(environ), "="+folder+"/tillit-rehearsal-") || strings.Contains(string(args), folder+"/tillit-rehearsal-")
		if named && filepath.Base(dir) != strconv.Itoa(os.Getpid()) {
			out = append(out, filepath.Base(dir)+" "+strings.ReplaceAll(string(args), "\x00", " "))
		}
	}
	return out
}

// victimVariable tells the test's program that it is to be killed, and where the
// checkout is that has been built for it.
const victimVariable = "TILLIT_TEST_VICTIM"

// A rehearsal that is killed leaves no process, and the next one removes its
// folder, which is the databases' user's in part.
func TestAKilledRehearsalLeavesNothing(t *testing.T) {
	if os.Getenv(victimVariable) != "" {
		r, err := rehearsal.Start(context.Background(), rehearsal.Options{Root: root, Estate: "small", Data: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Azure.Hosts.Create(context.Background(), "ledger"); err != nil {
			t.Fatal(err)
		}
		fmt.Println("ready")
		<-make(chan bool)
	}
	ownTemporary(t)
	victim := exec.Command(os.Args[0], "-test.run=^TestAKilledRehearsalLeavesNothing$")
	victim.Env = append(os.Environ(), victimVariable+"="+root)
	said, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = victim.Process.Kill() }) // where the test did not come so far
	for lines := bufio.NewScanner(said); lines.Text() != "ready"; {
		if !lines.Scan() {
			t.Fatal("it did not start")
		}
	}
	if running := processes(os.TempDir()); len(running) < 2 { // the emulator and PostgreSQL
		t.Fatalf("running: %v", running)
	}
	if err := victim.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // killed, as it was meant to be
	for range 100 {
		if len(processes(os.TempDir())) == 0 {
			break
		}
		<-time.After(50 * time.Millisecond)
	}
	if left := processes(os.TempDir()); len(left) != 0 {
		t.Errorf("its programs outlive it: %v", left)
	}
	if err := begin(t, rehearsal.Options{}).Close(); err != nil {
		t.Error(err)
	}
	nothingIsLeft(t)
}

// What outlives a killed rehearsal all the same is ended by the next one, and
// nothing else is.
func TestTheNextRehearsalEndsWhatIsLeft(t *testing.T) {
	ownTemporary(t)
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(os.TempDir(), fmt.Sprintf("tillit-rehearsal-%d-1", dead.Process.Pid))
	if err := os.MkdirAll(filepath.Join(folder, "azure", "pg"), 0o700); err != nil {
		t.Fatal(err)
	}
	run := func(folder string) *exec.Cmd {
		cmd := exec.Command("sleep", "600")
		cmd.Env = append(os.Environ(), "TILLIT_REHEARSAL_FOLDER="+folder)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // it was killed
		})
		return cmd
	}
	left, other := run(folder), run(folder+"0")
	if err := begin(t, rehearsal.Options{}).Close(); err != nil {
		t.Error(err)
	}
	if err := left.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("what was left ended with %v", err)
	}
	if err := other.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("another's process: %v", err)
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("the folder is still there")
	}
}
