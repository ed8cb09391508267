package main

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/history"
	"github.com/tillit-dev/tillit/internal/present"
)

// The figures of a trend.
const (
	recoveryPoint = "recovery point"
	recoveryTime  = "recovery time"
)

// trend is one figure of one drill over time.
type trend struct {
	drill, figure string
	points        []trendPoint // of the runs that measured it, oldest first
}

type trendPoint struct {
	at                 time.Time
	seconds, objective float64
}

// trends are the figures of all drills, in the order in which they first ran.
func trends(runs []history.Run) []trend {
	var all []trend
	add := func(r history.Run, figure string, m *drill.Measure) {
		i := slices.IndexFunc(all, func(t trend) bool { return t.drill == r.Drill && t.figure == figure })
		if i < 0 {
			all = append(all, trend{drill: r.Drill, figure: figure})
			i = len(all) - 1
		}
		if m != nil {
			all[i].points = append(all[i].points, trendPoint{r.Started, m.Seconds, m.Objective})
		}
	}
	for _, r := range runs {
		add(r, recoveryPoint, r.Point())
		add(r, recoveryTime, r.Time())
	}
	return all
}

func (t trend) values() []float64 {
	var values []float64
	for _, p := range t.points {
		values = append(values, p.seconds)
	}
	return values
}

func (t trend) spread() (low, middle, high float64) {
	v := slices.Sorted(slices.Values(t.values()))
	return v[0], v[len(v)/2], v[len(v)-1]
}

// objective is the newest one.
func (t trend) objective() float64 { return t.points[len(t.points)-1].objective }

// spark is a cell with the newest figures as blocks, on a terminal.
func (t trend) spark(on present.Options) string {
	if !on.Live {
		return ""
	}
	v := t.values()
	return present.Spark(v[max(0, len(v)-40):], t.objective(), on.Colour) + "\t"
}

func (t trend) held() string {
	if t.objective() <= 0 {
		return ""
	}
	missed := 0
	for _, p := range t.points {
		if p.objective > 0 && p.seconds > p.objective {
			missed++
		}
	}
	return fmt.Sprintf(" of %s; %d of %d within it", seconds(t.objective()), len(t.points)-missed, len(t.points))
}

// plottable refuses a file that cannot be drawn to, before the work.
func plottable(file string) error {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".svg", ".png":
		return nil
	case "":
		if file == "" {
			return nil
		}
	}
	return fmt.Errorf("--plot %s: name a file that ends in .svg or .png", file)
}

var palette = []color.Color{
	color.RGBA{0x1f, 0x77, 0xb4, 0xff}, color.RGBA{0xd6, 0x27, 0x28, 0xff}, color.RGBA{0x2c, 0xa0, 0x2c, 0xff},
	color.RGBA{0x94, 0x67, 0xbd, 0xff}, color.RGBA{0xff, 0x7f, 0x0e, 0xff}, color.RGBA{0x8c, 0x56, 0x4b, 0xff},
}

const plotWidth, plotHeight = 22 * vg.Centimeter, 20 * vg.Centimeter

// plotTrend draws recovery point above recovery time, each drill in a colour of
// its own with its objective as a dashed line.
func plotTrend(file, title string, runs []history.Run) error {
	all := trends(runs)
	if !slices.ContainsFunc(all, func(t trend) bool { return len(t.points) > 0 }) {
		return errors.New("--plot: no run on record has measured anything")
	}
	var panels [][]*plot.Plot
	for i, figure := range []string{recoveryPoint, recoveryTime} {
		panel, err := drawPanel(figure, all)
		if err != nil {
			return fmt.Errorf("--plot: %w", err)
		}
		if i == 0 {
			panel.Title.Text = title
		}
		panels = append(panels, []*plot.Plot{panel})
	}
	var canvas vg.CanvasWriterTo
	if strings.EqualFold(filepath.Ext(file), ".svg") {
		canvas = vgsvg.New(plotWidth, plotHeight)
	} else {
		canvas = vgimg.PngCanvas{Canvas: vgimg.New(plotWidth, plotHeight)}
	}
	tiles := draw.Tiles{Rows: 2, Cols: 1, PadTop: 4, PadBottom: 4, PadLeft: 4, PadRight: 8, PadY: 10}
	for i, row := range plot.Align(panels, tiles, draw.New(canvas)) {
		panels[i][0].Draw(row[0])
	}
	out, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("--plot: %w", err)
	}
	_, err = canvas.WriteTo(out)
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("--plot %s: %w", file, err)
	}
	return nil
}

