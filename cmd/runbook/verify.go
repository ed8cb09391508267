package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/present"
)

// verifyOptions are the flags of verify.
type verifyOptions struct {
	place
	rehearsal   bool
	key         string
	checkpoints []string
	json        bool
	explicit    bool // --estate was given
}

func (p *program) verifyCommand() *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify --key FILE",
		Short: "Verify evidence offline, with keys that you pin",
		Long: `Verify an evidence folder: every signature, every artefact, that each record is in
the log at its place, that each checkpoint continues every earlier one, that a
witness saw each of them, and that every run that has started has ended.

It works offline and believes the keys in --key only: the log's public key as PEM
and a line NAME+HASH+KEY for each witness. Get that file from those who made the
keys, not from where the evidence lies.

Show it checkpoints that were kept elsewhere with --checkpoint: without one it
cannot see that the newest records were taken away together with their
checkpoints. The newest that a witness in --dir has seen is looked at too.

--dir is the estate's folder, or any copy of its evidence folder. Without --estate
the estate is the one that the evidence names, and it is printed. A rehearsal's
evidence verifies with --rehearsal only.

Exit status:
  0  nothing is wrong
  1  something was altered, lost or added, or could not be shown to be whole
  2  nothing could be judged: another key, another estate's evidence, no evidence
     folder, bad usage
  3  nothing is wrong but that a run has no end: it was killed, or still runs`,
		Example: `  runbook verify --key auditors/ledger-no.keys --dir copy/evidence
  runbook verify --key ledger-no.keys --estate ledger-no --checkpoint last-year --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.explicit = cmd.Flags().Changed("estate") || !cmd.Flags().Changed("dir")
			return p.verify(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	p.placeFlags(f, &o.place)
	rehearsalFlag(f, &o.rehearsal)
	f.StringVar(&o.key, "key", p.getenv("TILLIT_PINNED"), "`FILE` of the pinned keys: the log's as PEM, and a line for each witness")
	f.StringArrayVar(&o.checkpoints, "checkpoint", nil, "`FILE` with a checkpoint of this log that was kept elsewhere; may be repeated")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

func (p *program) verify(ctx context.Context, o verifyOptions) error {
	if err := o.named(); err != nil {
		return err
	}
	s := o.state(o.rehearsal)
	folder, err := evidenceFolder(string(s))
	if err != nil {
		return err
	}
	identity, err := o.wanted(folder)
	if err != nil {
		return err
	}
	if o.key == "" {
		return errors.New("no key is pinned: name the file of the log's public key and its witnesses with --key (docs/evidence.md)")
	}
	options := evidence.Options{Identity: identity}
	if options.Keys, err = pinned(o.key); err != nil {
		return err
	}
	if options.Pinned, err = o.pins(s, identity); err != nil {
		return err
	}
	report, err := evidence.Verify(ctx, folder, options)
	if err != nil {
		return err
	}
	if o.json {
		err = writeJSON(p.stdout, struct {
			Folder string `json:"folder"`
			OK     bool   `json:"ok"`
			Intact bool   `json:"intact"` // at most, a run has no end
			*evidence.Report
		}{folder, report.OK(), report.Intact(), report})
	} else {
		_, err = io.WriteString(present.Prefixed(p.stdout, mark(identity.Rehearsal)), verifyText(folder, report, options))
	}
	switch {
	case err != nil:
		return err
	case !report.Intact():
		return statusError(exitFailed)
	case !report.OK():
		return statusError(exitUnmeasured)
	}
	return nil
}

// evidenceFolder is the folder itself, or the one in an estate's folder.
func evidenceFolder(dir string) (string, error) {
	for _, folder := range []string{dir, filepath.Join(dir, "evidence")} {
		if info, err := os.Stat(filepath.Join(folder, "checkpoints")); err == nil && info.IsDir() {
			return folder, nil
		}
	}
	return "", fmt.Errorf("%s is no evidence folder: there is no folder checkpoints in it, nor in %s", dir, filepath.Join(dir, "evidence"))
}

// wanted is whose evidence it must be. Where only a folder is named, it is that of
// the estate which the folder names, and Verify holds the folder to that.
func (o verifyOptions) wanted(folder string) (evidence.Identity, error) {
	if o.explicit {
		return o.identity(o.rehearsal), nil
	}
	names, err := filepath.Glob(filepath.Join(folder, "checkpoints", "*"))
	if err != nil || len(names) == 0 {
		return evidence.Identity{}, fmt.Errorf("%s has no checkpoint: name the estate with --estate", folder)
	}
	data, err := os.ReadFile(slices.Min(names))
	if err != nil {
		return evidence.Identity{}, err
	}
	origin, _, _ := strings.Cut(string(data), "\n")
	found, err := evidence.ParseOrigin(origin)
	if err != nil {
		return found, fmt.Errorf("%s: %w", slices.Min(names), err)
	}
	return evidence.Identity{Estate: found.Estate, Rehearsal: o.rehearsal}, nil
}

// pins are the checkpoints from elsewhere.
func (o verifyOptions) pins(s state, identity evidence.Identity) ([]evidence.Pin, error) {
	var pins []evidence.Pin
	for _, file := range o.checkpoints {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--checkpoint: %w", err)
		}
		pins = append(pins, evidence.Pin{From: file, Data: data})
	}
	if !exists(filepath.Join(s.witness(), witnessLineFile)) {
		return pins, nil
	}
	w, err := openWitness(s.witness(), nil, nil)
	if err != nil {
		return nil, err
	}
	newest, err := w.Newest(identity.Origin())
	if err != nil {
		return nil, err
	}
	if newest != nil {
		pins = append(pins, evidence.Pin{From: "witness " + w.Key().Name(), Data: newest})
	}
	return pins, nil
}

func verifyText(folder string, r *evidence.Report, o evidence.Options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: the evidence of %s\n", folder, r.Identity)
	if r.Intact() {
		artefacts := 0
		for _, record := range r.Records {
			artefacts += len(record.Artefacts)
		}
		fmt.Fprintf(&b, `
