package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// limits are the time limits of one attempt at a request.
type limits struct {
	answer time.Duration // until the answer begins
	stall  time.Duration // until more of its body comes
	whole  time.Duration // until it has ended
	// json says that a body which calls itself JSON must be JSON.
	json bool
}

var (
	managerLimits = limits{answer: time.Minute, stall: 30 * time.Second, whole: 90 * time.Second, json: true}
	// A container holds files that call themselves what they like.
	blobLimits = limits{answer: 5 * time.Minute, stall: 30 * time.Second, whole: 30 * time.Minute}
)

// smallBody is how much of a body is read as part of the attempt, so that one
// which is cut off leads to another attempt. A longer one is the caller's to
// read; the SDK goes on where it broke off.
const smallBody = 8 << 20

var errCutOff = errors.New("the answer was cut off")

// attempts makes single attempts, each within its limits.
type attempts struct {
	base http.RoundTripper
	limits
}

// RoundTrip makes one attempt.
func (a *attempts) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, stop := context.WithCancelCause(request.Context())
	watch := &watch{limit: time.AfterFunc(a.whole, func() { stop(fmt.Errorf("the answer had not ended after %s", a.whole)) }), stop: stop}
	watch.stall = time.AfterFunc(a.answer, func() { stop(fmt.Errorf("there was no answer after %s", a.answer)) })
	response, err := a.base.RoundTrip(request.WithContext(ctx))
	watch.stall.Stop()
	if err != nil {
		return nil, errors.Join(ended(ctx, err), watch.Close())
	}
	watch.body, watch.ctx = response.Body, ctx
	watch.patience = a.stall
	watch.stall = time.AfterFunc(watch.patience, func() { stop(fmt.Errorf("nothing more of the answer came for %s", watch.patience)) })
	return a.small(response, watch)
}

// small reads a body that is not long.
func (a *attempts) small(response *http.Response, body *watch) (*http.Response, error) {
	start, err := io.ReadAll(io.LimitReader(body, smallBody))
	if err != nil {
		return nil, errors.Join(err, body.Close())
	}
	if len(start) == smallBody {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(start), body), body}
		return response, nil
	}
	if err := body.Close(); err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(start))
	if a.json && len(start) > 0 && strings.Contains(response.Header.Get("Content-Type"), "json") && !json.Valid(start) {
		return nil, fmt.Errorf("%w after %d bytes", errCutOff, len(start))
	}
	return response, nil
}

// watch is a body that must keep coming.
type watch struct {
	ctx          context.Context
	body         io.ReadCloser
	limit, stall *time.Timer
	patience     time.Duration
	stop         context.CancelCauseFunc
}

func (w *watch) Read(p []byte) (int, error) {
	w.stall.Reset(w.patience)
	n, err := w.body.Read(p)
	w.stall.Stop()
	if err != nil {
		err = ended(w.ctx, err) // also an end: it may be the other side's answer to ours
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%w: %w", errCutOff, err)
	}
	return n, err
}

// Close ends the attempt.
func (w *watch) Close() error {
	w.limit.Stop()
	w.stall.Stop()
	var err error
	if w.body != nil {
		err = w.body.Close()
	}
	w.stop(nil)
	return err
}

// ended is why an attempt ended: its limit or its caller's rather than what
// became of the connection then.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
