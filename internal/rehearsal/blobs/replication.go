package blobs

import (
	"strings"
	"time"
)

// replicate copies a blob to where the account's object replication policies
// send it, apart from the request that wrote it. Deletions are not replicated:
// the rules of the estates do not ask for it.
func (f *Front) replicate(a *account, p place) {
	for _, target := range f.targets(a, p) {
		f.work.Go(func() {
			// Azure promises no time; a copy is made as soon as it can be.
			unlock := a.hold(p)
			defer unlock()
			for range attempts {
				answer, content, err := f.read(a.behind, p.container, p.blob)
				if err == nil && (answer == nil || answer.Header.Get("X-Ms-Blob-Type") != "BlockBlob") {
					return
				}
				if err == nil {
					err = f.write(target.account.behind, target.container, p.blob, answer.Header, content)
				}
				if err == nil {
					return
				}
				select {
				case <-f.ctx.Done():
					return
				case <-time.After(200 * time.Millisecond):
				}
			}
		})
	}
}

// attempts is how often a copy is tried before it is left behind, as one is that
// the destination's policy refuses.
const attempts = 5

type target struct {
	account   *account
	container string
}

// targets reads the policies that name the account as their source.
func (f *Front) targets(a *account, p place) []target {
	var out []target
	for _, one := range f.options.Children(a.id + "/objectReplicationPolicies") {
		source, _ := at(one, "properties", "sourceAccount").(string)
		if !names(source, a) {
			continue
		}
		destination, _ := at(one, "properties", "destinationAccount").(string)
		to := f.find(destination)
		if to == nil || to == a {
			continue
		}
		rules, _ := at(one, "properties", "rules").([]any)
		for _, rule := range rules {
			if from, _ := at(rule, "sourceContainer").(string); from == p.container {
				container, _ := at(rule, "destinationContainer").(string)
				out = append(out, target{to, container})
			}
		}
	}
	return out
}

// names reports that a text is an account's name or id.
func names(text string, a *account) bool {
	return strings.EqualFold(text, a.id) || strings.EqualFold(text, a.name)
}

func (f *Front) find(text string) *account {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.accounts {
		if names(text, a) {
			return a
		}
	}
	return nil
}
