// Package web is the hall that every HTTP door shares: request ids, recovery from panics, client addresses, limits,
// the line in the log, metrics, health, and a server that stops without losing a request. It also turns the token of
// a request into a [domain.Caller] ([Admit]) and reads bodies within bounds ([ReadBody]).
//
// It refuses to own any protocol: which answer an error gets, and in which shape, is the matter of a door, which hands
// in a [Refuser]. The hall answers in words of its own only what belongs to no door. It knows no database and no rule
// about people.
//
// It also keeps the server well when there is too much to do: a bounded number of requests is worked on at once, and
// tenants take turns (turns.go); rates are limited by key (limiter.go).
//
// Where to add the next thing: a header that every answer carries goes to setHeaders in hall.go; a number to watch goes
// to metrics.go; a refusal that all doors share is a step of the chain in [Hall.ServeHTTP]; a door is one more [Door] in
// the configuration and changes nothing here.
package web
