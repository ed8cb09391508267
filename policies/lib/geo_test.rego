package tillit.lib.geo_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.lib.geo

_store(type, props) := fx.resource(type, "x", "Microsoft.X/x/x", object.union({"location": "West Europe"}, props))

test_where_azure_copies_to if {
	geo.clause(_store("storage:StorageAccount", {"sku": {"name": "Standard_RAGZRS"}})) == "; Standard_RAGZRS copies it to northeurope, the pair of westeurope, which cannot be chosen"
	backups := "; its backups in northeurope, the pair of westeurope, are up to 1h behind and are no copy in use"
	geo.clause(_store("dbforpostgresql:Server", {"backup": {"geoRedundantBackup": "Enabled"}})) == backups
	geo.clause(_store("sql:Database", {})) == backups
}

test_where_it_does_not if {
	every r in [
		_store("storage:StorageAccount", {"sku": {"name": "Standard_ZRS"}}),
		_store("storage:StorageAccount", {"sku": {"name": "Standard_GRS"}, "location": "polandcentral"}),
		_store("dbforpostgresql:Server", {}),
		_store("sql:Database", {"requestedBackupStorageRedundancy": "Zone"}),
	] {
		geo.clause(r) == ""
	}
}
