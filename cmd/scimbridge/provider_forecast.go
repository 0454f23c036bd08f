package main

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// providerForecast tells who could not sign in were SSO enforced now.
type providerForecast struct {
	databaseFlags
	tenantFlag
	Provider string    `arg:"" help:"Prefix or id of the provider."`
	Count    int       `default:"100" help:"How many people to show."`
	After    uuid.UUID `help:"Show those behind this one, the Next of the part before." placeholder:"ID"`
}

// forecastView is a part of a forecast as the command shows it.
type forecastView struct {
	Counts          *domain.ForecastCounts `json:",omitempty"`
	Items, Warnings []forecastedView
	Next            string `json:",omitempty"`
}

type forecastedView struct {
	PersonID string `json:"PersonId"`
	Username string
	Reason   domain.ForecastReason
}

func viewForecast(f *domain.Forecast) forecastView {
	view := forecastView{Counts: f.Counts}
	view.Items, view.Warnings = listForecast(f.Items), listForecast(f.Warnings)
	if !f.Completed {
		view.Next = f.Next.String()
	}
	return view
}

func listForecast(people []domain.Forecasted) []forecastedView {
	list := []forecastedView{}
	for _, p := range people {
		list = append(list, forecastedView{p.Person.String(), p.Username, p.Reason})
	}
	return list
}

func (v forecastView) lines() (lines []string) {
	if c := v.Counts; c != nil {
		lines = append(lines, fmt.Sprintf("Of %d people with access %d could sign in, %d could not; %d sign in elsewhere, %d are for emergencies, %d are inactive.",
			c.Users, c.Able, c.Unable, c.Elsewhere, c.Exempt, c.Inactive))
	}
	for _, p := range v.Items {
		lines = append(lines, fmt.Sprintf("%s  %s  %s", p.PersonID, p.Username, p.Reason))
	}
	for _, p := range v.Warnings {
		lines = append(lines, fmt.Sprintf("%s  %s  warning: %s", p.PersonID, p.Username, p.Reason))
	}
	if v.Next != "" {
		lines = append(lines, "There are more: --after "+v.Next)
	}
	return lines
}

// Run shows a part of the forecast.
func (c *providerForecast) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		provider, err := providerOf(p, engine, operator, c.Provider)
		if err != nil {
			return err
		}
		forecast, err := engine.Providers.Forecast(p, operator, provider.ID, domain.ForecastQuery{After: c.After, Count: c.Count})
		if err != nil {
			return err
		}
		view := viewForecast(forecast)
		return p.show(view, view.lines()...)
	})
}
