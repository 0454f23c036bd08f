package scim

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCheckMedia(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		values []string
		ok     bool
	}{
		{nil, true},
		{[]string{""}, true},
		{[]string{"application/scim+json"}, true},
		{[]string{"application/json"}, true},
		{[]string{"application/scim+json; charset=utf-8"}, true},
		{[]string{"application/json;charset=UTF-8"}, true},
		{[]string{`Application/JSON; charset="utf-8"`}, true},
		{[]string{"application/json; charset=utf8"}, true},
		{[]string{"application/json; version=2"}, true},
		{[]string{"application/json; charset=utf-16"}, false},
		{[]string{"application/json; charset="}, false},
		{[]string{"application/json; charset=utf-8; charset=utf-16"}, false},
		{[]string{"application/json", "text/plain"}, false},
		{[]string{"application/json, text/plain"}, false},
		{[]string{"application/scim+json", "application/scim+json"}, false},
		{[]string{"text/plain"}, false},
		{[]string{"text/json"}, false},
		{[]string{"application/x-www-form-urlencoded"}, false},
		{[]string{"multipart/form-data; boundary=x"}, false},
		{[]string{"application/xml"}, false},
		{[]string{"application/json-patch+json"}, false},
		{[]string{"/"}, false},
		{[]string{" "}, false},
	} {
		err := checkMedia(row.values)
		assert.Equal(t, row.ok, err == nil, "%q", row.values)
		if err != nil {
			assert.Equal(t, 415, refusalOf(err).status)
		}
	}
}
