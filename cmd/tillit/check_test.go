package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// checkTest is a folder with a policy pack of fixture rules and the stack files
// that a test adds.
type checkTest struct {
	checkOptions
	dir     string
	printed bytes.Buffer
}

const transitOnly = "    crypto.transit: { tls: \"1.2\" }\n"

func newCheck(t *testing.T) *checkTest {
	t.Helper()
	dir := t.TempDir()
	for to, from := range map[string]string{"pack/lib": "../../policies/lib", "pack": "../../internal/gate/testdata/policies"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = null.Close() })
	c := &checkTest{dir: dir}
	c.checkOptions = checkOptions{
		estate: "test", stacks: filepath.Join(dir, "stacks"), policies: filepath.Join(dir, "pack"), format: "text",
		stdin: null, stdout: &c.printed, stderr: io.Discard,
		now: func() time.Time { return time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC) },
		plan: func(context.Context, string, string) (*inventory.Inventory, error) {
			return nil, errors.New("planned")
		},
	}
	return c
}

// file writes a file below the test's folder and returns its path.
func (c *checkTest) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (c *checkTest) stack(t *testing.T, promises, more string) {
	t.Helper()
	c.file(t, "stacks/Pulumi.test.yaml", "config:\n  tillit:promises:\n"+promises+more)
}

// status is what the process would exit with.
func (c *checkTest) status(t *testing.T) (int, error) {
	t.Helper()
	err := c.run(t.Context())
	var verdict verdictError
	switch {
	case err == nil:
		return exitKept, nil
	case errors.As(err, &verdict):
		return int(verdict), nil
	default:
		return exitCannot, err
	}
}

// store is an inventory of one store; promises may be empty.
func storeInventory(tls, promises string) string {
	if promises != "" {
		promises = `"promises": ` + promises + `,`
	}
	return fmt.Sprintf(`{"estate": "test", "source": "plan", %s "resources": [{
		"urn": "urn:pulumi:test::tillit::test:data:Store::a", "type": "test:data:Store", "name": "a", "custom": true,
		"props": {"tls": %s}, "position": "a.go:3"}]}`, promises, tls)
}

func storeState(tls string) string {
	return fmt.Sprintf(`{"version": 3, "deployment": {"resources": [{
		"urn": "urn:pulumi:test::tillit::test:data:Store::a", "type": "test:data:Store", "custom": true, "id": "a",
		"inputs": {"tls": "1.0"}, "outputs": {"tls": %s}}]}}`, tls)
}

const promisedTransit = `{"crypto.transit": {"tls": "1.2"}}`

func TestCheckExitStatus(t *testing.T) {
	const waiver = "  tillit:waivers:\n    - { rule: crypto/tls, resource: \"*::a\", reason: r, owner: o, ticket: T-1, expires: 2024-07-01 }\n"
	for name, test := range map[string]struct {
		input  string
		stack  string // promises and more of the stack file; none when empty
		more   string
		status int
		say    string
	}{
		"kept":                     {storeInventory(`"1.2"`, promisedTransit), "", "", exitKept, "test is kept"},
		"broken":                   {storeInventory(`"1.0"`, promisedTransit), "", "", exitBroken, "a.go:3"},
		"undetermined":             {storeInventory(`{"$unknown": true}`, promisedTransit), "", "", exitUndetermined, "not known yet"},
		"waived by the stack file": {storeInventory(`"1.0"`, promisedTransit), transitOnly, waiver, exitKept, "waiver used"},
		"only a drill can":         {storeInventory(`"1.0"`, `{"backup.tested": {"every": {"text": "90d", "seconds": 7776000}, "within": {"text": "4h", "seconds": 14400}}}`), "", "", exitUndetermined, "not judged here: drill"},
		"a state":                  {storeState(`"1.2"`), transitOnly, "", exitKept, "(state)"},
		"a state that breaks":      {storeState(`"1.0"`), transitOnly, "", exitBroken, "declared at"},
		"promises from the file":   {storeInventory(`"1.2"`, ""), transitOnly, "", exitKept, "test is kept"},
		"what no rule knows":       {`[{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Quantum/workspaces/q", "name": "q", "type": "Microsoft.Quantum/workspaces", "location": "westeurope", "properties": {}}]`, transitOnly, "", exitBroken, "not judged: /subscriptions/s"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCheck(t)
			c.inputs = []string{c.file(t, "input.json", test.input)}
			if test.stack != "" {
				c.stack(t, test.stack, test.more)
			}
			status, err := c.status(t)
			if status != test.status || err != nil {
				t.Errorf("exit status %d, %v; want %d", status, err, test.status)
			}
			if !strings.Contains(c.printed.String(), test.say) {
				t.Errorf("%q is not in\n%s", test.say, c.printed.String())
			}
		})
	}
}

