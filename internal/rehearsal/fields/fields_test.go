package fields_test

import (
	"testing"

	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

func TestDig(t *testing.T) {
	body := map[string]any{"Properties": map[string]any{"resourceID": "/a", "days": 7.0, "none": nil}}
	for _, c := range []struct {
		path []string
		want any
		text string
	}{
		{[]string{"Properties", "days"}, 7.0, ""},
		{[]string{"properties", "resourceId"}, "/a", "/a"},
		{[]string{"properties", "none"}, nil, ""},
		{[]string{"properties", "days", "of"}, nil, ""},
		{[]string{"other", "resourceId"}, nil, ""},
	} {
		if got := fields.Dig(body, c.path...); got != c.want {
			t.Errorf("%q is %v", c.path, got)
		}
		if got := fields.Text(body, c.path...); got != c.text {
			t.Errorf("%q is the text %q", c.path, got)
		}
	}
	if got := fields.Text("itself"); got != "itself" {
		t.Errorf("a text itself is %q", got)
	}
}
