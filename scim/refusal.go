package scim

// refusal is a request that this layer refuses, in words that the client may see. Its detail names the attribute.
type refusal struct {
	status   int
	scimType string // RFC 7644 section 3.12; empty for none
	detail   string
}

// Error implements error.
func (r *refusal) Error() string { return r.detail }
