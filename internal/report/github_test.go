package report

import (
	"regexp"
	"strings"
	"testing"
)

var commandLine = regexp.MustCompile(`^::(error|warning|notice) (?:file=([^,:]+),(?:line=([0-9]+),)?)?title=([^,:]*)::(.*)$`)

// Whatever an estate says, every line is one command of ours, and undoing the
// escapes as the runner does gives back the text.
func TestGitHubCommands(t *testing.T) {
	undo := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	for name, result := range fixtures() {
		lines := strings.Split(strings.TrimSuffix(string(written(t, "github", options(), result)), "\n"), "\n")
		for _, line := range lines {
			if !commandLine.MatchString(line) {
				t.Errorf("%s: not one command: %q", name, line)
			}
		}
		if want := len(findings(result, nil)) + 1; len(lines) < want {
			t.Errorf("%s: %d commands, want %d", name, len(lines), want)
		}
		if name == "hostile" {
			if title := undo.Replace(commandLine.FindStringSubmatch(lines[0])[5]); !strings.HasPrefix(title, clean(attack)) {
				t.Errorf("%q does not start with %q", title, clean(attack))
			}
		}
	}
}

func TestGitHubWorstFirst(t *testing.T) {
	var levels []string
	for line := range strings.Lines(string(written(t, "github", options(), everything()))) {
		m := commandLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		levels = append(levels, m[1]+" "+m[2]+":"+m[3])
	}
	const file = "infra/stacks/Pulumi.test.yaml"
	want := "error " + file + ":14, error infra/modules/documents/documents.go:41, warning infra/new.go:3, warning " + file +
		":, notice infra/modules/keys/keys.go:103, notice infra/modules/keys/keys.go:103, warning " + file + ":43, warning " + file +
		":41, warning " + file + ":42, warning " + file + ":44, warning :, notice :"
	if got := strings.Join(levels, ", "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
