package policies

import "embed"

// Files is the pack as it was when the program was built.
//
//go:embed lib rules data examples PulumiPolicy.yaml
var Files embed.FS

// compiled may have the pack as it was compiled before the program was built. It
// is made by make build; without it, or when the pack has changed since, the pack
// is compiled when it is loaded.
//
//go:embed all:compiled
var compiled embed.FS

// Compiled is the compiled pack; nil when there is none.
func Compiled() []byte {
	data, err := compiled.ReadFile("compiled/pack")
	if err != nil {
		return nil
	}
	return data
}
