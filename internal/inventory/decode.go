package inventory

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	"google.golang.org/protobuf/types/known/structpb"
)

// maxDepth bounds how deeply values may nest: far beyond any real resource, and
// far below what would exhaust the stack of this program or of a rule engine.
const maxDepth = 200

// sentinels are the strings that stand for values not known yet, one for each
// type, on Pulumi's wire and in its states (sdk/go/common/resource/plugin/rpc.go).
var sentinels = map[string]bool{
	"1c4a061d-8072-4f0a-a4cb-0ff528b18fe7": true, // bool
	"3eeb2bf0-c639-47a8-9e75-3b44932eb421": true, // number
	UnknownSentinel:                        true, // string
	"6a19a0b0-7e62-4c92-b797-7f8e31da9cc2": true, // array
	"030794c1-ac77-496b-92df-f27374a8bd58": true, // asset
	"e48ece36-62e2-4504-bad9-02848725956a": true, // archive
	"dd056dcd-154b-4c76-9bd3-c8f88648b5ff": true, // object
}

// UnknownSentinel is the wire's word for an unknown string. SDKs take it for an
// unknown value of any type.
const UnknownSentinel = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

// Unknown returns the mark of a value that is not known yet.
func Unknown() map[string]any { return map[string]any{"$unknown": true} }

// Secret returns the mark of a secret value.
func Secret() map[string]any { return map[string]any{"$secret": true} }

// IsUnknown tells whether v is the mark of an unknown value.
func IsUnknown(v any) bool { return marked(v, "$unknown") }

// IsSecret tells whether v is the mark of a secret value.
func IsSecret(v any) bool { return marked(v, "$secret") }

func marked(v any, mark string) bool {
	m, ok := v.(map[string]any)
	return ok && m[mark] == true
}

// Known tells whether v holds neither an unknown nor a secret value at any
// depth.
func Known(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if IsUnknown(v) || IsSecret(v) {
			return false
		}
		for _, e := range v {
			if !Known(e) {
				return false
			}
		}
	case []any:
		for _, e := range v {
			if !Known(e) {
				return false
			}
		}
	}
	return true
}

// Decode returns the canonical form of a property map from Pulumi's wire. Its
// errors name the property that cannot be read.
func Decode(properties *structpb.Struct) (map[string]any, error) {
	return canonicalProps(properties.AsMap())
}

// canonicalProps is canonical for the properties of a resource. Keys that begin
// with two underscores are a provider's private notes.
func canonicalProps(raw map[string]any) (map[string]any, error) {
	props := make(map[string]any, len(raw))
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		if len(key) >= 2 && key[:2] == "__" {
			continue
		}
		v, err := canonical(raw[key], 1)
		if err != nil {
			return nil, fmt.Errorf("property %s%w", key, err)
		}
		if v != nil {
			props[key] = v
		}
	}
	return props, nil
}

// canonical turns a JSON value with Pulumi's signatures into one with marks.
// Nulls inside objects are dropped, since ARM does not tell them from absence.
// An error begins with the path to the value.
func canonical(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf(": nested more than %d levels deep", maxDepth)
	}
	switch v := v.(type) {
	case string:
		if sentinels[v] {
			return Unknown(), nil
		}
		return v, nil
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			c, err := canonical(e, depth+1)
			if err != nil {
				return nil, fmt.Errorf("[%d]%w", i, err)
			}
			list[i] = c
		}
		return list, nil
	case map[string]any:
		if signature, ok := v[sig.Key]; ok {
			return signed(signature, v, depth)
		}
		object := make(map[string]any, len(v))
		for key, e := range v {
			if key == "__defaults" { // bridged providers' notes, at any depth
				continue
			}
			c, err := canonical(e, depth+1)
			if err != nil {
				return nil, fmt.Errorf(".%s%w", key, err)
			}
			if c != nil {
				object[key] = c
			}
		}
		return object, nil
	default:
		return v, nil // number, bool and null
	}
}

// signed decodes an object that carries one of Pulumi's signatures. A signature
// of a kind not known here is refused, for it might hide a secret.
func signed(signature any, v map[string]any, depth int) (any, error) {
	switch signature {
	case sig.Secret:
		return Secret(), nil
	case sig.OutputValue:
		if v["secret"] == true {
			return Secret(), nil
		}
		element, known := v["value"]
		if !known {
			return Unknown(), nil
		}
		return canonical(element, depth+1)
	case sig.ResourceReference:
		return reference(v), nil
	case sig.AssetSig:
		return asset(v), nil
	case sig.ArchiveSig:
		return asset(v), nil
	default:
		return nil, fmt.Errorf(": a value of an unknown kind (signature %s)", strconv.Quote(fmt.Sprint(signature)))
	}
}

// reference is a resource's id, or a component's URN.
func reference(v map[string]any) any {
	id, custom := v["id"]
	if !custom {
		return v["urn"]
	}
	if s, ok := id.(string); ok && s != "" && !sentinels[s] {
		return s
	}
	return Unknown()
}

// asset describes a file, text or archive without its contents: those may be
// large, and nobody marked the secrets in them. Only the last element of a path
// is kept, and nothing of an address, which may carry a signature.
func asset(v map[string]any) any {
	d := map[string]any{}
	if hash, ok := v["hash"].(string); ok && hash != "" {
		d["hash"] = hash
	}
	if text, ok := v["text"].(string); ok && text != "" {
		if d["hash"] == nil {
			sum := sha256.Sum256([]byte(text))
			d["hash"] = hex.EncodeToString(sum[:])
		}
	}
	if file, ok := v["path"].(string); ok && file != "" {
		d["file"] = path.Base(file)
	}
	return map[string]any{"$asset": d}
}
