package scim

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/web"
)

// The bounds of fetching events.
const (
	pollPath    = "/Events/Poll"
	maxPollBody = 1 << 20
	// defaultPoll and maxPoll are how many tokens an answer holds when the client does not say, and at most.
	defaultPoll = 100
	maxPoll     = 200
	// pollWait is how long an answer waits for the first token; clients commonly give up after 30 s.
	pollWait = 25 * time.Second
	// pollPause is the time between two looks, and maxWaiting how many requests may wait at once: others are answered
	// without waiting.
	pollPause  = time.Second
	maxWaiting = 64
)

// EventFeed hands out the security event tokens that wait for a connection; *feed.Feed is one.
type EventFeed interface {
	// Poll ends the tokens that the caller has received (acks) or can't take (errs, with the reason), and gives up to
	// limit of those that wait for its connection; not_found when it has not subscribed.
	Poll(ctx context.Context, caller domain.Caller, acks []uuid.UUID, errs map[uuid.UUID]string, limit int) (sets []feed.Rendered, more bool, err error)
}

// pollRequest is what a client asks for (RFC 8936, section 2.2).
type pollRequest struct {
	count    int
	now      bool // returnImmediately
	received []uuid.UUID
	disowned map[uuid.UUID]string // setErrs: why, by the id
}

// pollEvents hands out the security event tokens that wait for the caller's connection (RFC 8936). A token that the
// client names in ack or setErrs is never handed out again, every other one is.
func (x *exchange) pollEvents() error {
	if x.feed == nil {
		return errNoEndpoint
	}
	body, err := x.body(maxPollBody)
	if err != nil {
		return err
	}
	asked, err := readPoll(body)
	if err != nil {
		return err
	}
	sets, more, err := x.feed.Poll(x.r.Context(), x.caller, asked.received, asked.disowned, asked.count)
	if err == nil && len(sets) == 0 && asked.count > 0 && !asked.now {
		sets, more, err = x.awaitEvents(asked.count)
	}
	if err != nil {
		return err
	}
	return x.sendEvents(sets, more)
}

// awaitEvents looks again and again until there is something to hand out, for a while.
func (x *exchange) awaitEvents(count int) (sets []feed.Rendered, more bool, err error) {
	select {
	case x.waiting <- struct{}{}:
		defer func() { <-x.waiting }()
	default:
		return nil, false, nil
	}
	for looks := int(pollWait / pollPause); looks > 0 && len(sets) == 0; looks-- {
		again, err := web.Pause(x.r.Context(), pollPause)
		if err != nil || !again {
			return nil, false, err
		}
		if sets, more, err = x.feed.Poll(x.r.Context(), x.caller, nil, nil, count); err != nil {
			return nil, false, err
		}
	}
	return sets, more, nil
}

// readPoll reads the body. An id that is none of ours is as good as acknowledged: it is nothing that would be handed
// out again.
func readPoll(body Value) (pollRequest, error) {
	asked := pollRequest{count: defaultPoll, disowned: map[uuid.UUID]string{}}
	if limit, found := body.Member("maxEvents"); found {
		count, err := strconv.Atoi(limit.Text)
		if limit.Kind != KindNumber || err != nil || count < 0 {
			return asked, refuseValue("maxEvents must be a whole number, 0 or more.")
		}
		asked.count = min(count, maxPoll)
	}
	if at, found := body.Member("returnImmediately"); found {
		now, ok := at.Bool()
		if !ok {
			return asked, refuseValue("returnImmediately must be true or false.")
		}
		asked.now = now
	}
	if list, found := body.Member("ack"); found {
		if list.Kind != KindArray {
			return asked, refuseValue("ack must be an array of the jti of tokens.")
		}
		for _, item := range list.Items {
			if id, err := uuid.Parse(item.Text); err == nil {
				asked.received = append(asked.received, id)
			}
		}
	}
	if errs, found := body.Member("setErrs"); found {
		if errs.Kind != KindObject {
			return asked, refuseValue("setErrs must be an object with the jti of tokens as names.")
		}
		asked.disown(errs)
	}
	return asked, nil
}

func (p *pollRequest) disown(errs Value) {
	for _, item := range errs.Items {
		id, err := uuid.Parse(item.Name)
		if err != nil {
			continue
		}
		code, _ := item.Member("err")
		why, _ := item.Member("description")
		p.disowned[id] = strings.TrimSuffix(strings.TrimPrefix(code.Text+": "+why.Text, ": "), ": ")
	}
}

// sendEvents answers with the tokens by their ids (RFC 8936, section 2.3).
func (x *exchange) sendEvents(sets []feed.Rendered, more bool) error {
	var doc document
	doc.object("", func() {
		doc.object("sets", func() {
			for _, set := range sets {
				doc.string(set.ID.String(), string(set.Body))
			}
		})
		doc.bool("moreAvailable", more)
	})
	header := x.w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(doc.text)))
	x.w.WriteHeader(http.StatusOK)
	x.begun = true
	_, err := x.w.Write(doc.text)
	return err
}
