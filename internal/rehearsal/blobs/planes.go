package blobs

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// Accounts is the plane behind Microsoft.Storage/storageAccounts.
type Accounts struct{ *Front }

// Containers is the plane behind their containers.
type Containers struct{ *Front }

var (
	_ arm.Plane = Accounts{}
	_ arm.Plane = Containers{}
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

// Delete forgets an account. What is left of it in the store nobody can reach.
func (p Accounts) Delete(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.accounts, id[strings.LastIndex(id, "/")+1:])
	return nil
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
