// Package migration brings people over from another system, with the hashes of their passwords: a request stores a job
// with its records, sealed because of the hashes, and every server works on whatever waits. It owns jobs, records and
// their outcomes. It refuses to own how a person comes into being (domain.Work.Import) and how a hash is kept
// (domain.LegacyPasswords). What a record may bring along is added to Record.
package migration
