package gate

import (
	"reflect"
	"testing"
)

func TestFact(t *testing.T) {
	g := load(t)
	got, ok := g.Fact("point_spacing")
	want := Fact{
		Key: "point_spacing", Value: map[string]any{"wal": 300, "daily": 86400}, Unit: "seconds",
		Text:   "How far apart each mechanism's recovery points are at worst.",
		Source: "made up for the tests", Dated: "2024-01-01",
	}
	if !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, ok, want)
	}
	if _, ok := g.Fact("moon"); ok {
		t.Error("a fact that the pack does not have was found")
	}
}
