package blobs

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/tillit-dev/tillit/internal/rehearsal/azurite"
)

// version of the blob protocol that the front itself speaks.
const version = "2021-12-02"

// do sends the emulator a request of the front's own. The answer's body is read
// whole; a status that is not wanted is an error.
func (f *Front) do(method string, at *url.URL, query string, header map[string]string, body []byte, wanted ...int) (*http.Response, []byte, error) {
	at.RawQuery = query
	r, err := http.NewRequestWithContext(f.ctx, method, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	r.Header.Set("X-Ms-Version", version)
	f.sign(r)
	answer, err := f.store.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it has been read, or its reading has failed
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, nil, err
	}
	for _, status := range wanted {
		if answer.StatusCode == status {
			return answer, content, nil
		}
	}
	return nil, nil, fmt.Errorf("%s %s: %s: %s", method, at.Path, answer.Status, answer.Header.Get("X-Ms-Error-Code"))
}

func (f *Front) makeContainer(a azurite.Account, name string) error {
	_, _, err := f.do(http.MethodPut, f.behind(a, name, ""), "restype=container", nil, nil, http.StatusCreated, http.StatusConflict)
	return err
}

// read returns a blob with its properties; a nil answer when there is none.
func (f *Front) read(a azurite.Account, container, blob string) (*http.Response, []byte, error) {
	answer, content, err := f.do(http.MethodGet, f.behind(a, container, blob), "", nil, nil, http.StatusOK, http.StatusNotFound)
	if err != nil || answer.StatusCode == http.StatusNotFound {
		return nil, nil, err
	}
	return answer, content, nil
}

// write writes a block blob with the properties of the one that was read.
func (f *Front) write(a azurite.Account, container, blob string, like http.Header, content []byte) error {
	header := map[string]string{"X-Ms-Blob-Type": "BlockBlob"}
	for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Cache-Control", "Content-Disposition"} {
		if value := like.Get(name); value != "" {
			header["X-Ms-Blob-"+name] = value
		}
	}
	for name := range like {
		if len(name) > len(metadata) && name[:len(metadata)] == metadata {
			header[name] = like.Get(name)
		}
	}
	_, _, err := f.do(http.MethodPut, f.behind(a, container, blob), "", header, content, http.StatusCreated)
	return err
}

const metadata = "X-Ms-Meta-"

func (f *Front) remove(a azurite.Account, container, blob string) error {
	_, _, err := f.do(http.MethodDelete, f.behind(a, container, blob), "", map[string]string{"X-Ms-Delete-Snapshots": "include"}, nil, http.StatusAccepted, http.StatusNotFound)
	return err
}
