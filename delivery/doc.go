// Package delivery sends what has to leave after a commit: it takes messages from the outbox, writes them as mails and
// hands them to a [Sender], again and again until one gets through or [patience] ends.
//
// It refuses to decide who gets a mail, and when a token lives: use cases in domain do, in the transaction that owes
// the message. It keeps no state of its own. A message is delivered at least once; a repeat, after the answer of a
// mail server was lost, has the same Message-ID.
//
// Where to add the next thing: a mail is one row in letters (letter.go) and one block in each template; a way out is
// one more Sender in a file of its own; another kind of message, such as a signed webhook, is its own composer beside
// letter.go, chosen in Dispatcher.send.
package delivery
