package domain

// operates tells whether the caller stands at the machine: no right binds the operator.
func (c Caller) operates() bool { return c.Actor.Kind == ActorOperator }

// administers tells whether the caller is an administrator in person, the only one but the operator who may hand out what
// is restricted.
func (c Caller) administers() bool {
	return c.Actor.Kind == ActorPerson && c.Permissions.Has(TenantAdmin)
}

// mayGrant refuses to give away what the caller doesn't hold: a restricted permission through any API, a permission that
// is not the caller's own, and, for a session, a weight above that of its heaviest role. An act that is made for
// restricted grants asks mayGrantRestricted instead.
func (a *act) mayGrant(permissions Permissions, weight int) error {
	if err := a.mayTouch(permissions, weight); err != nil {
		return err
	}
	return a.holds(permissions)
}

// mayTouch refuses changes of what is restricted, and of what is heavier than the caller.
func (a *act) mayTouch(permissions Permissions, weight int) error {
	if permissions.Restricted() && !a.caller.operates() {
		return Refuse(CodeRestricted, "", "This grants restricted permissions, which no API may do; an administrator does it in person, or the operator.")
	}
	return a.outweighs(weight)
}

// mayGrantRestricted is mayGrant for the one act in which an administrator hands out restricted roles.
func (a *act) mayGrantRestricted(permissions Permissions, weight int) error {
	if err := a.outweighs(weight); err != nil {
		return err
	}
	return a.holds(permissions)
}

func (a *act) holds(permissions Permissions) error {
	if a.caller.operates() {
		return nil
	}
	if missing := a.caller.Permissions.Lacking(permissions); len(missing) > 0 {
		return Refuse(CodePrivilegeEscalation, "", "You can't grant what you don't hold: %s.", missing)
	}
	return nil
}

func (a *act) outweighs(weight int) error {
	if a.caller.Actor.Kind == ActorPerson && weight > a.caller.Weight {
		return Refuse(CodeRoleWeight, "", "A role of weight %d is heavier than your heaviest, which is %d.", weight, a.caller.Weight)
	}
	return nil
}

// protectionMoved brings up to date who is protected and who is an administrator, after a change of restricted grants.
func (a *act) protectionMoved() error {
	lost, err := a.tx.RefreshProtection()
	a.administratorLost = a.administratorLost || lost
	return err
}

// keepAdministrator is the guard of the tenant's last administrator: an act that took an active administrator from the
// tenant is refused when no other is left. It is the last thing that an act does before it is written down, and the
// store lets one act of a tenant at a time come here, so that two of them can't each count on the other's.
func (a *act) keepAdministrator() error {
	if !a.administratorLost {
		return nil
	}
	left, err := a.tx.HasAdministrator()
	if err == nil && !left {
		err = Refuse(CodeLastAdministrator, "", "This would leave the tenant without an active administrator; make another one first.")
	}
	return err
}

// active tells whether the access is one that its person can use.
func (a *UserAccess) active() bool { return a != nil && a.state() == StateActive }
