package promises

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// namespace is the config namespace that is ours.
const namespace = "tillit"

// ourKeys are the words of the namespace.
var ourKeys = []string{"means", "promises", "settings", "waivers"}

// Path returns the stack config file of an estate in a directory of them.
func Path(dir, estate string) string {
	return filepath.Join(dir, "Pulumi."+estate+".yaml")
}

var fileName = regexp.MustCompile(`^Pulumi\.([A-Za-z0-9][A-Za-z0-9._-]*)\.yaml$`)

// Load reads what an estate declares from its stack config file,
// Pulumi.<estate>.yaml. The error joins one *Error for each fault of the file; a
// file that is not there matches fs.ErrNotExist.
//
// Load sees only the file. Config that a Pulumi ESC environment adds is seen by
// FromConfig.
func Load(path string) (*Declaration, error) {
	name := fileName.FindStringSubmatch(filepath.Base(path))
	if name == nil {
		return nil, &Error{File: path, Msg: "an estate's stack config file is named Pulumi.ESTATE.yaml, with letters, digits, '.', '_' and '-'"}
	}
	data, err := readBounded(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no estate %q: %s: %w", path, name[1], otherEstates(path, name[1]), fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("load the estate %q: %w", name[1], err)
	}
	return parseFile(path, name[1], data)
}

func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxBytes {
		return nil, &Error{File: path, Msg: "the file is larger than 1 MiB; a stack config file is a few KiB"}
	}
	return data, nil
}

// otherEstates says which estate was probably meant.
func otherEstates(path, estate string) string {
	files, _ := filepath.Glob(Path(filepath.Dir(path), "*"))
	var names []string
	for _, f := range files {
		if m := fileName.FindStringSubmatch(filepath.Base(f)); m != nil {
			names = append(names, m[1])
		}
	}
	if len(names) == 0 {
		return "the directory holds no Pulumi.ESTATE.yaml"
	}
	return Suggest(estate, names)
}

// parseFile is Load on the bytes of a file.
func parseFile(path, estate string, data []byte) (*Declaration, error) {
	f := &faults{file: path}
	d := &Declaration{Estate: estate, File: path}
	if doc := parseYAML(f, data); doc != nil || len(f.list) == 0 {
		p := &parser{faults: f, declaration: d}
		p.declare(ourValues(f, doc))
	}
	if len(f.list) > 0 {
		return nil, f.join()
	}
	return d, nil
}

// ourValues picks the values of our namespace out of the file's config and
// leaves everything else alone.
func ourValues(f *faults, doc *yaml.Node) map[string]*node {
	values := map[string]*node{}
	if doc == nil {
		return values
	}
	if doc.Kind != yaml.MappingNode {
		f.add(place(doc), "a stack config file is a mapping with the key config")
		return nil
	}
	t := &yamlTree{faults: f}
	var config *yaml.Node
	for i := 0; i+1 < len(doc.Content); i += 2 {
		switch key := doc.Content[i]; {
		case key.Value == "config" && config != nil:
			f.add(place(key), "config is given twice: keep one")
		case key.Value == "config":
			config = follow(doc.Content[i+1])
		case strings.HasPrefix(key.Value, namespace+":"):
			f.add(place(key), "%s stands outside config: indent it under config", key.Value)
		}
	}
	if config == nil || config.Kind == yaml.ScalarNode && config.ShortTag() == "!!null" {
		return values
	}
	if config.Kind != yaml.MappingNode {
		f.add(place(config), "config must be a mapping of keys such as tillit:promises")
		return nil
	}
	for i := 0; i+1 < len(config.Content); i += 2 {
		key, value := config.Content[i], config.Content[i+1]
		word, ours := ourWord(f, place(key), key.Value)
		if !ours {
			continue
		}
		if values[word] != nil {
			f.add(place(key), "tillit:%s is given twice: keep one", word)
			continue
		}
		tree := t.read(value, 1)
		if follow(value).Kind == yaml.ScalarNode { // an empty value stands where its key does
			tree.line, tree.column = key.Line, key.Column
		}
		if tree.kind == mapping && len(tree.entries) == 1 && tree.get("secure") != nil {
			f.add(tree, "tillit:%s is encrypted; it is nothing secret, and the gate must read it: write it in clear", word)
			continue
		}
		values[word] = tree
		if t.stopped {
			return nil
		}
	}
	return values
}

func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// ourWord takes our namespace off a config key. It reports a word that we do not
// have, and one of ours without its namespace, which Pulumi would give to
// whatever project reads the file.
func ourWord(f *faults, at *node, key string) (word string, ours bool) {
	word, ours = strings.CutPrefix(key, namespace+":")
	if !ours {
		if slices.Contains(ourKeys, key) {
			f.add(at, "%s has no namespace: write tillit:%s", key, key)
		}
		return "", false
	}
	word = strings.TrimPrefix(word, "config:") // Pulumi's older form, namespace:config:word
	if !slices.Contains(ourKeys, word) {
		f.add(at, "unknown key %s: %s", quote(key), Suggest(namespace+":"+word, ourFullKeys()))
		return "", false
	}
	return word, true
}

func ourFullKeys() []string {
	full := make([]string, len(ourKeys))
	for i, word := range ourKeys {
		full[i] = namespace + ":" + word
	}
	return full
}

// FromConfig reads what an estate declares from the configuration that the
// engine hands to a program or an analyzer: full keys such as tillit:promises,
// structured values as JSON. It judges as Load does; positions are unknown.
// Keys of other namespaces are left alone.
func FromConfig(estate string, config map[string]string) (*Declaration, error) {
	f := &faults{}
	values := map[string]*node{}
	for _, key := range sortedKeys(config) {
		if !strings.HasPrefix(key, namespace+":") {
			continue
		}
		f.file = key
		word, ours := ourWord(f, &node{}, key)
		if !ours {
			continue
		}
		if values[word] != nil {
			f.add(&node{}, "tillit:%s is given twice: keep one", word)
			continue
		}
		if tree := parseJSON(f, config[key]); tree != nil {
			values[word] = tree
		}
	}
	d := &Declaration{Estate: estate}
	if len(f.list) == 0 {
		p := &parser{faults: f, declaration: d}
		p.declare(values)
	}
	if len(f.list) > 0 {
		return nil, f.join()
	}
	return d, nil
}
