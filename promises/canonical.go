package promises

// Canonical returns the promises as an inventory carries them: parameters by
// promise id. A duration is {"text": "10m", "seconds": 600}, a number is a
// number, a list a list of strings, anything else a string. The same promises
// give the same value however their durations were written.
func (d *Declaration) Canonical() map[string]any {
	out := make(map[string]any, len(d.Promises))
	for id, declared := range d.Promises {
		promise, _ := Lookup(id)
		params := make(map[string]any, len(promise.Parameters))
		for _, q := range promise.Parameters {
			if v, ok := declared.Params[q.Name]; ok {
				params[q.Name] = q.canonical(v)
			}
		}
		out[string(id)] = params
	}
	return out
}

func (q Parameter) canonical(v Value) any {
	switch q.Type {
	case "duration":
		return map[string]any{"text": FormatDuration(v.Duration), "seconds": int64(v.Duration.Seconds())}
	case "number":
		return v.Number
	case "list":
		items := make([]any, len(v.List))
		for i, s := range v.List {
			items[i] = s
		}
		return items
	default:
		return v.Text
	}
}
