package rehearsal

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// writeConfig gives the rehearsal's stack the estate's configuration. The file
// stays Pulumi's, so only its config is taken: a rehearsal has its own
// encryption and no environments. Values that were encrypted for the real
// stack cannot be read here and stand as "rehearsal"; what leads azure-native to
// a real subscription is left out.
func (r *Rehearsal) writeConfig() error {
	if r.options.StackFile == "" {
		return nil
	}
	b, err := os.ReadFile(r.options.StackFile)
	if err != nil {
		return fmt.Errorf("read the estate's configuration: %w", err)
	}
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(b, &file); err != nil {
		return fmt.Errorf("%s: %w", r.options.StackFile, err)
	}
	for name, value := range file.Config {
		if strings.HasPrefix(name, "azure-native:") && name != "azure-native:location" {
			delete(file.Config, name)
			continue
		}
		file.Config[name] = opened(value)
	}
	out, err := yaml.Marshal(file)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.path("project"), "Pulumi."+r.options.Estate+".yaml"), out, 0o600)
}

// opened replaces encrypted values.
func opened(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if _, encrypted := v["secure"]; encrypted && len(v) == 1 {
			return "rehearsal"
		}
		for name := range v {
			v[name] = opened(v[name])
		}
	case []any:
		for i := range v {
			v[i] = opened(v[i])
		}
	}
	return value
}
