package offprovider

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/tillit-dev/tillit/promises"
)

// Place is where the copy lies.
type Place struct {
	Target   string // s3 or sftp
	Endpoint string // https://s3.provider.example or sftp://copies.provider.example
	Bucket   string // or folder
	Region   string // as the provider calls it; SFTP has none
	Host     string
	Port     int
}

// services are what a target takes: the scheme of its endpoint, the port where
// none is given, and the names of what the job needs to get in.
var services = map[string]struct {
	scheme      string
	port        int
	credentials []string
}{
	"s3":   {"https", 443, []string{"access-key", "secret-key"}},
	"sftp": {"sftp", 22, []string{"private-key", "host-key"}},
}

// Locate reads the place off the promise and the settings, and says which
// setting is missing or does not fit.
func Locate(d *promises.Declaration) (Place, error) {
	settings := d.Settings.OffProvider
	p := Place{
		Target:   d.Params("backup.off-provider").Text("target"),
		Endpoint: settings["endpoint"], Bucket: settings["bucket"], Region: settings["region"],
	}
	service, ok := services[p.Target]
	if !ok {
		return p, fmt.Errorf("backup.off-provider: target: %q is neither s3 nor sftp", p.Target)
	}
	for _, word := range []string{"endpoint", "bucket"} {
		if settings[word] == "" {
			return p, fmt.Errorf("tillit:settings: offProvider: %s: backup.off-provider needs to know where the copy goes", word)
		}
	}
	if p.Target == "s3" && p.Region == "" {
		return p, fmt.Errorf("tillit:settings: offProvider: region: %s has regions, name the one at %s", p.Target, p.Endpoint)
	}
	address, err := url.Parse(p.Endpoint)
	if err != nil || address.Scheme != service.scheme || address.Hostname() == "" {
		return p, fmt.Errorf("tillit:settings: offProvider: endpoint: a copy over %s goes to %s://…, not to %s", p.Target, service.scheme, p.Endpoint)
	}
	p.Host, p.Port = address.Hostname(), service.port
	if port := address.Port(); port != "" {
		if p.Port, err = strconv.Atoi(port); err != nil || p.Port > 65535 {
			return p, fmt.Errorf("tillit:settings: offProvider: endpoint: %s is no port", port)
		}
	}
	return p, nil
}

// secrets are the names in the key vault of what the job needs: to get in, and
// the public key that the copy is encrypted to.
func (p Place) secrets() []string {
	return append([]string{"recipient"}, services[p.Target].credentials...)
}
