package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tillit-dev/tillit/internal/explain"
	"github.com/tillit-dev/tillit/internal/report"
)

// explainedFinding is a finding of a judgement with what there is to tell of its
// rule, or of its promise when no rule of the pack judges that.
type explainedFinding struct {
	Kind string `json:"kind"` // finding
	report.Found
	About explained `json:"about"`
}

// Text is the finding, then the page of its rule.
func (f explainedFinding) Text(on explain.Paper) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s %s of %s\n", f.Outcome, f.ID, f.Promise)
	fmt.Fprintln(&s, f.Found.Text())
	for _, field := range [][2]string{{"resource", f.URN}, {"source", f.Position}} {
		if field[1] != "" {
			fmt.Fprintf(&s, "  %-8s %s\n", field[0], report.Clean(field[1]))
		}
	}
	return s.String() + "\n" + f.About.Text(on)
}

// finding explains a finding of the judgement in a file.
func (o *explainOptions) finding(ctx context.Context, book *explain.Book, id string) (explained, error) {
	if o.result == "" {
		return nil, errors.New("a finding is explained from the judgement it is in: name that with --result, a file that tillit check --format json wrote")
	}
	in, name := io.Reader(o.stdin), "standard input"
	if o.result != "-" {
		file, err := os.Open(o.result)
		if err != nil {
			return nil, fmt.Errorf("the result: %w", err)
		}
		defer func() { _ = file.Close() }()
		in, name = file, o.result
	}
	result, err := report.ReadResult(in)
	if err != nil {
		return nil, fmt.Errorf("the result %s: %w", name, err)
	}
	found, err := report.Find(result, book.Rules(), id)
	if err != nil {
		return nil, err
	}
	told := explainedFinding{Kind: "finding", Found: found}
	if rule, _ := book.Has(found.Rule); rule {
		told.About, err = book.Rule(ctx, found.Rule)
	} else {
		told.About, err = book.Promise(found.Promise, "en")
	}
	return told, err
}
