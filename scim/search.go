package scim

import "strings"

// searchRequestURN is the schema of a search (RFC 7644, section 3.4.3).
const searchRequestURN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

// maxSearch is the bytes that the body of a search may have: a filter and a few lists of names.
const maxSearch = 64 << 10

// A search is a list request whose parameters stand in the body, where no log and no limit of an address sees them
// (RFC 7644, section 3.4.3). Its answers are those of GET.

func (x *exchange) searchUsers() error {
	if err := x.readSearch(); err != nil {
		return err
	}
	return x.listUsers()
}

func (x *exchange) searchGroups() error {
	if err := x.readSearch(); err != nil {
		return err
	}
	return x.listGroups()
}

func (x *exchange) searchAll() error {
	if err := x.readSearch(); err != nil {
		return err
	}
	return x.listAll()
}

// readSearch reads the parameters from the body, beside those of the query.
func (x *exchange) readSearch() error {
	body, err := x.body(maxSearch)
	if err != nil {
		return err
	}
	if err := checkMessage(body, searchRequestURN); err != nil {
		return err
	}
	return x.parameters.join(body)
}

// checkMessage refuses a message that says it is one of another kind. One that doesn't say is taken for what its
// address asks for.
func checkMessage(body Value, urn string) error {
	schemas, _ := body.Member("schemas")
	for _, named := range schemas.Items {
		if strings.EqualFold(named.Text, urn) {
			return nil
		}
	}
	if schemas.Kind == KindNull || schemas.Kind == KindArray && len(schemas.Items) == 0 {
		return nil
	}
	return refuseSyntax("schemas must name %s.", urn)
}

// join adds the parameters in the body of a search. Unlike an address, a body holds nothing that somebody on the way
// added, so that a member of an unknown name is a mistake: ignoring a misspelt filter would answer with everybody.
func (p *parameters) join(body Value) error {
	for _, member := range body.Items {
		if strings.EqualFold(member.Name, "schemas") {
			continue
		}
		name, known := parameterNamed(member.Name)
		if !known {
			return refuseSyntax("A search has no %s; it takes %s.", excerpt(member.Name), strings.Join(parameterNames[:], ", "))
		}
		text, err := name.text(member)
		if err != nil {
			return err
		}
		if text == "" {
			continue
		}
		if p[name] != "" && p[name] != text {
			return invalidParameter(parameterNames[name], "is one thing in the query and another in the body; send it once")
		}
		p[name] = text
	}
	return nil
}

func parameterNamed(name string) (parameter, bool) {
	for i, known := range parameterNames {
		if strings.EqualFold(name, known) {
			return parameter(i), true
		}
	}
	return 0, false
}

// text is the member of a search as a query would hold it; null is no value.
func (p parameter) text(value Value) (string, error) {
	want, problem := KindString, "must be a string"
	switch p {
	case paramAttributes, paramExcludedAttributes:
		return p.names(value)
	case paramStartIndex, paramCount:
		want, problem = KindNumber, "must be a whole number"
	}
	if value.Kind != want && value.Kind != KindNull {
		return "", invalidParameter(parameterNames[p], problem)
	}
	if p == paramCursor && value.Kind == KindString {
		return cursorMark + value.Text, nil
	}
	return value.Text, nil
}

// names joins a list of names.
func (p parameter) names(list Value) (string, error) {
	if list.Kind != KindArray && list.Kind != KindNull {
		return "", invalidParameter(parameterNames[p], "must be an array of names")
	}
	names := make([]string, len(list.Items))
	for i, name := range list.Items {
		if name.Kind != KindString {
			return "", invalidParameter(parameterNames[p], "must be an array of names")
		}
		names[i] = name.Text
	}
	return strings.Join(names, ","), nil
}
