package policies

import "embed"

// Files is the pack as it was when the program was built.
//
//go:embed lib rules data examples PulumiPolicy.yaml
var Files embed.FS
