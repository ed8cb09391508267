package variants

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/promises"
)

// estate is an estate to break: one that ships, or one of the tests of package
// stacks, with the means it declares or with the other ones.
type estate struct {
	*promises.Declaration
	swapped bool
}

func (e estate) String() string { return e.Estate + " on " + e.Means["database"] }

var other = map[string]string{"postgres": "sql", "sql": "postgres"}

// estates are all of them.
func estates(t *testing.T) []estate {
	t.Helper()
	var list []estate
	for _, dir := range []string{"stacks", filepath.Join("stacks", "testdata")} {
		files, err := filepath.Glob(promises.Path(filepath.Join(Root(), dir), "*"))
		if err != nil || len(files) == 0 {
			t.Fatalf("stack files in %s: %v, %v", dir, files, err)
		}
		for _, file := range files {
			d, err := promises.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, estate{d, false})
			if d.Estate != "documents-fi" { // with Azure SQL nothing would hold its backups
				list = append(list, estate{swap(t, d), true})
			}
		}
	}
	return list
}

// swap declares an estate with the other kind of database, in a file of its own.
func swap(t *testing.T, d *promises.Declaration) *promises.Declaration {
	t.Helper()
	text, err := os.ReadFile(d.File)
	if err != nil {
		t.Fatal(err)
	}
	means := d.Means["database"]
	changed := strings.Replace(string(text), "database: "+means, "database: "+other[means], 1)
	file := promises.Path(t.TempDir(), d.Estate)
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	swapped, err := promises.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if swapped.Means["database"] != other[means] {
		t.Fatalf("%s does not say which database it has", d.File)
	}
	return swapped
}
