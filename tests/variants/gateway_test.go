package variants

import (
	"context"
	"slices"
	"testing"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
)

// What is promised at the gateway is kept, and every variant of it refused.
func TestGateway(t *testing.T) {
	ctx := context.Background()
	d, err := Declaration("validation-eu")
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.Load(ctx, policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	sound := judge(t, g, d, Variant{})
	for _, id := range []promises.ID{"perimeter.allow-list", "perimeter.waf", "crypto.transit", "identity.sub-users", "log.opt-out"} {
		i := slices.IndexFunc(sound.Promises, func(p gate.Promise) bool { return p.ID == id })
		if i < 0 || sound.Promises[i].Verdict != gate.Kept {
			t.Errorf("%s is not kept: %+v", id, sound.Promises[i])
		}
	}
	for _, v := range Gateway {
		t.Run(v.String(), func(t *testing.T) {
			if broken, rules := violates(judge(t, g, d, v), v.Promise, v.Rule); !broken {
				t.Errorf("%s is not refused by %s: %v", v, v.Rule, rules)
			}
		})
	}
}
