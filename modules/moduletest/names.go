package moduletest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Spelled checks that an input type has the properties listed, and no other.
// The list is one path a word; a list of objects has [] after its name.
func Spelled(t testing.TB, input pulumi.Input, list string) {
	t.Helper()
	want := strings.Fields(list)
	slices.Sort(want)
	got := names("", input.ElementType())
	slices.Sort(got)
	for _, name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("%T: %s is no property of this type", input, name)
		}
	}
	for _, name := range want {
		if !slices.Contains(got, name) {
			t.Errorf("%T: there is no %s", input, name)
		}
	}
}

func names(prefix string, of reflect.Type) []string {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct {
		prefix, of = prefix+"[]", of.Elem()
	}
	if of.Kind() != reflect.Struct {
		return []string{prefix}
	}
	var all []string
	for field := range of.Fields() {
		name := field.Tag.Get("pulumi")
		if prefix != "" {
			name = prefix + "." + name
		}
		all = append(all, names(name, field.Type)...)
	}
	return all
}