// Whatever goes wrong, the exit is 2 and nothing is printed that could be taken
// for a judgement.
func TestCheckFaults(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(t *testing.T, c *checkTest)
		want    string
	}{
		"no such input":     {func(_ *testing.T, c *checkTest) { c.inputs = []string{filepath.Join(c.dir, "none.json")} }, "none.json"},
		"an empty input":    {func(t *testing.T, c *checkTest) { c.inputs = []string{c.file(t, "i", "")} }, "the input is empty"},
		"a truncated input": {func(t *testing.T, c *checkTest) { c.inputs = []string{c.file(t, "i", `{"estate": "te`)} }, "not complete JSON"},
		"no input at all":   {func(*testing.T, *checkTest) {}, "planned"},
		"an unknown format": {func(_ *testing.T, c *checkTest) { c.format = "xml" }, "use one of github, json, junit, oscal, sarif, text"},
		"no such baseline":  {func(_ *testing.T, c *checkTest) { c.baseline = filepath.Join(c.dir, "none.json") }, "the baseline: open "},
		"a baseline that is none": {func(t *testing.T, c *checkTest) {
			c.baseline = c.file(t, "b", storeInventory(`"1.2"`, promisedTransit))
		}, "b: it is no result of tillit check --format json: "},
		"a baseline of another estate": {func(t *testing.T, c *checkTest) {
			c.inputs = []string{c.file(t, "i", storeInventory(`"1.2"`, promisedTransit))}
			c.baseline = c.file(t, "b", strings.Replace(earlierResult, `"test"`, `"other"`, 1))
		}, "is of the estate other, not test"},
		"a comparison in a format that has none": {func(t *testing.T, c *checkTest) {
			c.baseline, c.format = c.file(t, "b", earlierResult), "sarif"
		}, "cannot be written as sarif: use one of json, text"},
		"no such policies": {func(_ *testing.T, c *checkTest) { c.policies = filepath.Join(c.dir, "none") }, "not a policy pack"},
		"a state without a stack file": {
			func(t *testing.T, c *checkTest) { c.inputs = []string{c.file(t, "i", storeState(`"1.2"`))} }, `no estate "test"`,
		},
		"another estate": {func(t *testing.T, c *checkTest) {
			c.inputs, c.estate, c.explicit = []string{c.file(t, "i", storeInventory(`"1.2"`, promisedTransit))}, "other", true
		}, "the input is of the estate test, not other"},
		"an estate asked for and not there": {func(t *testing.T, c *checkTest) {
			c.inputs, c.explicit = []string{c.file(t, "i", storeInventory(`"1.2"`, promisedTransit))}, true
		}, `no estate "test"`},
		"other promises": {func(t *testing.T, c *checkTest) {
			c.inputs = []string{c.file(t, "i", storeInventory(`"1.2"`, promisedTransit))}
			c.stack(t, "    crypto.transit: { tls: \"1.3\" }\n", "")
		}, "planned with other promises"},
		"a stack file that is none": {func(t *testing.T, c *checkTest) {
			c.inputs = []string{c.file(t, "i", storeInventory(`"1.2"`, promisedTransit))}
			c.stack(t, "    crypto.transitt: {}\n", "")
		}, "Pulumi.test.yaml:3:"},
		"a promise that does not exist": {func(t *testing.T, c *checkTest) {
			c.inputs = []string{c.file(t, "i", storeInventory(`"1.2"`, `{"crypto.transitt": {}}`))}
		}, "the promises in the inventory: "},
		"promises of no shape": {func(t *testing.T, c *checkTest) {
			c.inputs = []string{c.file(t, "i", storeInventory(`"1.2"`, `{"crypto.transit": 5}`))}
		}, "crypto.transit: its parameters are float64"},
		"no promises": {func(t *testing.T, c *checkTest) {
			c.inputs = []string{c.file(t, "i", storeInventory(`"1.2"`, `{}`))}
		}, "the promises in the inventory: "},
		"a waiver for nothing": {func(t *testing.T, c *checkTest) {
			c.inputs = []string{c.file(t, "i", storeInventory(`"1.2"`, promisedTransit))}
			c.stack(t, transitOnly, "  tillit:waivers:\n    - { rule: crypto/tsl, resource: \"*::a\", reason: r, owner: o, ticket: T, expires: 2024-07-01 }\n")
		}, "Pulumi.test.yaml:5:7: waiver for crypto/tsl: the pack has no such rule"},
		"an output that cannot be": {func(t *testing.T, c *checkTest) {
			c.inputs, c.out = []string{c.file(t, "i", storeInventory(`"1.2"`, promisedTransit))}, filepath.Join(c.dir, "none", "out")
		}, "the judgement: "},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCheck(t)
			test.prepare(t, c)
			status, err := c.status(t)
			if status != exitCannot || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("exit status %d, error %v; want %q", status, err, test.want)
			}
			if c.printed.Len() > 0 {
				t.Errorf("printed %s", c.printed.String())
			}
		})
	}
}

