// Package receipt is the receipts of who was shut out, as they are read: signed, so that whoever keeps one can prove later
// what it says.
//
// It owns the reading and the signing. It refuses to own what a receipt says, which the engine notes and stores in the
// transaction that shuts somebody out ([domain.Receipt]). A new kind of thing that is ended gets a field of [domain.Ended],
// a count in the store and its words in [domain.Receipt.Statement].
package receipt
