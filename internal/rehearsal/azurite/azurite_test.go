package azurite_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
	"github.com/tillit-dev/tillit/internal/rehearsal/azurite"
)

// options are those of an emulator in a folder of the test's.
func options(t *testing.T, a *authority.Authority, dir string) azurite.Options {
	t.Helper()
	program, err := azurite.Find(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	files, err := a.Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return azurite.Options{Program: program, Dir: dir, Accounts: 2, Cert: files.Certificate, Key: files.Key}
}

// What has been acknowledged is on disk when the emulator has ended in order, and
// an account's key opens that account only.
func TestWhatIsWrittenStays(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	a, err := authority.New(clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	server, err := azurite.Start(ctx, options(t, a, dir))
	if err != nil {
		t.Fatal(err)
	}
	account, err := server.Take()
	if err != nil {
		t.Fatal(err)
	}
	other, err := server.Take()
	if err != nil || other == account {
		t.Fatalf("the second account is %v, %v", other.Name, err)
	}
	if _, err := server.Take(); err == nil {
		t.Error("there is a third account")
	}
	open := func(key string) *azblob.Client {
		credential, err := azblob.NewSharedKeyCredential(account.Name, key)
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(a.CA)
		c, err := azblob.NewClientWithSharedKeyCredential("https://localhost:"+server.Port()+"/"+account.Name, credential, &azblob.ClientOptions{ClientOptions: policy.ClientOptions{
			Transport: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}, Retry: policy.RetryOptions{MaxRetries: -1},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if _, err := open(account.Key).CreateContainer(ctx, "kept", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := open(account.Key).UploadBuffer(ctx, "kept", "a", []byte("content that stays"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := open(other.Key).DownloadBuffer(ctx, "kept", "a", make([]byte, 100), nil); err == nil {
		t.Error("another account's key opens this one")
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	found := false
	if err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			b, readErr := os.ReadFile(path)
			found = found || strings.Contains(string(b), "content that stays")
			return readErr
		}
		return err
	}); err != nil || !found {
		t.Errorf("the content is not on disk: %v", err)
	}
}

func TestStartFails(t *testing.T) {
	a, err := authority.New(clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, a, t.TempDir())
	o.Cert = filepath.Join(t.TempDir(), "missing.pem")
	if _, err := azurite.Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "missing.pem") {
		t.Errorf("without a certificate: %v", err)
	}
	if o.Program, err = exec.LookPath("sleep"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := azurite.Start(ctx, o); err == nil {
		t.Error("a program that is no emulator was taken for one")
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := azurite.Find(t.TempDir()); err == nil || !strings.Contains(err.Error(), "make setup") {
		t.Errorf("without the program: %v", err)
	}
}
