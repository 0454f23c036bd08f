package main

import (
	"errors"
	"fmt"

	"github.com/scimbridge/scimbridge/client"
)

// remoteFlags say which server a command speaks to over its native API, and as whom.
type remoteFlags struct {
	Server    string `default:"http://127.0.0.1:8080" help:"Server to speak to." placeholder:"URL"`
	Slug      string `name:"tenant" help:"Tenant to act in, for tokens that have several." placeholder:"SLUG"`
	TokenFile string `help:"File with the token of a REST credential. SCIMBRIDGE_TOKEN may hold the token itself instead." placeholder:"FILE"`
}

// client makes the client. The token never comes as an argument, where other users of the machine could read it.
func (f remoteFlags) client(p *program) (*client.Client, error) {
	token := p.settings[tokenSetting]
	if f.TokenFile != "" {
		var err error
		if token, err = readSecret(f.TokenFile); err != nil {
			return nil, fmt.Errorf("can't read --token-file: %w", err)
		}
	}
	if token == "" {
		return nil, errors.New("a token of a REST credential is needed: give --token-file, or set SCIMBRIDGE_TOKEN")
	}
	return client.New(client.Config{URL: f.Server, Token: token, Tenant: f.Slug})
}
