package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxInput bounds what is read into memory, in bytes: an estate of 100,000
// resources is a tenth of it.
const maxInput = 2 << 30

// A form is one kind of document that resources can be read from.
type form struct {
	name string // for people
	// is tells the form by the keys of the document's top level.
	is   func(keys map[string]json.RawMessage) bool
	read func(data []byte) (*Inventory, error)
}

// forms are tried in order; the first that recognises a document reads it.
var forms = []form{
	{"an inventory (`tillit plan`)", hasKeys("estate", "source", "resources"), readInventory},
	{"an exported state (`pulumi stack export`)", hasKeys("version", "deployment"), readState},
}

func hasKeys(wanted ...string) func(map[string]json.RawMessage) bool {
	return func(keys map[string]json.RawMessage) bool {
		for _, key := range wanted {
			if _, ok := keys[key]; !ok {
				return false
			}
		}
		return true
	}
}

// Read reads resources from a document of any form known here, which it tells by
// the contents. It refuses what it does not recognise: a gate must not take a
// wrong file for an estate that breaks nothing.
func Read(r io.Reader) (*Inventory, error) {
	data, err := readAll(r)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		return nil, errors.New("read: the input is not text; " + known())
	}
	var keys map[string]json.RawMessage
	if err := unmarshal(data, &keys); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("read: not complete JSON: %w", err)
		}
		return nil, errors.New("read: the input is JSON but not an object; " + known())
	}
	for _, f := range forms {
		if f.is(keys) {
			return f.read(data)
		}
	}
	return nil, errors.New("read: the input is of no form that is known here; " + known())
}

// known lists the forms for an error message.
func known() string {
	list := "what can be read is "
	for i, f := range forms {
		if i > 0 {
			list += " or "
		}
		list += f.name
	}
	return list
}

// readAll reads a document, without the byte order mark that some shells write.
func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if len(data) > maxInput {
		return nil, fmt.Errorf("read: the input is larger than %d MB", maxInput>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("read: the input is empty")
	}
	return data, nil
}

// readInventory reads what Encode writes.
func readInventory(data []byte) (*Inventory, error) {
	inv := &Inventory{}
	if err := unmarshal(data, inv); err != nil {
		return nil, fmt.Errorf("read inventory: %w", err)
	}
	if inv.Estate == "" {
		return nil, errors.New("read inventory: estate is empty")
	}
	seen := map[string]bool{}
	for i := range inv.Resources {
		resource := &inv.Resources[i]
		switch {
		case !validURN(resource.URN):
			return nil, fmt.Errorf("read inventory: resources[%d]: %q is not a URN", i, resource.URN)
		case resource.Type == "":
			return nil, fmt.Errorf("read inventory: resources[%d]: %s has no type", i, resource.URN)
		case seen[resource.URN]:
			return nil, fmt.Errorf("read inventory: resources[%d]: %s is there twice", i, resource.URN)
		}
		seen[resource.URN] = true
		props, err := canonicalProps(resource.Props)
		if err != nil {
			return nil, fmt.Errorf("read inventory: %s: %w", resource.URN, err)
		}
		resource.Props = props
	}
	if inv.Resources == nil {
		inv.Resources = []Resource{}
	}
	return inv, nil
}
