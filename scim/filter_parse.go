package scim

import (
	"fmt"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxFilterDepth is how deep parentheses and brackets may nest, which also bounds the parser's recursion.
	maxFilterDepth = 32
	// maxFilterTerms is how many comparisons a filter may hold, those in brackets included.
	maxFilterTerms = 32
)

// ParseFilter reads a filter (RFC 7644 section 3.4.2.2). Operators and names of attributes are case-insensitive, not
// binds tighter than and, and tighter than or; blanks may stand wherever two words part. It refuses more than 2,048
// bytes, 32 comparisons or 32 levels of parentheses and brackets. The error is a [*SyntaxError] of type invalidFilter.
func ParseFilter(text string) (Filter, error) {
	filter, _, err := parseFilter(text, false)
	return filter, err
}

// parseFilter is [ParseFilter], which with lenient takes a word for a text without quotes; bare tells that there was one.
func parseFilter(text string, lenient bool) (filter Filter, bare bool, err error) {
	p := filterParser{filterLexer: filterLexer{text: text, scimType: scimerrors.ScimTypeInvalidFilter}, lenient: lenient}
	if err := p.begin(); err != nil {
		return nil, false, err
	}
	if filter, err = p.disjunction(); err != nil {
		return nil, false, err
	}
	if p.tok.kind != tokenEnd {
		return nil, false, p.unexpected("and, or, or the end of the filter")
	}
	return filter, p.bare, nil
}

// ParsePath reads the path of a PATCH operation (RFC 7644 section 3.5.2), or a member's name where an operation has no
// path: attr, attr.sub, attr[filter], attr[filter].sub, each with or without a schema URN before it, or such a URN
// alone. The limits are those of [ParseFilter]. The error is a [*SyntaxError] of type invalidPath, or invalidFilter for
// what stands in brackets.
func ParsePath(text string) (Path, error) {
	p := filterParser{filterLexer: filterLexer{text: text, scimType: scimerrors.ScimTypeInvalidPath}}
	if err := p.begin(); err != nil {
		return Path{}, err
	}
	path, err := p.path()
	if err != nil {
		return Path{}, err
	}
	if p.tok.kind != tokenEnd {
		return Path{}, p.unexpected("the end of the path")
	}
	return path, nil
}

// filterParser is a recursive-descent parser with one token of look-ahead.
type filterParser struct {
	filterLexer
	depth     int
	terms     int
	bracketed bool
	lenient   bool // a word may stand for a text
	bare      bool // one did
}

func (p *filterParser) path() (Path, error) {
	attr, err := p.attrPath()
	if err != nil || p.tok.kind != '[' {
		return Path{Attr: attr}, err
	}
	filter, err := p.brackets()
	if err != nil || !p.atSub() {
		return Path{Attr: attr, Filter: filter}, err
	}
	sub, err := p.sub()
	return Path{Attr: attr, Filter: filter, Sub: sub}, err
}

func (p *filterParser) disjunction() (Filter, error) {
	return p.chain(OpOr, (*filterParser).conjunction)
}

func (p *filterParser) conjunction() (Filter, error) {
	return p.chain(OpAnd, (*filterParser).term)
}

// chain reads one operand, or several that op joins.
func (p *filterParser) chain(op LogicalOperator, operand func(*filterParser) (Filter, error)) (Filter, error) {
	first, err := operand(p)
	if err != nil || !p.atWord(string(op)) {
		return first, err
	}
	terms := []Filter{first}
	for p.atWord(string(op)) {
		if err := p.advance(); err != nil {
			return nil, err
		}
		next, err := operand(p)
		if err != nil {
			return nil, err
		}
		terms = append(terms, next)
	}
	return &Logical{Op: op, Terms: terms}, nil
}

func (p *filterParser) term() (Filter, error) {
	if p.tok.kind == '(' {
		return p.parentheses()
	}
	negated := p.atWord("not")
	attr, err := p.attrPath()
	if err != nil {
		return nil, err
	}
	// The grammar reserves no word, so not is an attribute unless a parenthesis follows.
	if negated && p.tok.kind == '(' {
		term, err := p.parentheses()
		return &Not{Term: term}, err
	}
	if p.tok.kind == '[' {
		return p.valuePath(attr)
	}
	return p.comparison(attr)
}

