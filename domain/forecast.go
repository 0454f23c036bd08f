package domain

import (
	"context"

	"github.com/google/uuid"
)

// DrySignedIn is the outcome of a dry run that would let somebody in; any other one is the code of the refusal.
const DrySignedIn = "SignedIn"

// DryRun is what would become of a name that an identity provider asserts.
type DryRun struct {
	Rungs   []DryRung // all of the provider's, in order, also those below the one that decides
	Outcome string    // DrySignedIn, or the code of the refusal
	Message string    // of the refusal
	Person  uuid.UUID // who would be let in; uuid.Nil: nobody
}

// DryRung is a rung with whom it matches.
type DryRung struct {
	Rung    *Attribute
	Matches []*Person
}

// MatchDryRun tells whom a name would let in through the provider, rule by rule, and does nothing else. It answers as if
// the provider and the tenant's SSO were enabled.
//
// Errors: identity_provider_not_found; validation_failed for a name that is too long.
func (s *Providers) MatchDryRun(ctx context.Context, caller Caller, id uuid.UUID, name string) (*DryRun, error) {
	if err := caller.Require(ProvidersRead); err != nil {
		return nil, err
	}
	var found problems
	checkSize(&found, "NameId", name, MaxText)
	if err := found.err(); err != nil {
		return nil, err
	}
	var dry *DryRun
	err := s.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		provider, err := tx.FindProvider(id)
		if err != nil {
			return err
		}
		dry, err = dryRun(tx, provider, name)
		return err
	})
	return dry, err
}

func dryRun(tx Tx, provider *IdentityProvider, name string) (*DryRun, error) {
	dry := &DryRun{}
	for _, rung := range provider.Ladder() {
		step := DryRung{Rung: rung}
		var people []uuid.UUID
		var err error
		if Fold(name) != "" {
			people, err = tx.FindByLogin(rung, name)
		}
		for _, person := range people {
			p, err := tx.FindPerson(person, 0)
			if err != nil {
				return nil, err
			}
			step.Matches = append(step.Matches, p)
		}
		if err != nil {
			return nil, err
		}
		dry.Rungs = append(dry.Rungs, step)
	}
	climbed, err := climb(tx, provider, name)
	if err != nil {
		return nil, err
	}
	if refusal := climbed.verdict(provider); refusal != nil {
		dry.Outcome = string(CodeOf(refusal))
		if own, is := refusal.(*Error); is { //nolint:errorlint // of our own making, never wrapped
			dry.Message = own.Message
		}
		return dry, nil
	}
	dry.Outcome, dry.Person = DrySignedIn, climbed.person.ID
	return dry, nil
}

// ForecastReason tells what is wrong with how somebody would sign in.
type ForecastReason string

// The reasons of a forecast.
const (
	// ForecastOtherProvider is of people who are bound to another provider that lets nobody in.
	ForecastOtherProvider ForecastReason = "OtherProvider"
	// ForecastNothingToMatch is of people who have nothing that the rungs look at.
	ForecastNothingToMatch ForecastReason = "NothingToMatch"
	// ForecastOvershadowed is of people all of whose values lead to somebody else, on a rung above.
	ForecastOvershadowed ForecastReason = "Overshadowed"
	// ForecastSharedValue is a warning: one of the person's values leads to somebody else, another one to the person.
	ForecastSharedValue ForecastReason = "SharedValue"
)

// ForecastReasons lists the reasons.
func ForecastReasons() []ForecastReason {
	return []ForecastReason{ForecastOtherProvider, ForecastNothingToMatch, ForecastOvershadowed, ForecastSharedValue}
}

// Forecasted is somebody of a forecast.
type Forecasted struct {
	Person   uuid.UUID
	Username string
	Reason   ForecastReason
}

// ForecastCounts are how many people with access a tenant has. Each is in one of the numbers but Users.
type ForecastCounts struct {
	Users     int
	Able      int // could sign in through the provider
	Unable    int // could not
	Elsewhere int // are bound to another provider, which lets them in
	Exempt    int // may use a password whatever happens: accounts for emergencies
	Inactive  int // can't sign in anyway
}

// ForecastQuery asks for a part of a forecast.
type ForecastQuery struct {
	After uuid.UUID // the person behind whom it begins; uuid.Nil: the first
	Count int       // how many people it has at most, Items and Warnings together; 1 at least
}

// Forecast is who could not sign in if SSO were enforced now, a part of it.
type Forecast struct {
	Items     []Forecasted    // who could not sign in
	Warnings  []Forecasted    // who could, but not by each of their values
	Next      uuid.UUID       // behind whom the next part begins
	Completed bool            // there is no next part
	Counts    *ForecastCounts // of the whole tenant; nil but in the first part, which looks at everybody anyway
}

// ForecastTx tells who would be let in by asserted names. The answers are those of sign-in.
type ForecastTx interface {
	// Forecast gives a part of the forecast. It takes as long as looking at all people whom it passes over.
	Forecast(provider *IdentityProvider, q ForecastQuery) (*Forecast, error)
}

// Forecast tells who could not sign in through the provider if the tenant let people in through SSO only, as if the
// provider and the tenant's SSO were enabled. Nobody knows what a provider will assert: whoever can be meant by any of
// their values on the provider's rungs counts as able to sign in.
//
// Errors: identity_provider_not_found.
func (s *Providers) Forecast(ctx context.Context, caller Caller, id uuid.UUID, q ForecastQuery) (*Forecast, error) {
	if err := caller.Require(ProvidersRead); err != nil {
		return nil, err
	}
	var forecast *Forecast
	err := s.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		provider, err := tx.FindProvider(id)
		if err != nil {
			return err
		}
		forecast, err = tx.Forecast(provider, q)
		return err
	})
	return forecast, err
}
