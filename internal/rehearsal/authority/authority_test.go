package authority_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
)

// shake lets a server with a certificate and a client that trusts an authority
// meet.
func shake(t *testing.T, certificate tls.Certificate, ca []byte, name string, now time.Time) error {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("the authority is no certificate")
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if server, err := listener.Accept(); err == nil {
			_ = server.(*tls.Conn).Handshake() // the client says what is wrong
			_ = server.Close()
		}
	}()
	client, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{RootCAs: pool, ServerName: name, Time: func() time.Time { return now }, MinVersion: tls.VersionTLS12})
	if err == nil {
		_ = client.Close()
	}
	_ = listener.Close()
	<-ended
	return err
}

func TestWhoIsTrusted(t *testing.T) {
	now := clock.Now()
	a, err := authority.New(now)
	if err != nil {
		t.Fatal(err)
	}
	other, err := authority.New(now)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		ca   []byte
		host string
		at   time.Time
		want bool
	}{
		{"by name", a.CA, "localhost", now, true},
		{"by address", a.CA, "127.0.0.1", now, true},
		{"in six days", a.CA, "localhost", now.Add(6 * 24 * time.Hour), true},
		{"in eight days", a.CA, "localhost", now.Add(8 * 24 * time.Hour), false},
		{"another host", a.CA, "management.azure.com", now, false},
		{"another address", a.CA, "127.0.0.2", now, false},
		{"another authority", other.CA, "localhost", now, false},
	} {
		if err := shake(t, a.Certificate, test.ca, test.host, test.at); (err == nil) != test.want {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestFilesHoldTheSame(t *testing.T) {
	a, err := authority.New(clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	files, err := a.Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.LoadX509KeyPair(files.Certificate, files.Key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(files.CA)
	if err != nil {
		t.Fatal(err)
	}
	if err := shake(t, certificate, ca, "localhost", clock.Now()); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(files.Key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
	if _, err := a.Write("/nowhere"); err == nil {
		t.Error("written to a folder that is not there")
	}
}
