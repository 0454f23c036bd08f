package domain

import "context"

// Processors are those that the hard work of sign-ins may take: hashing passwords, and verifying what identity providers
// have signed. They are half of the server's, so that people who sign in never starve provisioning. All such work stands in
// one queue for them and is done in the order in which it came.
type Processors struct{ working chan struct{} }

// NewProcessors takes half of so many processors, at least one.
func NewProcessors(of int) *Processors {
	return &Processors{working: make(chan struct{}, max(1, of/2))}
}

// Count is how many there are: as much work is done at once.
func (p *Processors) Count() int { return cap(p.working) }

// Places are how often one kind of work may stand in the queue. Each kind has its own, so that a crowd that comes for one
// makes the others wait, for as long as its places take, and keeps none of them out.
type Places struct {
	processors *Processors
	taken      chan struct{}
}

// Places gives a kind of work so many places, those at work included.
func (p *Processors) Places(most int) *Places {
	return &Places{processors: p, taken: make(chan struct{}, most)}
}

// Do does the work when it is its turn, and gives back what came of it. The work must be of the processor alone: whoever
// waits for something else, such as the database, waits outside.
//
// Errors: overloaded, at once, when all places are taken; unavailable when the context ends before the turn comes.
func (p *Places) Do(ctx context.Context, work func() error) error {
	select {
	case p.taken <- struct{}{}:
		defer func() { <-p.taken }()
	default:
		return Refuse(CodeOverloaded, "", "Too many people are signing in at this moment; try again in a few seconds.")
	}
	select { // those who wait to send on a channel are served in order
	case p.processors.working <- struct{}{}:
		defer func() { <-p.processors.working }()
	case <-ctx.Done():
		return Fail(CodeUnavailable, ctx.Err(), "The request ended before its turn came.")
	}
	return work()
}
