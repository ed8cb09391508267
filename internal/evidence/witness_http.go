package evidence

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// HTTPWitness asks a witness over HTTP, as C2SP tlog-witness has it.
type HTTPWitness struct {
	key    WitnessKey
	prefix string
	client *http.Client
}

var _ Witness = (*HTTPWitness)(nil)

// NewHTTPWitness asks the witness with that key at its submission prefix, a URL
// to which /add-checkpoint is added. Retries and time limits are the client's.
func NewHTTPWitness(key WitnessKey, prefix string, client *http.Client) *HTTPWitness {
	return &HTTPWitness{key: key, prefix: strings.TrimSuffix(prefix, "/"), client: client}
}

// Key is the witness's public key.
func (w *HTTPWitness) Key() WitnessKey { return w.key }

// Cosign posts the checkpoint and its proof.
func (w *HTTPWitness) Cosign(ctx context.Context, old int64, proof tlog.TreeProof, checkpoint []byte) ([]byte, error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, "old %d\n", old)
	for _, h := range proof {
		fmt.Fprintf(&body, "%s\n", h)
	}
	fmt.Fprintf(&body, "\n%s", checkpoint)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.prefix+"/add-checkpoint", &body)
	if err != nil {
		return nil, fmt.Errorf("witness %s: %w", w.key.name, err)
	}
	response, err := w.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("witness %s: %w", w.key.name, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := readLimited(response.Body, maxCheckpoint)
	if err != nil {
		return nil, fmt.Errorf("witness %s: %w", w.key.name, err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	switch response.StatusCode {
	case http.StatusOK:
		return answer, nil
	case http.StatusConflict:
		if response.Header.Get("Content-Type") == "text/x.tlog.size" {
			size, err := strconv.ParseInt(strings.TrimSuffix(string(answer), "\n"), 10, 64)
			if err == nil && size >= 0 {
				return nil, &SizeError{Witness: w.key.name, Size: size}
			}
		}
		return nil, fmt.Errorf("witness %s: %w: it has seen another history of the same length", w.key.name, ErrForked)
	case http.StatusUnprocessableEntity:
		return nil, fmt.Errorf("witness %s: %w: it refuses the proof of consistency", w.key.name, ErrForked)
	case http.StatusNotFound:
		return nil, fmt.Errorf("witness %s: it does not know this log (404): register its origin and key there", w.key.name)
	case http.StatusForbidden:
		return nil, fmt.Errorf("witness %s: it does not trust the log's key (403)", w.key.name)
	}
	return nil, fmt.Errorf("witness %s: status %s", w.key.name, response.Status)
}
