package scim

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
)

// The schemas of a Bulk (RFC 7644, section 3.7).
const (
	bulkRequestURN  = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	bulkResponseURN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// bulk does what the operations in the body ask for, each as if it came in a request of its own: with its own
// authorisation, its own transaction and its own outcome. What was done stays done when another operation fails. The
// order of operations is told by [planBulk] and [bulkRun].
func (x *exchange) bulk() error {
	body, err := x.body(maxBody)
	if err != nil {
		return err
	}
	operations, limit, err := readBulk(body)
	if err != nil {
		return err
	}
	for _, o := range operations {
		if err := x.aim(o); o.err == nil {
			o.err = err
		}
	}
	client := x.caller.Entry
	x.caller.Entry = nil // each operation has one of its own
	run := newBulkRun(x.task, planBulk(operations), limit)
	if client != nil {
		run.client = client.Client
	}
	run.all(x.r.Context())
	return x.sendBulk(operations)
}

// readBulk reads the message. An operation that can't be understood is refused by itself, a message by the whole; limit
// is how many operations may fail before no more are begun.
func readBulk(body Value) (operations []*bulkOperation, limit int, err error) {
	if err := checkMessage(body, bulkRequestURN); err != nil {
		return nil, 0, err
	}
	failures, _ := body.Member("failOnErrors")
	if limit, err = failLimit(failures); err != nil {
		return nil, 0, err
	}
	list, _ := body.Member("Operations")
	if list.Kind != KindArray || len(list.Items) == 0 {
		return nil, 0, refuseSyntax("The body must be an object with Operations, an array of at least one operation.")
	}
	if len(list.Items) > maxOperations {
		return nil, 0, &refusal{status: http.StatusRequestEntityTooLarge,
			detail: fmt.Sprintf("There are %d operations; %d are the limit (maxOperations). Send several requests.", len(list.Items), maxOperations)}
	}
	operations = make([]*bulkOperation, len(list.Items))
	for i, item := range list.Items {
		operations[i] = readBulkOperation(item)
	}
	return operations, limit, nil
}

// failLimit reads failOnErrors. 0 is what clients send that have no limit.
func failLimit(value Value) (int, error) {
	switch value.Kind {
	case KindNull:
		return math.MaxInt, nil
	case KindNumber:
		switch limit, ok := wholeNumber(value.Text); {
		case ok && limit > 0:
			return limit, nil
		case ok && limit == 0:
			return math.MaxInt, nil
		}
	}
	return 0, refuseValue("failOnErrors must be a whole number from 1; leave it out to have all operations tried.")
}

// sendBulk answers with the outcomes in the order of the request. Operations that were not begun are left out.
func (x *exchange) sendBulk(operations []*bulkOperation) error {
	s := x.open(http.StatusOK)
	s.buf = append(s.buf, `{"schemas":["`+bulkResponseURN+`"],"Operations":[`...)
	sent := 0
	for _, o := range operations {
		if !o.begun {
			continue
		}
		s.buf = o.appendOutcome(appendComma(s.buf, sent), x)
		sent++
		if err := s.pass(); err != nil {
			return err
		}
	}
	s.buf = append(s.buf, "]}"...)
	return s.close()
}

// appendOutcome appends what became of an operation. The resource itself is left out, which the client can read by its
// location; an error is told in full.
func (o *bulkOperation) appendOutcome(dst []byte, x *exchange) []byte {
	dst = append(dst, '{')
	if o.method != "" {
		dst = append(appendQuoted(append(dst, `"method":`...), o.method), ',')
	}
	if o.bulkID != "" {
		dst = append(appendQuoted(append(dst, `"bulkId":`...), o.bulkID), ',')
	}
	if location := o.location(x.base); location != "" {
		dst = append(appendQuoted(append(dst, `"location":`...), location), ',')
	}
	if o.err != nil {
		shown := shownTo(x.r.Context(), o.err)
		dst = strconv.AppendInt(append(dst, `"status":"`...), int64(shown.status), 10)
		return append(shown.appendJSON(append(dst, `","response":`...)), '}')
	}
	if o.done.version != "" {
		dst = append(appendQuoted(append(dst, `"version":`...), o.done.version), ',')
	}
	dst = strconv.AppendInt(append(dst, `"status":"`...), int64(o.done.status), 10)
	return append(dst, `"}`...)
}