// earlierResult is a judgement in which store a was kept and b was not, so that
// the promise had a witness.
const earlierResult = `{"estate": "test", "verdict": "broken", "promises": [{"id": "crypto.transit", "verdict": "broken", "violations": [
	{"rule": "crypto/tls", "urn": "urn:pulumi:test::tillit::test:data:Store::b", "message": "b is old"}]}]}`

// What has changed since an earlier result does not change the exit status.
func TestCheckAgainstABaseline(t *testing.T) {
	c := newCheck(t)
	c.inputs = []string{c.file(t, "i", storeInventory(`"1.0"`, promisedTransit))}
	c.baseline, c.format, c.out = c.file(t, "b", earlierResult), "json", filepath.Join(c.dir, "now.json")
	if status, err := c.status(t); status != exitBroken {
		t.Fatalf("exit status %d, %v", status, err)
	}
	c.baseline, c.format, c.out = c.out, "text", ""
	if status, err := c.status(t); status != exitBroken {
		t.Fatalf("exit status %d, %v", status, err)
	}
	if want := "since the earlier result  0 new, 0 fixed, 2 unchanged"; !strings.Contains(c.printed.String(), want) {
		t.Errorf("%q is not in\n%s", want, c.printed.String())
	}
	text, err := os.ReadFile(c.baseline)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Comparison struct{ New, Fixed, Unchanged, Unsettled []struct{ URN string } }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if got := doc.Comparison; len(got.New) != 2 || !strings.HasSuffix(got.New[0].URN, "::a") || len(got.Fixed) != 1 || len(got.Unchanged)+len(got.Unsettled) != 0 {
		t.Errorf("comparison %+v", got)
	}
}

// Every format is written, and has the same exit status.
func TestCheckFormats(t *testing.T) {
	for format, want := range map[string]string{
		"text": "test is broken", "json": `"verdict": "broken"`, "sarif": `"ruleId": "crypto/tls"`, "junit": `failures="2"`,
		"github": "::error file=stacks/Pulumi.test.yaml,line=3,", "oscal": `"last-modified": "2024-06-01T12:00:00Z"`,
	} {
		c := newCheck(t)
		c.stack(t, transitOnly, "")
		c.file(t, "Pulumi.yaml", "name: tillit\nruntime: go\n")
		c.inputs, c.format = []string{c.file(t, "i", strings.Replace(storeInventory(`"1.0"`, promisedTransit), `"a.go:3"`, `""`, 1))}, format
		if status, err := c.status(t); status != exitBroken {
			t.Errorf("%s: exit status %d, %v", format, status, err)
		}
		if !strings.Contains(c.printed.String(), want) {
			t.Errorf("%s: %q is not in\n%s", format, want, c.printed.String())
		}
	}
}

