package main

import (
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// policyView is a policy as the commands show it.
type policyView struct {
	Name    domain.Policy
	Of      string   // Tenant or Connection
	Values  []string `json:",omitempty"` // none where they can't be listed
	Default string
	Meaning string
}

func viewPolicy(policy domain.PolicyInfo) policyView {
	view := policyView{policy.Name, "Tenant", policy.Values, policy.Default, policy.Meaning}
	if policy.Connection {
		view.Of = "Connection"
	}
	return view
}

func (v policyView) lines() []string {
	line := "  " + string(v.Name) + "=" + v.Default
	if len(v.Values) > 0 {
		line += "  (" + strings.Join(v.Values, ", ") + ")"
	}
	return []string{line, "      " + v.Meaning}
}

type policyList struct{}

// Run lists the policies with their defaults.
func (c *policyList) Run(p *program) error {
	list := listOf(domain.PolicyCatalogue(), viewPolicy)
	var lines []string
	for _, of := range []string{"Tenant", "Connection"} {
		lines = append(lines, "Policies of a "+strings.ToLower(of)+", with their defaults (scimbridge "+strings.ToLower(of)+" update --policy NAME=VALUE):")
		for _, policy := range list.Items {
			if policy.Of == of {
				lines = append(lines, policy.lines()...)
			}
		}
	}
	return p.show(list, lines...)
}