verified
  %s, each signed by a pinned key, whole and at its place
  %s, each as the record says that it was
  %s, each of all records before it and cosigned by a pinned witness
  the newest of %s
%s
`, count(len(r.Records), "record"), count(artefacts, "artefact"), count(int(r.Size)+1, "checkpoint"), r.Witnessed.Format(time.RFC3339), runsText(r))
	}
	if len(r.Faults) > 0 {
		b.WriteString("\nwrong\n")
		for _, f := range r.Faults {
			fmt.Fprintf(&b, "  %s\n", present.Line(f.String()))
		}
	}
	b.WriteString("\nnot verified\n")
	if r.Pinned == 0 {
		b.WriteString("  that the newest records are still there: no checkpoint that was kept elsewhere was shown (--checkpoint)\n")
	} else {
		fmt.Fprintf(&b, "  that nothing newer than %s from elsewhere was taken away\n", count(r.Pinned, "checkpoint"))
	}
	b.WriteString("  that there is no second log under the same key: compare checkpoints with others who hold some\n")
	b.WriteString("  that the drills told the truth: the log keeps what the tool wrote\n")
	return b.String()
}

// runsText counts the runs by their outcomes.
func runsText(r *evidence.Report) string {
	outcomes := map[evidence.Outcome]int{}
	for _, run := range r.Runs {
		outcomes[cmp.Or(run.Outcome, "not finished")]++
	}
	var parts []string
	for _, o := range []evidence.Outcome{evidence.Passed, evidence.Missed, evidence.Failed, evidence.Unmeasured, evidence.Interrupted, "not finished"} {
		if outcomes[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", outcomes[o], o))
		}
	}
	if len(parts) == 0 {
		return "  no run of a drill"
	}
	return fmt.Sprintf("  %s: %s", count(len(r.Runs), "run"), strings.Join(parts, ", "))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
