package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tillit-dev/tillit/internal/evidence"
)

func (p *program) witnessCommand() *cobra.Command {
	var dir, name, listen string
	var logs []string
	cmd := &cobra.Command{
		Use:   "witness --dir DIR [--log FILE]",
		Short: "Serve a witness: cosign the heads of logs that only grow",
		Long: `Serve a witness over HTTP (C2SP tlog-witness): it remembers the newest head it has
seen of each log and cosigns a new one only with a proof that it continues the old
one. Run it on another machine, in other hands than the evidence.

The first time it makes its key in --dir under --name. --log names a file with the
public keys of the logs that it watches; without one it only makes its key and
prints the line by which it is pinned.

It speaks plain HTTP, on loopback unless told otherwise. What it says is signed;
put a proxy with TLS in front of it where it is reached from afar.

Exit status:
  0  it was stopped
  2  it could not be served`,
		Example: `  runbook witness --dir witness --name witness.example/w1
  runbook witness --dir witness --log ledger-no.keys --listen 127.0.0.1:8080`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.witness(cmd.Context(), dir, name, listen, logs)
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "", "`DIR` of the witness's key and of what it has seen")
	f.StringVar(&name, "name", "", "the witness's `NAME`, like an address without its scheme; needed the first time")
	f.StringArrayVar(&logs, "log", nil, "`FILE` of public keys of logs that it watches (PEM); may be repeated")
	f.StringVar(&listen, "listen", "127.0.0.1:0", "`ADDRESS` to answer at; port 0 takes a free one")
	_ = cmd.MarkFlagRequired("dir") // it exists
	return cmd
}

func (p *program) witness(ctx context.Context, dir, name, listen string, logs []string) error {
	if !exists(filepath.Join(dir, witnessLineFile)) {
		if name == "" {
			return fmt.Errorf("%s holds no witness yet: give the new one a name with --name", dir)
		}
		if _, err := createWitness(dir, name); err != nil {
			return err
		}
	}
	var keys []evidence.PublicKey
	for _, file := range logs {
		read, err := pinned(file)
		if err != nil {
			return err
		}
		keys = append(keys, read.Log...)
	}
	w, err := openWitness(dir, keys, p.now)
	if err != nil {
		return err
	}
	if name != "" && name != w.Key().Name() {
		return fmt.Errorf("the witness in %s is %s, not %s", dir, w.Key().Name(), name)
	}
	if len(logs) == 0 {
		_, err := fmt.Fprintln(p.stdout, w.Key())
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s@http://%s\n", w.Key(), listener.Addr())
	server := &http.Server{Handler: witnessHandler(w, p.stderr), ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	stopped := context.AfterFunc(ctx, func() {
		brief, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if server.Shutdown(brief) != nil {
			_ = server.Close()
		}
	})
	defer stopped()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// mostBody bounds a request: a checkpoint and 63 hashes are far smaller.
const mostBody = 1 << 17

// witnessHandler answers POST /add-checkpoint as C2SP tlog-witness has it.
func witnessHandler(w *evidence.LocalWitness, log io.Writer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", func(answer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(answer, request.Body, mostBody))
		if err != nil {
			http.Error(answer, "the request is too large or was cut off", http.StatusBadRequest)
			return
		}
		old, proof, checkpoint, err := parseSubmission(body)
		if err != nil {
			http.Error(answer, err.Error(), http.StatusBadRequest)
			return
		}
		lines, err := w.Cosign(request.Context(), old, proof, checkpoint)
		if err == nil {
			answer.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = answer.Write(lines)
			return
		}
		fmt.Fprintln(log, "refused: "+strings.ReplaceAll(err.Error(), "\n", " "))
		refuse(answer, err, old, len(proof))
	})
	return mux
}

// refuse says why a checkpoint was not cosigned.
func refuse(answer http.ResponseWriter, err error, old int64, proof int) {
	var size *evidence.SizeError
	var disk *fs.PathError
	switch {
	case errors.As(err, &size):
		answer.Header().Set("Content-Type", "text/x.tlog.size")
		answer.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(answer, "%d\n", size.Size)
	case errors.Is(err, evidence.ErrWrongKey):
		http.Error(answer, "it is not signed by the key of a log that is watched here", http.StatusForbidden)
	case errors.Is(err, evidence.ErrForked) && proof == 0 && old > 0:
		http.Error(answer, "another head of the same size was seen", http.StatusConflict)
	case errors.Is(err, evidence.ErrForked):
		http.Error(answer, "the proof does not hold", http.StatusUnprocessableEntity)
	case errors.Is(err, evidence.ErrRolledBack):
		http.Error(answer, "the checkpoint is smaller than the old size", http.StatusBadRequest)
	case errors.As(err, &disk) || errors.Is(err, evidence.ErrLocked):
		http.Error(answer, "it could not be cosigned now", http.StatusInternalServerError)
	default:
		http.Error(answer, "it is no checkpoint, or the proof is of another length than it must be", http.StatusBadRequest)
	}
}

// parseSubmission reads "old N", hashes in base64, an empty line, a checkpoint.
func parseSubmission(body []byte) (old int64, proof tlog.TreeProof, checkpoint []byte, err error) {
	head, note, found := strings.Cut(string(body), "\n\n")
	if !found {
		return 0, nil, nil, errors.New("want a line \"old N\", the proof, an empty line and a checkpoint")
	}
	for i, line := range strings.Split(head, "\n") {
		if i == 0 {
			text, ok := strings.CutPrefix(line, "old ")
			if old, err = strconv.ParseInt(text, 10, 64); !ok || err != nil || old < 0 || strconv.FormatInt(old, 10) != text {
				return 0, nil, nil, errors.New("want \"old N\" on the first line")
			}
			continue
		}
		hash, err := tlog.ParseHash(line)
		if err != nil || len(proof) == 63 {
			return 0, nil, nil, errors.New("the proof: want at most 63 hashes in base64, one a line")
		}
		proof = append(proof, hash)
	}
	return old, proof, []byte(note), nil
}
