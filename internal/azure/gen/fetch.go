package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// fetch finds the folders of the SDK's namespaces that rules judge and nothing
// here builds, so that go.mod does not name them: their source is read from the
// module cache, at the version of the rest of the SDK.
func fetch(tokens, paths []string, dirs map[string]string) error {
	var missing []string
	for _, tok := range tokens {
		if slices.ContainsFunc(candidates(tok), func(path string) bool { return dirs[path] != "" }) {
			continue
		}
		missing = append(missing, sdk+strings.Split(tok, ":")[1]+"/v2")
	}
	slices.Sort(missing)
	missing = slices.Compact(missing)
	if len(missing) == 0 {
		return nil
	}
	version, err := command("", "list", "-m", "-f", "{{.Version}}", sdk+"v2")
	if err != nil {
		return err
	}
	for _, module := range missing {
		root, err := download(module + "@" + strings.TrimSpace(string(version)))
		if err != nil {
			return err
		}
		for _, path := range paths {
			if in, ok := strings.CutPrefix(path, module); ok && (in == "" || in[0] == '/') {
				if dir := filepath.Join(root, filepath.FromSlash(in)); isDir(dir) {
					dirs[path] = dir
				}
			}
		}
	}
	return nil
}

// download puts a module into the cache, and returns its folder there. It works
// outside this module, whose go.sum would otherwise gain a line for what it does
// not build; the checksum database vouches for it.
func download(module string) (string, error) {
	out, err := command(os.TempDir(), "mod", "download", "-json", module)
	if err != nil {
		return "", err
	}
	var found struct{ Dir string }
	if err := json.Unmarshal(out, &found); err != nil {
		return "", fmt.Errorf("go mod download %s: %w", module, err)
	}
	return found.Dir, nil
}

func command(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	var faults bytes.Buffer
	cmd.Stderr = &faults
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, faults.String()+string(out))
	}
	return out, nil
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
