package monitor

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	"google.golang.org/protobuf/types/known/structpb"
)

func TestLogbookLeavesSecretsOut(t *testing.T) {
	var out strings.Builder
	book := newLogbook(&out)
	book.add("before: abc-def, abc\n")
	props, err := structpb.NewStruct(map[string]any{
		"a": signed(sig.Secret, map[string]any{"value": []any{"abc", map[string]any{"k": "abc-def"}, "x", 7.0}}),
		"b": map[string]any{"c": []any{signed(sig.OutputValue, map[string]any{"secret": true, "value": "ghi"})}},
		"d": "shown", "e": map[string]any{"secret": true, "value": "shown too"},
	})
	if err != nil {
		t.Fatal(err)
	}
	book.hide(props)
	book.add("after: ghi, x, shown, shown too")
	book.flush()
	if want := "before: [secret], [secret]\nafter: [secret], x, shown, shown too\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestLogbookIsBounded(t *testing.T) {
	var out strings.Builder
	book := newLogbook(&out)
	for range maxLog/1000 + 10 {
		book.add(strings.Repeat("x", 999) + "\n")
	}
	book.flush()
	if out.Len() > maxLog+100 || !strings.HasSuffix(out.String(), "output is left out)\n") {
		t.Errorf("%d bytes, ending in %q", out.Len(), out.String()[out.Len()-60:])
	}
}
