package feed

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	maxPoll   = 1000 // messages in one answer
	maxReason = 200  // characters of what a subscriber says is wrong
)

// Poll is how a connector fetches its deliveries (RFC 8936): those that it acknowledges end, and up to limit of those that
// wait are handed out, the oldest first, again and again until they are acknowledged. errs are messages that it can't take,
// with the reason. A limit of 0 hands out nothing.
func (f *Feed) Poll(ctx context.Context, caller domain.Caller, acks []uuid.UUID, errs map[uuid.UUID]string, limit int) (sets []Rendered, more bool, err error) {
	if err := caller.Require(domain.ScimRead); err != nil {
		return nil, false, err
	}
	limit = min(limit, maxPoll)
	fetch := func(tx domain.Tx) error {
		s, err := ownPoll(tx, caller.Connection)
		if err != nil {
			return err
		}
		waiting, err := tx.WaitingParcels(s, limit+1)
		more = len(waiting) > limit
		sets = nil
		for _, p := range waiting[:min(limit, len(waiting))] {
			sets = append(sets, Rendered{Index: p.Index, ID: p.ID, Body: p.Body})
		}
		return err
	}
	if len(acks)+len(errs) == 0 {
		err = f.Read(ctx, caller, fetch)
		return sets, more, err
	}
	err = f.Write(ctx, caller, func(w *domain.Work) error {
		if err := settle(w, acks, errs); err != nil {
			return err
		}
		return fetch(w.Tx())
	})
	return sets, more, err
}

// settle ends what the connector has received or refused.
func settle(w *domain.Work, acks []uuid.UUID, errs map[uuid.UUID]string) error {
	s, err := ownPoll(w.Tx(), w.Caller().Connection)
	if err != nil {
		return err
	}
	if len(acks) > 0 {
		if err := w.Tx().EndParcels(s, acks, domain.ParcelAcked, "", w.Now()); err != nil {
			return err
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(errs), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }) {
		if err := w.Tx().EndParcels(s, []uuid.UUID{id}, domain.ParcelDead, shortened(errs[id]), w.Now()); err != nil {
			return err
		}
	}
	return nil
}

// shortened keeps what a stranger wrote within bounds, and free of what a database can't store.
func shortened(text string) string {
	kept := make([]rune, 0, maxReason)
	for _, r := range text {
		if r < ' ' {
			r = ' '
		}
		if len(kept) == maxReason {
			break
		}
		kept = append(kept, r)
	}
	return string(kept)
}

// ownPoll is the subscription from which the connection fetches.
func ownPoll(tx domain.Tx, connection uuid.UUID) (*domain.Subscription, error) {
	list, err := tx.ListSubscriptions()
	for _, s := range list {
		if s.Kind == domain.SetPoll && connection != uuid.Nil && s.Connection == connection && s.Enabled {
			return s, nil
		}
	}
	if err == nil {
		err = domain.Refuse(domain.CodeNotFound, "", "There is no SetPoll subscription for this connection that is enabled.")
	}
	return nil, err
}
