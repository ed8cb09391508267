// Package site says where a component stands: the region, the resource group,
// and the names and tags that follow from them.
//
// Names are functions of estate, region and purpose only. The same declaration
// therefore gives the same ARM ids in a plan, in a rehearsal and in Azure, and
// no resource is named by chance.
package site
