package blobs

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// Accounts is the plane behind Microsoft.Storage/storageAccounts.
type Accounts struct{ *Front }

// Containers is the plane behind their containers.
type Containers struct{ *Front }

// Services is the plane behind their blob services, each of which an account has
// from the start.
type Services struct{}

var (
	_ arm.Reader = Accounts{}
	_ arm.Plane  = Containers{}
	_ arm.Lister = Services{}
)

// Put gives an account a place in the store, unless it has one.
func (p Accounts) Put(_ context.Context, id string, _ map[string]any) (map[string]any, error) {
	name := id[strings.LastIndex(id, "/")+1:]
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.accounts[name] == nil {
		behind, err := p.options.Store.Take()
		if err != nil {
			return nil, err
		}
		p.accounts[name] = &account{name: name, id: id, behind: behind, writes: map[string]*sync.Mutex{}}
	}
	return map[string]any{"primaryEndpoints": map[string]any{"blob": p.Endpoint(name)}}, nil
}

// Read tells how the last point-in-time restore went, to who asks for it.
func (p Accounts) Read(_ context.Context, id, expand string) (map[string]any, error) {
	a := p.find(id)
	if a == nil || !strings.Contains(strings.ToLower(expand), "blobrestorestatus") {
		return nil, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.restore == nil {
		return nil, nil
	}
	return map[string]any{"blobRestoreStatus": maps.Clone(a.restore)}, nil
}

// Actions are what can be done to accounts, by ARM type and name.
func (f *Front) Actions() map[string]arm.Action {
	return map[string]arm.Action{"Microsoft.Storage/storageAccounts/restoreBlobRanges": f.restoreRanges}
}

// restoreRanges puts blobs back to what they were: the body is armstorage's
// BlobRestoreParameters, the result its BlobRestoreStatus.
func (f *Front) restoreRanges(_ context.Context, id string, body map[string]any) (map[string]any, error) {
	a := f.find(id)
	if a == nil {
		return nil, fmt.Errorf("there are no blobs behind %s", id)
	}
	text, _ := body["timeToRestore"].(string)
	point, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, arm.Refuse(http.StatusBadRequest, "InvalidRequestPropertyValue", "The value '%s' for timeToRestore is no time.", text)
	}
	var ranges []Range
	given, _ := body["blobRanges"].([]any)
	for _, one := range given {
		start, _ := at(one, "startRange").(string)
		end, _ := at(one, "endRange").(string)
		ranges = append(ranges, Range{start, end})
	}
	if len(ranges) == 0 {
		return nil, arm.Refuse(http.StatusBadRequest, "InvalidRequestPropertyValue", "There is no range of blobs to restore.")
	}
	status := func(word, reason string) map[string]any {
		out := map[string]any{"status": word, "restoreId": point.UTC().Format("20060102150405.000000000"), "parameters": body}
		if reason != "" {
			out["failureReason"] = reason
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.restore = out
		return out
	}
	status("InProgress", "")
	if _, err := f.Restore(a.name, point, ranges); err != nil {
		status("Failed", err.Error())
		return nil, err
	}
	return status("Complete", ""), nil
}

// Delete forgets an account. What is left of it in the store nobody can reach.
func (p Accounts) Delete(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.accounts, id[strings.LastIndex(id, "/")+1:])
	return nil
}

// Put changes nothing: the front asks the Resource Manager what holds.
func (Services) Put(context.Context, string, map[string]any) (map[string]any, error) {
	return nil, nil
}

// Delete does nothing: a service goes with its account.
func (Services) Delete(context.Context, string) error { return nil }

// List is an account's blob service before anybody has set anything.
func (Services) List(_ context.Context, account string) ([]map[string]any, error) {
	return []map[string]any{{
		"id": account + "/blobServices/default", "name": "default", "type": "Microsoft.Storage/storageAccounts/blobServices",
		"properties": map[string]any{"isVersioningEnabled": false, "deleteRetentionPolicy": map[string]any{"enabled": false}},
	}}, nil
}

// Put makes a container, unless it is there.
func (p Containers) Put(_ context.Context, id string, _ map[string]any) (map[string]any, error) {
	a, name, err := p.locate(id)
	if err != nil {
		return nil, err
	}
	return nil, p.makeContainer(a.behind, name)
}

// Delete removes a container, unless its account has gone already.
func (p Containers) Delete(_ context.Context, id string) error {
	a, name, err := p.locate(id)
	if err != nil {
		return nil
	}
	if p.protects(a, name).locked {
		return fmt.Errorf("a locked immutability policy protects the container %s", name)
	}
	_, _, err = p.do("DELETE", p.behind(a.behind, name, ""), "restype=container", nil, nil, 202, 404)
	return err
}

func (p Containers) locate(id string) (*account, string, error) {
	segments := strings.Split(id, "/")
	for i, segment := range segments[:len(segments)-1] {
		if !strings.EqualFold(segment, "storageAccounts") {
			continue
		}
		p.mu.Lock()
		a := p.accounts[segments[i+1]]
		p.mu.Unlock()
		if a != nil {
			return a, segments[len(segments)-1], nil
		}
	}
	return nil, "", fmt.Errorf("there is no account for %s", id)
}