// Every rule that is built in has a page where SARIF says that it is; a pack of
// another's has none there.
func TestCheckNamesThePagesOfRules(t *testing.T) {
	for own, policies := range map[bool]string{true: "", false: "pack"} {
		c := newCheck(t)
		c.inputs, c.format = []string{c.file(t, "i", storeInventory(`"1.0"`, promisedTransit))}, "sarif"
		if c.policies = policies; !own {
			c.policies = filepath.Join(c.dir, policies)
		}
		if status, err := c.status(t); status != exitBroken {
			t.Fatalf("exit status %d, %v", status, err)
		}
		pages := regexp.MustCompile(`"helpUri": "([^"]*)"`).FindAllStringSubmatch(c.printed.String(), -1)
		if own != (len(pages) > 0) {
			t.Errorf("own rules %v: pages %v", own, pages)
		}
		for _, page := range pages {
			file, under := strings.CutPrefix(page[1], docs)
			if _, err := os.Stat(filepath.Join("../../docs/rules", file)); !under || err != nil {
				t.Errorf("%s: %v", page[1], err)
			}
		}
	}
}

func TestCheckReadsAPipe(t *testing.T) {
	for _, input := range [][]string{nil, {"-"}} {
		c := newCheck(t)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = w.WriteString(storeInventory(`"1.2"`, promisedTransit))
			_ = w.Close()
		}()
		c.inputs, c.stdin = input, r
		if status, err := c.status(t); status != exitKept {
			t.Errorf("--input %q: exit status %d, %v", input, status, err)
		}
		_ = r.Close()
	}
}

// A pipe that nobody writes to does not outlast an interrupt.
func TestCheckStopsWaiting(t *testing.T) {
	c := newCheck(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.stdin = r
	if err := c.run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestCheckPlansTheEstate(t *testing.T) {
	c := newCheck(t)
	c.stack(t, transitOnly, "")
	c.plan = func(_ context.Context, estate, stacks string) (*inventory.Inventory, error) {
		if estate != "test" || stacks != c.stacks {
			t.Errorf("planned %s of %s", estate, stacks)
		}
		return inventory.Read(strings.NewReader(storeInventory(`"1.2"`, promisedTransit)))
	}
	if status, err := c.status(t); status != exitKept {
		t.Errorf("exit status %d, %v", status, err)
	}
}

func TestCheckWritesAFile(t *testing.T) {
	c := newCheck(t)
	c.inputs, c.format = []string{c.file(t, "i", storeInventory(`"1.0"`, promisedTransit))}, "json"
	c.out = filepath.Join(c.dir, "out.json")
	if status, err := c.status(t); status != exitBroken {
		t.Errorf("exit status %d, %v", status, err)
	}
	text, err := os.ReadFile(c.out)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Estate, Verdict string }
	if err := json.Unmarshal(text, &doc); err != nil || doc.Verdict != "broken" || c.printed.Len() > 0 {
		t.Errorf("%v %+v, standard output %q", err, doc, c.printed.String())
	}
}

func TestExitOf(t *testing.T) {
	for verdict, want := range map[gate.Verdict]error{
		gate.Kept: nil, gate.Waived: nil, gate.Attested: nil,
		gate.Broken: verdictError(1), gate.Undetermined: verdictError(3), gate.Overdue: verdictError(3),
	} {
		if got := exitOf(verdict); !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", verdict, got, want)
		}
	}
	for _, verdict := range []gate.Verdict{gate.NotJudged, "", "fine"} {
		var status verdictError
		if err := exitOf(verdict); err == nil || errors.As(err, &status) {
			t.Errorf("%q: %v", verdict, err)
		}
	}
}
