package report

import (
	"fmt"
	"strings"

	"github.com/tillit-dev/tillit/internal/gate"
)

// Explain is a violation in a few lines of plain text, for a place that names
// its rule and resource already.
func Explain(v gate.Violation) string {
	lines := []string{clean(v.Message)}
	for _, field := range details(v) {
		lines = append(lines, fmt.Sprintf("  %-8s %s", field[0], clean(field[1])))
	}
	return strings.Join(lines, "\n")
}

// details are a violation's named values beside its message, rule and resource.
func details(v gate.Violation) [][2]string {
	var fields [][2]string
	if v.Property != "" {
		fields = append(fields, [2]string{"seen", v.Property + " = " + plain(v.Seen)})
	}
	if v.Wanted != nil {
		fields = append(fields, [2]string{"wanted", plain(v.Wanted)})
	}
	return append(fields,
		[2]string{"fix", v.Remediation},
		[2]string{"controls", strings.Join(v.Controls, ", ")})
}
