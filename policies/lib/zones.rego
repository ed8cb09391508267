# METADATA
# title: Availability zones
# description: Tells what stands in several of a region's zones.
# scope: package
package tillit.lib.zones

import data.tillit.lib

# several holds for a list of two known zones or more.
default several(_) := false

several(list) if count({zone | some zone in lib.list(list); is_string(zone)}) > 1

# check asks a resource for two zones or more at a path.
check(r, path) := {
	"urn": r.urn,
	"property": path,
	"seen": lib.veil(lib.prop(r, path)),
	"good": several(lib.prop(r, path)),
	"wanted": "two zones or more",
	"msg": sprintf("%s stands in one zone", [r.name]),
}
