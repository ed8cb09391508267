//go:build unix && !linux

package planes

// endProcesses has nothing to do: the engine ends its plugins itself, and only
// Linux can tell us which are ours.
func endProcesses(string) {}