// span is the time that a plot shows, in seconds of Unix time: that of all runs
// and a little more.
func span(all []trend) (from, to float64) {
	from, to = math.Inf(1), math.Inf(-1)
	for _, t := range all {
		for _, p := range t.points {
			from, to = min(from, float64(p.at.Unix())), max(to, float64(p.at.Unix()))
		}
	}
	margin := max((to-from)/30, 1800)
	return from - margin, to + margin
}

// drawPanel draws one figure of all drills.
func drawPanel(figure string, all []trend) (*plot.Plot, error) {
	panel := plot.New()
	top := 0.0
	for _, t := range all {
		for _, p := range t.points {
			if t.figure == figure {
				top = max(top, p.seconds, p.objective)
			}
		}
	}
	unit, name := unitOf(top)
	panel.Y.Label.Text = figure + " in " + name
	from, to := span(all)
	ticks := plot.TimeTicks{Format: "2006-01-02", Time: plot.UTCUnixTime}
	if to-from < 3*24*3600 {
		ticks.Format = "Jan 2 15:04"
	}
	panel.X.Tick.Marker = ticks
	panel.Add(plotter.NewGrid())
	panel.Legend.Top = true
	colours := map[string]color.Color{}
	for _, t := range all {
		if _, ok := colours[t.drill]; !ok {
			colours[t.drill] = palette[len(colours)%len(palette)]
		}
		if t.figure != figure || len(t.points) == 0 {
			continue
		}
		if err := drawTrend(panel, t, unit, from, to, colours[t.drill]); err != nil {
			return nil, err
		}
	}
	// The legend stands above what is drawn.
	panel.Y.Min, panel.Y.Max = 0, max(top/unit*1.3, 1e-3)
	panel.X.Min, panel.X.Max = from, to
	return panel, nil
}

// drawTrend draws one figure of one drill, and its objective from end to end.
func drawTrend(panel *plot.Plot, t trend, unit, from, to float64, colour color.Color) error {
	var measured, promised plotter.XYs
	for _, p := range t.points {
		x := float64(p.at.Unix())
		measured = append(measured, plotter.XY{X: x, Y: p.seconds / unit})
		if p.objective > 0 {
			promised = append(promised, plotter.XY{X: x, Y: p.objective / unit})
		}
	}
	line, points, err := plotter.NewLinePoints(measured)
	if err != nil {
		return err
	}
	line.Color, points.Color, points.Shape = colour, colour, draw.CircleGlyph{}
	panel.Add(line, points)
	panel.Legend.Add(t.drill, line, points)
	if len(promised) == 0 {
		return nil
	}
	first, last := promised[0], promised[len(promised)-1]
	promised = append(plotter.XYs{{X: from, Y: first.Y}}, append(promised, plotter.XY{X: to, Y: last.Y})...)
	objective, err := plotter.NewLine(promised)
	if err != nil {
		return err
	}
	objective.Color, objective.Dashes = colour, []vg.Length{vg.Points(5), vg.Points(4)}
	objective.StepStyle = plotter.PostStep // a promise holds from one run until it is changed
	panel.Add(objective)
	panel.Legend.Add(t.drill+", promised at most", objective)
	return nil
}

// unitOf is the unit in which a figure reads well.
func unitOf(top float64) (seconds float64, name string) {
	switch {
	case top >= 2*24*3600:
		return 24 * 3600, "days"
	case top >= 2*3600:
		return 3600, "hours"
	case top >= 120:
		return 60, "minutes"
	}
	return 1, "seconds"
}
