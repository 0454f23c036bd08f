// Package journal is what is written down about requests and read again: the provisioning log of the connectors.
//
// It owns the reading of the log, and the writing of those entries that belong to no transaction. It refuses to own what
// stands in an entry, which the act itself notes ([domain.ProvisioningEntry]), and how a value is concealed
// ([domain.Conceal]). A new filter is one field of [domain.ProvisioningQuery] and one condition in the store.
package journal
