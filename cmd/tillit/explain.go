package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tillit-dev/tillit/internal/explain"
	"github.com/tillit-dev/tillit/internal/report"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
)

// explainOptions are the flags of explain.
type explainOptions struct {
	language string
	policies string
	result   string
	json     bool

	stdin *os.File
}

func explainCommand() *cobra.Command {
	o := explainOptions{stdin: os.Stdin}
	cmd := &cobra.Command{
		Use:   "explain RULE|PROMISE|FINDING",
		Short: "Tell what a rule asks, what a promise means or why a finding stands",
		Long: `Tell what a rule asks, what a promise means or why a finding stands.

Of a rule: what it asks and why, the promise it judges, its severity, the controls
of ISO/IEC 27001:2022 Annex A that it serves, how to fix a violation, the resource
types it looks at, the facts about the platform that it computes with and where
they were read, its source, and an estate that keeps it and one that breaks it.

Of a promise: what is promised, its parameters, how it is kept, the controls it
serves and the rules that judge it.

Of a finding: what was seen where and what was wanted, the waiver that accepts it or
did until it expired, and then all that there is to tell of its rule. A finding goes by
the digits that tillit check shows beside it, which are also its SARIF fingerprint; it
is looked up in the judgement that --result names.

The examples of --json are inventories, which tillit check reads.

Exit status:
  0  explained
  2  there is no such rule, promise (the nearest is named) or finding, the policies
     or the result have faults, or the command was used wrongly`,
		Example: `  tillit explain crypto/tls-current
  tillit explain backup.interval --language nb
  tillit check --format json --out tillit.json; tillit explain 5833270c --result tillit.json
  tillit explain crypto/tls-current --json | jq .bad.inventory | tillit check --input -`,
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			book, err := o.open(cmd.Context())
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return book.IDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd.Context(), cmd.OutOrStdout(), args[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.language, "language", "en", "language of a promise: "+strings.Join(promises.Languages(), ", ")+"; rules are in English")
	f.StringVar(&o.policies, "policies", "", "folder of the policy pack (default: the one built in)")
	f.StringVar(&o.result, "result", "", "the judgement a finding is in, as check --format json writes it; - is standard input")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

// explained is a rule, a promise or a finding.
type explained interface {
	Text(on explain.Paper) string
}

func (o *explainOptions) run(ctx context.Context, w io.Writer, id string) error {
	book, err := o.open(ctx)
	if err != nil {
		return err
	}
	told, err := o.tell(ctx, book, id)
	if err != nil {
		return err
	}
	if o.json {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(told)
	}
	on := paperOf(w)
	_, err = io.WriteString(w, told.Text(explain.Paper{Width: on.width, Colour: on.colour}))
	return err
}

func (o *explainOptions) open(ctx context.Context) (*explain.Book, error) {
	var pack fs.FS = policies.Files
	name := "policies"
	if o.policies != "" {
		pack, name = os.DirFS(o.policies), o.policies
	}
	return explain.Open(ctx, pack, name)
}

func (o *explainOptions) tell(ctx context.Context, book *explain.Book, id string) (explained, error) {
	switch rule, promise := book.Has(id); {
	case report.IsIdentity(id):
		return o.finding(ctx, book, id)
	case o.result != "":
		return nil, fmt.Errorf("%q is not a finding, which --result is for: a finding goes by 6 hexadecimal digits or more", id)
	case rule:
		return book.Rule(ctx, id)
	case promise:
		return book.Promise(promises.ID(id), o.language)
	default:
		return nil, fmt.Errorf("there is no rule and no promise %q; the nearest is %s", id, book.Nearest(id))
	}
}
