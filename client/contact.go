package client

import "context"

// EmailAddresses lists the e-mail addresses of a person.
func (c *Client) EmailAddresses(ctx context.Context, person string) ([]EmailAddress, error) {
	return list[EmailAddress](ctx, c, "GET /Common/Persons/{PersonId}/EmailAddresses", call{path: []any{person}})
}

// AddEmailAddress gives a person another e-mail address.
func (c *Client) AddEmailAddress(ctx context.Context, person string, in EmailAddress) (*EmailAddress, error) {
	return find[EmailAddress](ctx, c, "POST /Common/Persons/{PersonId}/EmailAddresses", call{path: []any{person}, body: in, keyed: true})
}

// EmailAddress finds one e-mail address of a person.
func (c *Client) EmailAddress(ctx context.Context, person, id string) (*EmailAddress, error) {
	return find[EmailAddress](ctx, c, "GET /Common/Persons/{PersonId}/EmailAddresses/{EmailAddressId}", call{path: []any{person, id}})
}

// ReplaceEmailAddress puts another e-mail address in the place of one.
func (c *Client) ReplaceEmailAddress(ctx context.Context, person, id string, in EmailAddress) (*EmailAddress, error) {
	return find[EmailAddress](ctx, c, "PUT /Common/Persons/{PersonId}/EmailAddresses/{EmailAddressId}", call{path: []any{person, id}, body: in})
}

// RemoveEmailAddress takes one e-mail address from a person.
func (c *Client) RemoveEmailAddress(ctx context.Context, person, id string) error {
	return c.do(ctx, "DELETE /Common/Persons/{PersonId}/EmailAddresses/{EmailAddressId}", call{path: []any{person, id}})
}

// PhoneNumbers lists the phone numbers of a person.
func (c *Client) PhoneNumbers(ctx context.Context, person string) ([]PhoneNumber, error) {
	return list[PhoneNumber](ctx, c, "GET /Common/Persons/{PersonId}/PhoneNumbers", call{path: []any{person}})
}

// AddPhoneNumber gives a person another phone number.
func (c *Client) AddPhoneNumber(ctx context.Context, person string, in PhoneNumber) (*PhoneNumber, error) {
	return find[PhoneNumber](ctx, c, "POST /Common/Persons/{PersonId}/PhoneNumbers", call{path: []any{person}, body: in, keyed: true})
}

// PhoneNumber finds one phone number of a person.
func (c *Client) PhoneNumber(ctx context.Context, person, id string) (*PhoneNumber, error) {
	return find[PhoneNumber](ctx, c, "GET /Common/Persons/{PersonId}/PhoneNumbers/{PhoneNumberId}", call{path: []any{person, id}})
}

// ReplacePhoneNumber puts another phone number in the place of one.
func (c *Client) ReplacePhoneNumber(ctx context.Context, person, id string, in PhoneNumber) (*PhoneNumber, error) {
	return find[PhoneNumber](ctx, c, "PUT /Common/Persons/{PersonId}/PhoneNumbers/{PhoneNumberId}", call{path: []any{person, id}, body: in})
}

// RemovePhoneNumber takes one phone number from a person.
func (c *Client) RemovePhoneNumber(ctx context.Context, person, id string) error {
	return c.do(ctx, "DELETE /Common/Persons/{PersonId}/PhoneNumbers/{PhoneNumberId}", call{path: []any{person, id}})
}

// StreetAddresses lists the postal addresses of a person.
func (c *Client) StreetAddresses(ctx context.Context, person string) ([]StreetAddress, error) {
	return list[StreetAddress](ctx, c, "GET /Common/Persons/{PersonId}/StreetAddresses", call{path: []any{person}})
}

// AddStreetAddress gives a person another postal address.
func (c *Client) AddStreetAddress(ctx context.Context, person string, in StreetAddress) (*StreetAddress, error) {
	return find[StreetAddress](ctx, c, "POST /Common/Persons/{PersonId}/StreetAddresses", call{path: []any{person}, body: in, keyed: true})
}

// StreetAddress finds one postal address of a person.
func (c *Client) StreetAddress(ctx context.Context, person, id string) (*StreetAddress, error) {
	return find[StreetAddress](ctx, c, "GET /Common/Persons/{PersonId}/StreetAddresses/{StreetAddressId}", call{path: []any{person, id}})
}

// ReplaceStreetAddress puts another postal address in the place of one.
func (c *Client) ReplaceStreetAddress(ctx context.Context, person, id string, in StreetAddress) (*StreetAddress, error) {
	return find[StreetAddress](ctx, c, "PUT /Common/Persons/{PersonId}/StreetAddresses/{StreetAddressId}", call{path: []any{person, id}, body: in})
}

// RemoveStreetAddress takes one postal address from a person.
func (c *Client) RemoveStreetAddress(ctx context.Context, person, id string) error {
	return c.do(ctx, "DELETE /Common/Persons/{PersonId}/StreetAddresses/{StreetAddressId}", call{path: []any{person, id}})
}
