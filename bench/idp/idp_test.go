package idp

import (
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestResponsesAreSigned has somebody else's reader of XML signatures look at them.
func TestResponsesAreSigned(t *testing.T) {
	t.Parallel()
	p, err := New()
	require.NoError(t, err)
	block, _ := pem.Decode(p.PEM())
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	checks := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{certificate}})
	checks.IdAttribute = "ID"
	ids := map[string]bool{}
	for _, name := range []string{"ana@example.org", "ana@example.org", `<"Ben" & Zoë's>`} {
		response, err := p.Response("http://127.0.0.1:1/sso/load/bench", name, time.Now())
		require.NoError(t, err)
		document := etree.NewDocument()
		require.NoError(t, document.ReadFromBytes(response))
		signed, err := checks.Validate(document.FindElement("//Assertion"))
		require.NoError(t, err)
		assert.Equal(t, name, signed.FindElement(".//NameID").Text())
		assert.Equal(t, "http://127.0.0.1:1/sso/load/bench/metadata", signed.FindElement(".//Audience").Text())
		assert.Equal(t, "http://127.0.0.1:1/sso/load/bench/acs", document.Root().SelectAttrValue("Destination", ""))
		ids[signed.SelectAttrValue("ID", "")] = true
	}
	assert.Len(t, ids, 3, "each has an ID of its own")
}

func TestForm(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "SAMLResponse=Pj4%2B", string(Form([]byte(">>>"))))
}
