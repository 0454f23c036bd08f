package target

import (
	"context"
	"net/http"
)

// Config is what a server announces in its ServiceProviderConfig (RFC 7643,
// section 5, and RFC 9865, section 4 for paging). The zero value announces nothing.
type Config struct {
	Bulk struct {
		Supported      bool `json:"supported"`
		MaxOperations  int  `json:"maxOperations"`
		MaxPayloadSize int  `json:"maxPayloadSize"` // bytes
	} `json:"bulk"`
	Filter struct {
		MaxResults int `json:"maxResults"`
	} `json:"filter"`
	Pagination struct {
		Cursor bool `json:"cursor"`
	} `json:"pagination"`
}

// Config returns what the server announces, asked once. A server that does not
// answer announces nothing.
func (t *Target) Config(ctx context.Context) Config {
	t.discovery.Do(func() {
		var config Config
		if t.Fetch(ctx, Call{Method: http.MethodGet, Path: "/ServiceProviderConfig"}, &config) == nil {
			t.config = config
		}
	})
	return t.config
}

// personSize is more than any person of ours takes in a Bulk request, in bytes.
const personSize = 1200

// BulkSize returns how many creates of a person one Bulk request may hold, at most
// the given number, or 0 if the server does not announce Bulk.
func (c Config) BulkSize(most int) int {
	if !c.Bulk.Supported {
		return 0
	}
	if c.Bulk.MaxOperations > 0 {
		most = min(most, c.Bulk.MaxOperations)
	}
	if c.Bulk.MaxPayloadSize > 0 {
		most = min(most, c.Bulk.MaxPayloadSize/personSize)
	}
	return most
}

// PageSize returns how many resources to ask for on a page: what the server
// announces, at most the given number.
func (c Config) PageSize(most int) int {
	if c.Filter.MaxResults > 0 {
		return min(most, c.Filter.MaxResults)
	}
	return most
}
