package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

// point is one copy.
type point struct {
	name    string
	at      time.Time // as it is dated
	taken   time.Time // when it was in fact taken
	expires time.Time
	kind    string // Full or Discrete
	policy  string
	tag     string
	files   []file
}

// file is a part of a copy.
type file struct {
	kept      string // its name in the safe
	container string // of a blob; empty for a dump's file
	name      string
	size      int64
	like      properties
}

// pointsPlane lists the copies of an instance.
type pointsPlane struct{ *Vaults }

// Put is refused: a recovery point comes of a backup.
func (pointsPlane) Put(_ context.Context, id string, _ map[string]any) (map[string]any, error) {
	return nil, notAllowed("PUT", id)
}

// Delete is refused. Azure has no call for it; an immutable vault says why.
func (p pointsPlane) Delete(_ context.Context, id string) error {
	if in := p.instance(path.Dir(path.Dir(id))); in != nil {
		if err := immutable(p.options.Resource(in.vault), id, 1); err != nil {
			return err
		}
	}
	return notAllowed("DELETE", id)
}

// List gives the recovery points of an instance, the newest first.
func (p pointsPlane) List(_ context.Context, id string) ([]map[string]any, error) {
	in := p.instance(id)
	if in == nil {
		return nil, nil
	}
	var out []map[string]any
	for _, point := range slices.Backward(p.current(in)) {
		shown, err := point.view(id)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}

// view is a recovery point as a GET shows it: an AzureBackupDiscreteRecoveryPoint.
func (p *point) view(instance string) (map[string]any, error) {
	about := map[string]any{"objectType": "RehearsalBackupMetadata", "takenAt": fields.Time(p.taken), "files": len(p.files)}
	friendly := p.name
	if !p.at.Equal(p.taken) {
		friendly = "back-dated by the rehearsal, taken " + fields.Time(p.taken)
		about["backDated"] = true
	}
	metadata, err := json.Marshal(about)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"id": instance + "/recoveryPoints/" + p.name, "name": p.name, "type": points,
		"properties": map[string]any{
			"objectType":         "AzureBackupDiscreteRecoveryPoint",
			"recoveryPointId":    p.name,
			"recoveryPointTime":  fields.Time(p.at),
			"recoveryPointType":  p.kind,
			"recoveryPointState": "Completed",
			"friendlyName":       friendly,
			"policyName":         p.policy,
			"retentionTagName":   p.tag,
			"expiryTime":         fields.Time(p.expires),
			"recoveryPointDataStoresDetails": []any{map[string]any{
				"id": p.name, "type": "VaultStore", "creationTime": fields.Time(p.at), "expiryTime": fields.Time(p.expires),
				"state": "COMMITTED", "visible": true, "metaData": string(metadata),
			}},
		},
	}, nil
}

// Backdate gives a copy an earlier date, as if it had been taken then, and keeps
// it for as long after that as its policy says. Its recovery point shows when it
// was taken in fact.
func (v *Vaults) Backdate(instance, name string, at time.Time) error {
	in := v.instance(instance)
	if in == nil {
		return fmt.Errorf("there is no backup instance %s", instance)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, p := range in.points {
		if p.name != name {
			continue
		}
		if at.After(p.taken) {
			return fmt.Errorf("the copy %s was taken at %s, before %s", name, fields.Time(p.taken), fields.Time(at))
		}
		dated := *p // somebody may be reading the other
		dated.expires = p.expires.Add(at.Sub(p.at))
		dated.at = at
		in.points[i] = &dated
		slices.SortStableFunc(in.points, func(a, b *point) int { return a.at.Compare(b.at) })
		return nil
	}
	return fmt.Errorf("there is no recovery point %s of %s", name, instance)
}

// discard removes what a copy has in the safe.
func (v *Vaults) discard(ctx context.Context, p *point) error {
	var faults []error
	for _, f := range p.files {
		faults = append(faults, v.safe.remove(ctx, f.kept))
	}
	return errors.Join(faults...)
}

// terms are what a policy says of one copy.
type terms struct {
	policy, kind, tag string
	kept              func(time.Time) time.Time
}

// defaultRule asks for the first rule of a policy.
const defaultRule = ""

// terms reads an instance's policy. A rule may be named, and a retention tag in
// the place of the rule's own.
func (v *Vaults) terms(in *instance, rule, tag string) (terms, error) {
	id := fields.Text(v.asPut(in), "properties", "policyInfo", "policyId")
	policy := v.options.Resource(id)
	if policy == nil {
		return terms{}, arm.Refuse(http.StatusBadRequest, "UserErrorPolicyNotFound", "The backup policy '%s' of '%s' was not found.", id, in.id)
	}
	out := terms{policy: path.Base(id)}
	rules, _ := fields.Dig(policy, "properties", "policyRules").([]any)
	for _, one := range rules {
		if fields.Text(one, "objectType") == "AzureBackupRule" && out.kind == "" && (rule == defaultRule || strings.EqualFold(fields.Text(one, "name"), rule)) {
			out.kind = fields.Text(one, "backupParameters", "backupType")
			out.tag = defaultTag(one)
		}
	}
	if out.kind == "" {
		return terms{}, arm.Refuse(http.StatusBadRequest, "UserErrorInvalidBackupRule", "The policy '%s' has no backup rule '%s'.", out.policy, rule)
	}
	if tag != "" {
		out.tag = tag
	}
	for _, one := range rules {
		if fields.Text(one, "objectType") != "AzureRetentionRule" || !strings.EqualFold(fields.Text(one, "name"), out.tag) {
			continue
		}
		lifecycles, _ := fields.Dig(one, "lifecycles").([]any)
		for _, cycle := range lifecycles {
			var err error
			if out.kept, err = fields.Period(fields.Text(cycle, "deleteAfter", "duration")); err != nil {
				return terms{}, fmt.Errorf("the policy %s: %w", out.policy, err)
			}
		}
	}
	if out.kept == nil {
		return terms{}, arm.Refuse(http.StatusBadRequest, "UserErrorInvalidRetentionTag", "The policy '%s' has no retention rule '%s'.", out.policy, out.tag)
	}
	return out, nil
}

// defaultTag is the tag that a backup rule gives a copy that no other criterion
// takes.
func defaultTag(rule any) string {
	criteria, _ := fields.Dig(rule, "trigger", "taggingCriteria").([]any)
	for _, one := range criteria {
		if isDefault, _ := fields.Dig(one, "isDefault").(bool); isDefault {
			return fields.Text(one, "tagInfo", "tagName")
		}
	}
	return "Default"
}
