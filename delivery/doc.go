// Package delivery sends what has to leave after a commit: mails out of the outbox ([Dispatcher]), and events to those who
// have subscribed to them ([Courier]). Both are queues that one loop empties (loop.go): a duty is claimed for a while,
// tried, and settled or put back with growing pauses, until it gets through or patience ends. It also owns the only way
// by which the product calls somebody else's server over HTTP ([Outbound]).
//
// It refuses to decide who gets what, and when a token lives: use cases in domain do, in the transaction that owes the
// message. It keeps no state of its own but whom it leaves in peace for a moment. Everything is delivered at least once;
// a repeat, after an answer was lost, has the same id.
//
// Where to add the next thing: a mail is one row in letters (letter.go) and its texts in each language (template/); a language is one file there and a
// row in languages (language.go); a way out for mails
// is one more Sender in a file of its own; a kind of subscription that is posted is one case in Courier.send and a file
// that writes its request, like set.go; another kind of duty is one more queue, like courier.go.
package delivery
