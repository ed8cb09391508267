package fields_test

import (
	"testing"
	"time"

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

func TestPeriod(t *testing.T) {
	from := time.Date(2026, 1, 31, 3, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"P366D": from.AddDate(0, 0, 366),
		"P54W":  from.AddDate(0, 0, 378),
		"P13M":  from.AddDate(0, 13, 0),
		"P10Y":  from.AddDate(10, 0, 0),
	} {
		after, err := fields.Period(text)
		if err != nil {
			t.Error(err)
		} else if got := after(from); !got.Equal(want) {
			t.Errorf("%s after %v is %v, want %v", text, from, got, want)
		}
	}
	for _, text := range []string{"", "P", "1W", "P1H", "PT1H", "P1W1D", "P99999D", "p1w"} {
		if _, err := fields.Period(text); err == nil {
			t.Errorf("%q is a retention", text)
		}
	}
}
