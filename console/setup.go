package console

import "github.com/scimbridge/scimbridge/domain"

// setupPage is for whoever has the token that the server printed at its first start. It is the same for everybody.
func setupPage(v *visit) error { return v.show("setup", nil, nil) }

// setUp makes the first tenant and its administrator, who goes on to choose a password as everybody who is invited does.
func setUp(v *visit) error {
	token := v.form["SetupToken"]
	for _, field := range []string{"SetupToken", "Slug", "Organization", "FirstName", "LastName", "EmailAddress"} {
		if v.form[field] == "" {
			return v.show("setup", nil, required(field))
		}
	}
	profile := domain.Profile{FirstName: v.form["FirstName"], LastName: v.form["LastName"],
		Emails: []domain.EmailAddress{{Address: v.form["EmailAddress"], IsPrimary: true}}}
	done, err := v.engine.Administration.SetUp(v.r.Context(), v.caller, token, domain.Setup{Slug: v.form["Slug"], Name: v.form["Organization"], Profile: profile})
	if err != nil {
		return v.show("setup", nil, err)
	}
	v.redirect(Prefix + "/" + invitation.name + "#token=" + done.Invitation)
	return nil
}
