package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"unicode/utf8"

	"github.com/tillit-dev/tillit/internal/azure"
)

// maxInput bounds what is read into memory, in bytes: 100,000 resources with
// their source positions are less.
const maxInput = 512 << 20

// Input is one of the documents that describe an estate.
type Input struct {
	Name   string // for errors: a file, or "standard input"
	Reader io.Reader
}

// A form is one kind of document that resources can be read from.
type form struct {
	name string // for people
	// is tells the form by the first thing in the document.
	is   func(opening) bool
	read func(data []byte) (document, error)
}

// opening is what tells the form of a document.
type opening struct {
	keys map[string]bool // of the outermost object; of the first when there are several
	list bool            // it is a list, not an object
}

// forms are tried in order; the first that recognises a document reads it.
var forms []form

func init() {
	forms = []form{
		{"an inventory (`tillit plan`)", hasKeys("estate", "source", "resources"), whole(readInventory)},
		{"an exported state (`pulumi stack export`)", hasKeys("version", "deployment"), whole(readState)},
		{"a preview (`pulumi preview --json`)", isPreview, whole(readPreview)},
		{"the events of a preview", hasKeys("sequence", "timestamp"), whole(readEvents)},
		{"an update plan (`pulumi preview --save-plan`)", hasKeys("manifest", "resourcePlans"), readUpdatePlan},
		{"an ARM template (`az group export`)", isTemplate, readTemplate},
		{"Azure resources (`az resource list`, `az ... show`, `az graph query`)", isRows, readRows},
	}
}

// whole is for the forms that leave nothing open.
func whole(read func([]byte) (*Inventory, error)) func([]byte) (document, error) {
	return func(data []byte) (document, error) {
		inv, err := read(data)
		return document{Inventory: inv}, err
	}
}

func hasKeys(wanted ...string) func(opening) bool {
	return func(o opening) bool {
		for _, key := range wanted {
			if !o.keys[key] {
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
	return ReadAll(Input{Reader: r})
}

// ReadAll reads what several documents, of any forms, say of one estate, and
// joins it. What one does not know another may fill in; documents of different
// estates, and ones that contradict each other, are refused. An update plan of a
// stack that is deployed is read with the state it was planned for. Errors begin
// with the input's name.
func ReadAll(inputs ...Input) (*Inventory, error) {
	var names, plans []string
	var documents []document
	var changes [][]change
	for _, in := range inputs {
		d, err := read(in.Reader)
		if err != nil {
			return nil, fmt.Errorf("%s%w", prefix(in.Name), err)
		}
		names, documents = append(names, in.Name), append(documents, d)
		if len(d.changes) > 0 {
			plans, changes = append(plans, in.Name), append(changes, d.changes)
		}
	}
	if len(documents) == 0 {
		return nil, errors.New("read: there is no input")
	}
	inv, err := merge(names, documents)
	if err != nil {
		return nil, err
	}
	for i, name := range plans {
		if !slices.ContainsFunc(documents, func(d document) bool { return d.Source == stateSource }) {
			return nil, fmt.Errorf("%s%w", prefix(name), needState(changes[i]))
		}
		if err := upon(inv, changes[i]); err != nil {
			return nil, fmt.Errorf("%s%w", prefix(name), err)
		}
	}
	return inv, nil
}

func read(r io.Reader) (document, error) {
	data, err := readAll(r, maxInput)
	if err != nil {
		return document{}, err
	}
	if looksQuick(data) {
		if inv, ok := quick(data); ok {
			return document{Inventory: inv}, nil
		}
	}
	first, err := open(data)
	if err != nil {
		return document{}, err
	}
	for _, f := range forms {
		if f.is(first) {
			return f.read(data)
		}
	}
	return document{}, errors.New("read: the input is of no form that is known here; " + known())
}

// open looks at how a document begins, and refuses what no decoder should be
// given.
func open(data []byte) (opening, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")):
		return opening{}, errors.New("read: the input is UTF-16; write it as UTF-8 (in PowerShell: | Out-File -Encoding utf8)")
	case !utf8.Valid(data):
		return opening{}, errors.New("read: the input is not text; " + known())
	}
	if !json.Valid(data) {
		if err := wellFormed(data); err != nil {
			return opening{}, err
		}
	}
	first, err := scan(data)
	if err != nil {
		return opening{}, fmt.Errorf("read: %w", err)
	}
	if !first.list && first.keys == nil {
		return opening{}, errors.New("read: the input is JSON but neither an object nor a list; " + known())
	}
	return first, nil
}

// wellFormed tells where JSON breaks. Events stand one after another in a
// document, and so may nothing else.
func wellFormed(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	for n := 0; ; n++ {
		var value struct {
			Sequence *json.RawMessage `json:"sequence"`
		}
		err := d.Decode(&value)
		var syntax *json.SyntaxError
		switch {
		case err == io.EOF && n > 0:
			return nil
		case errors.As(err, &syntax):
			return fmt.Errorf("read: not complete JSON: %s: %w", place(data, syntax.Offset), err)
		case errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("read: not complete JSON: %s: it is cut off; write it again", place(data, int64(len(data))))
		case err != nil || value.Sequence == nil:
			return fmt.Errorf("read: %s: there is more than one document; give each as an input of its own", place(data, d.InputOffset()))
		}
	}
}

// known lists the forms for an error message.
func known() string {
	list := "what can be read is "
	for i, f := range forms {
		switch {
		case i == len(forms)-1:
			list += " or "
		case i > 0:
			list += ", "
		}
		list += f.name
	}
	return list
}

// readAll reads a document, without the byte order mark that some shells write.
// A file that is too large is not read at all.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	tooLarge := fmt.Errorf("read: the input is larger than %d MB; leave out what is not of the estate", limit>>20)
	first := 4 << 10 // bytes
	if file, ok := r.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			if info.Size() > limit {
				return nil, tooLarge
			}
			first = int(info.Size()) + bytes.MinRead // and nothing has to move
		}
	}
	data, err := pieces(io.LimitReader(r, limit+1), first, limit)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read: %w", err)
	case data == nil:
		return nil, tooLarge
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("read: the input is empty")
	}
	return data, nil
}

// pieces reads to the end, the first piece of a given size, and gives nil when
// that is beyond the limit. What comes from a pipe has no size: it is kept in
// pieces until all of it is there, for a buffer that grows takes several times
// what it holds.
func pieces(r io.Reader, first int, limit int64) ([]byte, error) {
	const most = 16 << 20 // bytes
	var list [][]byte
	var total int64
	for size := first; ; size = min(2*size, most) {
		piece := make([]byte, size)
		n, err := io.ReadFull(r, piece)
		list = append(list, piece[:n])
		total += int64(n)
		switch {
		case total > limit:
			return nil, nil
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			if len(list) == 1 {
				return list[0], nil
			}
			return slices.Concat(list...), nil
		case err != nil:
			return nil, err
		}
	}
}

// readInventory reads what Encode writes.
func readInventory(data []byte) (*Inventory, error) {
	inv := &Inventory{}
	if err := unmarshal(data, inv); err != nil {
		return nil, fmt.Errorf("read inventory: %w", err)
	}
	if inv.Estate == "" && inv.Source != armSource {
		return nil, errors.New("read inventory: estate is empty")
	}
	seen := map[string]bool{}
	for i := range inv.Resources {
		resource := &inv.Resources[i]
		switch {
		case !validURN(resource.URN) && azure.TypeOf(resource.URN) == "":
			return nil, fmt.Errorf("read inventory: resources[%d]: %q is neither a URN nor an ARM id", i, resource.URN)
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
