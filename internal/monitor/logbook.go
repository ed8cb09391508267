package monitor

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	// maxLog bounds what is kept of a program's output, in bytes.
	maxLog = 1 << 20
	// minSecret is the length from which a secret is looked for in the output;
	// shorter ones occur by chance everywhere.
	minSecret = 3
)

// logbook keeps what a program logs and prints until it has ended, because only
// then all of its secrets are known, and leaves them out.
type logbook struct {
	out io.Writer

	mu      sync.Mutex
	text    strings.Builder
	cut     bool
	secrets map[string]bool
}

func newLogbook(out io.Writer) *logbook {
	return &logbook{out: out, secrets: map[string]bool{}}
}

// Write adds what the program prints.
func (b *logbook) Write(p []byte) (int, error) {
	b.add(string(p))
	return len(p), nil
}

func (b *logbook) add(s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.text.Len()+len(s) > maxLog {
		b.cut = true
		return
	}
	b.text.WriteString(s)
}

// hide notes the secrets among properties on the wire.
func (b *logbook) hide(properties *structpb.Struct) {
	for _, v := range properties.GetFields() {
		b.hideIn(v, false)
	}
}

// hideIn notes the texts in v that are secret; all of them inside a secret.
func (b *logbook) hideIn(v *structpb.Value, secret bool) {
	switch kind := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		if secret && len(kind.StringValue) >= minSecret {
			b.mu.Lock()
			b.secrets[kind.StringValue] = true
			b.mu.Unlock()
		}
	case *structpb.Value_ListValue:
		for _, e := range kind.ListValue.GetValues() {
			b.hideIn(e, secret)
		}
	case *structpb.Value_StructValue:
		fields := kind.StructValue.GetFields()
		if signature := fields[sig.Key].GetStringValue(); signature == sig.Secret || fields["secret"].GetBoolValue() && signature == sig.OutputValue {
			b.hideIn(fields["value"], true)
			return
		}
		for _, e := range fields {
			b.hideIn(e, secret)
		}
	}
}

// redact leaves the secrets known so far out of a text. One that contains
// another is left out first.
func (b *logbook) redact(text string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	secrets := slices.SortedFunc(maps.Keys(b.secrets), func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, "[secret]")
	}
	return text
}

// flush writes what there is, without the secrets.
func (b *logbook) flush() {
	b.mu.Lock()
	text := b.text.String()
	b.text.Reset()
	if b.cut {
		text += "(the program's further output is left out)\n"
	}
	b.mu.Unlock()
	if b.out == nil || text == "" {
		return
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	_, _ = io.WriteString(b.out, b.redact(text)) // a log that cannot be shown stops nothing
}
