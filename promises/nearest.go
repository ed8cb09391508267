package promises

import (
	"slices"
	"strconv"
	"strings"
)

// quote writes a word of the user's for a message: quoted, and cut when long.
func quote(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}

// Suggest ends a message about an unknown word with the valid word that was
// probably meant, all of them when they are few, else the nearest.
func Suggest(word string, valid []string) string {
	best, distance := nearest(word, valid)
	switch {
	case distance*3 <= len([]rune(best)):
		return "did you mean " + strconv.Quote(best) + "?"
	case len(valid) == 1:
		return "the only one is " + strconv.Quote(best)
	case len(valid) <= 8:
		return "use " + oneOf(valid)
	default:
		return "the nearest word is " + strconv.Quote(best)
	}
}

func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return "one of " + strings.Join(words, ", ")
}

// nearest returns the valid word with the smallest edit distance to word, the
// first in alphabetical order when several are as near. Letter case does not
// count.
func nearest(word string, valid []string) (best string, distance int) {
	const most = 64 // no valid word is longer; bounds the work on hostile input
	runes := []rune(word)
	runes = []rune(strings.ToLower(string(runes[:min(len(runes), most)])))
	for _, v := range slices.Sorted(slices.Values(valid)) {
		if d := editDistance(runes, []rune(strings.ToLower(v))); best == "" || d < distance {
			best, distance = v, d
		}
	}
	return best, distance
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment).
func editDistance(a, b []rune) int {
	before := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	next := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
