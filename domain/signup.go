package domain

import "context"

// SignUp is what somebody signs up with.
type SignUp struct {
	Profile
	Username string
	Password string // "" where it is chosen later, by mail
}

// SignUp makes a person with access that becomes usable when the link in the mail is followed. The person joins the
// tenant's default group and nothing else.
//
// Errors: sign_up_disabled, password_login_disabled; validation_failed, primary_email_required, password_policy;
// username_taken, email_in_use; overloaded.
func (o *Account) SignUp(ctx context.Context, visitor Caller, in SignUp) (*Person, error) {
	person := NewPerson{Profile: in.Profile, Access: &NewAccess{Username: in.Username, IsActive: true}}
	if err := person.Validate(); err != nil {
		return nil, err
	}
	stored, err := o.signUpPassword(ctx, visitor, &in)
	if err != nil {
		return nil, err
	}
	person.Access.SelfSignedUp, person.Access.passwordHash = true, stored
	var signedUp *Person
	err = o.write(ctx, visitor, func(a *act) error {
		if err := maySignUp(a.tenant); err != nil {
			return err
		}
		if !mailable(in.Profile.PrimaryEmail()) {
			return Refuse(CodePrimaryEmailRequired, Emails.Name, "An e-mail address is needed, to which the link is sent that opens the account.")
		}
		a.caller.Actor.Name = in.Username
		signedUp, err = a.createPerson(person)
		a.result = signedUp
		return err
	})
	return signedUp, err
}

// signUpPassword judges the password before the person exists, and hashes it.
func (o *Account) signUpPassword(ctx context.Context, visitor Caller, in *SignUp) (string, error) {
	var tenant *Tenant
	err := o.store.Read(ctx, visitor.Scope(), func(tx Tx) (err error) {
		tenant, err = tx.Tenant()
		return err
	})
	if err != nil {
		return "", err
	}
	if err := maySignUp(tenant); err != nil || in.Password == "" {
		return "", err
	}
	username := in.Username
	if username == "" {
		username = in.Profile.PrimaryEmail()
	}
	return o.choosable(ctx, tenant, &Person{Profile: in.Profile, Access: &UserAccess{Username: username}}, in.Password, nil)
}

func maySignUp(tenant *Tenant) error {
	if !tenant.Policies.Is(PolicySelfSignUp, On) {
		return Refuse(CodeSignUpDisabled, "", "People can't sign up here by themselves; ask an administrator for an invitation.")
	}
	return tenant.mayUsePassword()
}
