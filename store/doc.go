// Package store implements the ports of domain in portable SQL: one text a statement for every database.
//
// It owns the schema (schema/), the mapping between the domain's types and rows (column.go, insertion.go, document.go,
// write.go), the compiler from [domain.Condition] to WHERE (field.go, condition.go) and the meaning of a violated key
// (constraint.go). What differs between databases is a [Dialect], how transactions run is an [Engine]; both come
// from a folder beneath this one, and only that folder knows a driver.
//
// It refuses to own rules: it stores what it is given and says which key was taken. It makes no ids and mails
// nothing; the clock is only for conditions that depend on the time.
//
// Conventions. Every statement on a tenant's table binds tenant_id. An absent text is the empty string and an
// absent time is 0; times are microseconds of UTC. What is unique without regard to case is stored folded beside
// the text, under a unique index that leaves the empty string out, so that a query for it repeats "<> ”".
// Words in braces, like {lock}, stand for what a dialect spells in its own way.
//
// Where to add the next thing: an attribute is a row in column.go and a migration; a collection is a row in
// field.go; a table is a migration and a file named after it; a database is a folder with a Dialect and an Engine.
package store
