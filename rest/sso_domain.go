package rest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	allDomains = "/Administration/Domains"
	oneDomain  = allDomains + "/{Domain}"
)

var domainRoutes = []route{
	{method: "GET", pattern: allDomains, needs: needs(domain.PoliciesManage), serve: (*call).listDomains},
	{method: "POST", pattern: allDomains, needs: needs(domain.PoliciesManage), body: jsonBody, keyed: true, serve: (*call).addDomain},
	{method: "GET", pattern: oneDomain, needs: needs(domain.PoliciesManage), serve: (*call).getDomain},
	{method: "POST", pattern: oneDomain + "/Verify", needs: needs(domain.PoliciesManage), body: optionalBody, serve: (*call).verifyDomain},
	{method: "DELETE", pattern: oneDomain, needs: needs(domain.PoliciesManage), serve: (*call).removeDomain},
}

// domainView is a domain of e-mail addresses, with the TXT record that proves it.
type domainView struct {
	Domain             string     `json:"Domain"`
	Readable           string     `json:"Readable"`
	IdentityProviderId identifier `json:"IdentityProviderId"`
	Record             string     `json:"Record"`
	Text               string     `json:"Text"`
	VerifiedAt         instant    `json:"VerifiedAt"`
	CheckedAt          instant    `json:"CheckedAt"`
	CreatedAt          instant    `json:"CreatedAt"`
}

func viewDomain(d *domain.SsoDomain) domainView {
	return domainView{d.Name, d.Readable(), identifier(d.Provider), d.RecordName(), d.RecordText(), instant(d.VerifiedAt), instant(d.CheckedAt), instant(d.CreatedAt)}
}

// domainBody is what a domain is added from.
type domainBody struct {
	name     sent[string]
	provider sent[uuid.UUID]
}

var domainFields = []field[domainBody]{
	{"Domain", setText(func(b *domainBody) *sent[string] { return &b.name })},
	{"IdentityProviderId", setID(func(b *domainBody) *sent[uuid.UUID] { return &b.provider })},
}

// namedDomain is the domain of the path. As with ids, only the form in which it is stored is one; "" is nobody's.
func (c *call) namedDomain() string {
	text := c.variable("Domain")
	if name, _ := domain.ReadDomain(text); name != text {
		return ""
	}
	return text
}

// listDomains is GET Administration/Domains.
func (c *call) listDomains() (domain.Answer, error) {
	list, err := c.engine.Domains.List(c.context(), c.caller)
	return itemsOf(list, err, viewDomain)
}

// addDomain is POST Administration/Domains. The answer tells the record to publish.
func (c *call) addDomain() (domain.Answer, error) {
	body, err := decode(c.body, domainFields)
	if err != nil {
		return domain.Answer{}, err
	}
	return once(c,
		func(caller domain.Caller) (*domain.SsoDomain, error) {
			return c.engine.Domains.Add(c.context(), caller, body.name.value, body.provider.value)
		},
		func(d *domain.SsoDomain) (domain.Answer, error) {
			answer, err := answerOf(http.StatusCreated, viewDomain(d))
			if err == nil {
				answer.Header["Location"] = c.location("Administration", "Domains", d.Name)
			}
			return answer, err
		})
}

// getDomain is GET Administration/Domains/{Domain}.
func (c *call) getDomain() (domain.Answer, error) {
	d, err := c.engine.Domains.Find(c.context(), c.caller, c.namedDomain())
	return shown(http.StatusOK, d, err, viewDomain)
}

// verifyDomain is POST Administration/Domains/{Domain}/Verify. It waits for the DNS.
func (c *call) verifyDomain() (domain.Answer, error) {
	if _, err := decode(c.body, bareFields); err != nil {
		return domain.Answer{}, err
	}
	d, err := c.engine.Domains.Verify(c.context(), c.caller, c.namedDomain())
	return shown(http.StatusOK, d, err, viewDomain)
}

// removeDomain is DELETE Administration/Domains/{Domain}.
func (c *call) removeDomain() (domain.Answer, error) {
	return nothing(), c.engine.Domains.Remove(c.context(), c.caller, c.namedDomain())
}
