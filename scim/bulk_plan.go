package scim

import (
	"fmt"
	"net/http"
	"strings"
)

// bulkPlan finds an order for the operations of a Bulk: that of the request, but what another operation refers to comes
// before it. It is the algorithm of Tarjan, which finds the circles as well.
type bulkPlan struct {
	creates map[string]*bulkOperation // by bulkId
	seen    map[*bulkOperation]int    // when an operation was come upon, from 1
	lowest  map[*bulkOperation]int    // the earliest one that it leads back to
	open    []*bulkOperation          // those that are not known to be in a circle or in none
	order   []*bulkOperation
}

// planBulk gives the operations in the order in which to do them. It refuses those whose references can't be resolved:
// an unknown bulkId, one that stands for several operations, and circles (RFC 7644, section 3.7.1, leaves it to us to
// try harder). People can name each other as managers by a PATCH in the same Bulk; groups are no members of groups.
func planBulk(operations []*bulkOperation) []*bulkOperation {
	p := &bulkPlan{creates: map[string]*bulkOperation{}, seen: map[*bulkOperation]int{}, lowest: map[*bulkOperation]int{}}
	for _, o := range operations {
		if o.method != http.MethodPost || o.bulkID == "" {
			continue
		}
		if other := p.creates[o.bulkID]; other != nil {
			o.err = refuseValue("The bulkId %s stands for several operations.", excerpt(o.bulkID))
			other.err = o.err
		}
		p.creates[o.bulkID] = o
	}
	for _, o := range operations {
		p.link(o)
	}
	for _, o := range operations {
		if p.seen[o] == 0 {
			p.visit(o)
		}
	}
	pace(p.order)
	return p.order
}

// link finds what the operation refers to.
func (p *bulkPlan) link(o *bulkOperation) {
	if o.err != nil {
		return
	}
	named := map[string]bool{}
	note := func(bulkID string) (string, bool) {
		if named[bulkID] {
			return "", false
		}
		named[bulkID] = true
		if create := p.creates[bulkID]; create != nil {
			o.refers = append(o.refers, create)
		} else if o.err == nil {
			o.err = refuseValue("No POST operation has the bulkId %s.", excerpt(bulkID))
		}
		return "", false
	}
	o.data.withReferences(note)
	if bulkID, ok := strings.CutPrefix(o.target, bulkReference); ok {
		note(bulkID)
	}
}

// visit puts the operation into the order, behind all that it leads to.
func (p *bulkPlan) visit(o *bulkOperation) {
	o.place, p.seen[o] = -1, len(p.seen)+1
	p.lowest[o] = p.seen[o]
	p.open = append(p.open, o)
	circular := false
	for _, other := range o.refers {
		circular = circular || other == o
		if p.seen[other] == 0 {
			p.visit(other)
			p.lowest[o] = min(p.lowest[o], p.lowest[other])
		} else if other.place < 0 {
			p.lowest[o] = min(p.lowest[o], p.seen[other])
		}
	}
	if p.lowest[o] == p.seen[o] {
		p.closeAt(o, circular)
	}
}

// closeAt ends a circle, or an operation that is in none.
func (p *bulkPlan) closeAt(o *bulkOperation, circular bool) {
	from := len(p.open) - 1
	for p.open[from] != o {
		from--
	}
	for _, member := range p.open[from:] {
		if circular || len(p.open)-from > 1 {
			member.err = errCircle
		}
		member.place = len(p.order)
		p.order = append(p.order, member)
	}
	p.open = p.open[:from]
}

var errCircle = &refusal{status: http.StatusConflict,
	detail: "The operations refer to each other in a circle. Create first, and set one of the references by a PATCH operation."}

// errUnresolved refuses an operation that refers to one that created nothing.
func errUnresolved(other *bulkOperation) error {
	return &refusal{status: http.StatusConflict,
		detail: fmt.Sprintf("The operation with the bulkId %s, which this one refers to, created nothing.", excerpt(other.bulkID))}
}