func (p *filterParser) parentheses() (Filter, error) {
	filter, err := p.enclosed(')')
	if err != nil {
		return nil, err
	}
	return filter, p.advance()
}

func (p *filterParser) brackets() (Filter, error) {
	if p.bracketed {
		return nil, p.fail(p.tok.offset, "brackets may not stand inside brackets")
	}
	outer := p.scimType
	p.bracketed, p.scimType = true, scimerrors.ScimTypeInvalidFilter
	filter, err := p.enclosed(']')
	if err != nil {
		return nil, err
	}
	p.bracketed, p.scimType = false, outer
	return filter, p.advance()
}

// enclosed reads a filter from behind the opening token, which is the current one, up to the given closing one.
func (p *filterParser) enclosed(closing tokenKind) (Filter, error) {
	if p.depth == maxFilterDepth {
		message := fmt.Sprintf("parentheses and brackets are nested more than %d deep", maxFilterDepth)
		return nil, p.fail(p.tok.offset, message)
	}
	p.depth++
	if err := p.advance(); err != nil {
		return nil, err
	}
	filter, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != closing {
		return nil, p.unexpected(fmt.Sprintf("and, or, or %c", closing))
	}
	p.depth--
	return filter, nil
}

func (p *filterParser) valuePath(attr AttrPath) (Filter, error) {
	filter, err := p.brackets()
	if err != nil || !p.atSub() {
		return &ValuePath{Attr: attr, Filter: filter}, err
	}
	sub, err := p.sub()
	if err != nil {
		return nil, err
	}
	comparison, err := p.comparison(AttrPath{Name: sub})
	if err != nil {
		return nil, err
	}
	return &ValuePath{Attr: attr, Filter: conjoin(filter, comparison)}, nil
}

func conjoin(filter, term Filter) Filter {
	if and, ok := filter.(*Logical); ok && and.Op == OpAnd {
		return &Logical{Op: OpAnd, Terms: append(and.Terms, term)}
	}
	return &Logical{Op: OpAnd, Terms: []Filter{filter, term}}
}

// comparison reads what follows an attribute: pr, or another operator and a literal.
func (p *filterParser) comparison(attr AttrPath) (Filter, error) {
	if p.terms++; p.terms > maxFilterTerms {
		return nil, p.fail(p.tok.offset, fmt.Sprintf("the filter holds more than %d comparisons", maxFilterTerms))
	}
	op, ok := p.operator()
	if !ok {
		return nil, p.unexpected("an operator (eq, ne, co, sw, ew, pr, gt, ge, lt, le)")
	}
	if err := p.advance(); err != nil || op == OpPr {
		return &Comparison{Attr: attr, Op: op}, err
	}
	value, ok := p.literal()
	if !ok {
		return nil, p.unexpected(`a value ("text" in double quotes, a number, true, false, null)`)
	}
	return &Comparison{Attr: attr, Op: op, Value: value}, p.advance()
}

func (p *filterParser) operator() (Operator, bool) {
	for _, op := range operators {
		if p.atWord(string(op)) {
			return op, true
		}
	}
	return "", false
}

// literal gives the current token as a value. Literals are case-insensitive, as the other words are.
func (p *filterParser) literal() (Value, bool) {
	switch text := p.tok.text; {
	case p.tok.kind == tokenString:
		return Value{Kind: KindString, Text: text}, true
	case p.atWord("true"):
		return Value{Kind: KindBool, Text: "true"}, true
	case p.atWord("false"):
		return Value{Kind: KindBool, Text: "false"}, true
	case p.atWord("null"):
		return Value{}, true
	case p.tok.kind == tokenWord && (text[0] == '-' || isDigit(text[0])) && jsontext.Value(text).IsValid():
		return Value{Kind: KindNumber, Text: text}, true
	case p.lenient && p.tok.kind == tokenWord:
		p.bare = true
		return Value{Kind: KindString, Text: text}, true
	}
	return Value{}, false
}

func (p *filterParser) atWord(word string) bool {
	return p.tok.kind == tokenWord && strings.EqualFold(p.tok.text, word)
}
