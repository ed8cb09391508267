package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/present"
	"github.com/tillit-dev/tillit/runbooks"
)

func (p *program) planCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "plan DRILL",
		Short: "Say what a drill would do, to what, for how long and at what cost",
		Long: `Say what a drill would do: its steps, the resources each works on or makes, how
long each is expected to take and what it may cost at most, and the caps.

It signs in and reads the estate as it is deployed. It changes nothing, makes
nothing and puts nothing on record.

Exit status:
  0  said
  2  it could not be: bad input, bad usage, not signed in, no permission, or the
     drill cannot be run there`,
		Example: `  runbook plan pitr --estate ledger-no
  runbook plan region --json | jq .steps`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, err := p.plan(cmd.Context(), o, args[0])
			if err != nil {
				return err
			}
			if o.json {
				return writeJSON(p.stdout, plan)
			}
			_, err = io.WriteString(present.Prefixed(p.stdout, mark(plan.Rehearsal)), plan.text())
			return err
		},
	}
	f := cmd.Flags()
	p.placeFlags(f, &o.place)
	requestFlags(f, &o.request)
	limitFlags(f, &o.limits)
	f.BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

// plan is what a drill would do, as plan --json prints it.
type plan struct {
	Estate       string     `json:"estate"`
	Rehearsal    bool       `json:"rehearsal"`
	Subscription string     `json:"subscription"`
	Workbench    string     `json:"resourceGroup"` // in which things are made
	Drill        string     `json:"drill"`
	Title        string     `json:"title"`
	PointSeconds float64    `json:"objectivePointSeconds,omitempty"`
	TimeSeconds  float64    `json:"objectiveTimeSeconds,omitempty"`
	Steps        []planStep `json:"steps"`
	Seconds      float64    `json:"estimateSeconds"`
	Cents        int64      `json:"costCents"` // at most
	TimeCap      float64    `json:"timeCapSeconds"`
	CostCap      int64      `json:"costCapCents"`

	objective drill.Objective
}

type planStep struct {
	Step       string      `json:"step"`
	Phase      drill.Phase `json:"phase"`
	Seconds    float64     `json:"estimateSeconds"`
	Cents      int64       `json:"costCents"`
	Repeatable bool        `json:"repeatable"`
	On         []string    `json:"on"`
}

func (p *program) plan(ctx context.Context, o runOptions, name string) (*plan, error) {
	book, err := p.book(name)
	if err != nil {
		return nil, err
	}
	caps, err := o.caps()
	if err != nil {
		return nil, err
	}
	point, err := o.at(p.now())
	if err != nil {
		return nil, err
	}
	s, err := p.enter(ctx, o.place)
	if err != nil {
		return nil, err
	}
	d, err := s.build(ctx, p, book, o.database, point)
	if err != nil {
		return nil, err
	}
	result := &plan{
		Estate: o.estate, Rehearsal: s.rehearsal(), Subscription: s.cloud.Subscription, Workbench: s.estate.Workbench.Name,
		Drill: name, Title: book.Title, PointSeconds: d.Objective.Point.Seconds(), TimeSeconds: d.Objective.Time.Seconds(),
		TimeCap: caps.TimeCap.Seconds(), CostCap: int64(caps.CostCap), objective: d.Objective,
	}
	for _, step := range d.Steps {
		result.Seconds += step.Estimate.Seconds()
		result.Cents += int64(step.Cost)
		result.Steps = append(result.Steps, planStep{step.Name, step.Phase, step.Estimate.Seconds(), int64(step.Cost), step.Repeatable, append([]string{}, step.On...)})
	}
	return result, nil
}

// build makes the drill for the estate as it is deployed.
func (s *scene) build(ctx context.Context, p *program, book runbooks.Runbook, database string, point time.Time) (drill.Drill, error) {
	if !applies(book, s.declaration) {
		return drill.Drill{}, fmt.Errorf("%s has promised nothing that the drill %s measures (%s)", s.at.estate, book.Name, words(book.Promises))
	}
	ctx, done := looking(ctx, s.at.estate)
	defer done()
	d, err := book.Build(ctx, runbooks.Scene{Cloud: s.cloud, Estate: s.estate, Now: p.now, Database: database, Point: point})
	if err != nil {
		return d, fmt.Errorf("prepare the drill %s: %w", book.Name, cloud.Explain(err))
	}
	return d, nil
}

func (r *plan) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s: %s\n%s\n", r.Drill, r.Estate, r.Title, present.Objective(r.objective))
	fmt.Fprintf(&b, "what it makes lies in the resource group %s of subscription %s, under the run's marker, until the clean-up\n\n", r.Workbench, r.Subscription)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STEP\tPHASE\tESTIMATE\tCOST AT MOST\tON")
	for _, s := range r.Steps {
		on := append([]string{}, s.On...)
		if len(on) == 0 {
			on = []string{"-"}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.Step, s.Phase, seconds(s.Seconds), drill.Cents(s.Cents), on[0])
		for _, more := range on[1:] {
			fmt.Fprintf(w, "\t\t\t\t%s\n", more)
		}
	}
	_ = w.Flush() // into memory
	fmt.Fprintf(&b, "\nin all about %s of at most %s, and at most %s of %s\n", seconds(r.Seconds), seconds(r.TimeCap), drill.Cents(r.Cents), drill.Cents(r.CostCap))
	return trimLines(b.String())
}
