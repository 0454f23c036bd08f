package sso

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"html/template"
	"time"
)

// The POST binding (SAML bindings, section 3.5): a message is a field of a form that the browser sends on, and its
// signature stands in it.

// readPosted reads a field of a form whose message the provider has signed as a whole, and gives what was signed.
func readPosted(field string, certificates []*x509.Certificate, now time.Time) ([]byte, error) {
	message, err := decode(field)
	if err != nil {
		return nil, err
	}
	root, err := parse(message)
	if err != nil {
		return nil, err
	}
	if err := checkCommon(root); err != nil {
		return nil, err
	}
	if root.only(nsSignature, "Signature") == nil {
		return nil, stop(gateSignature, "nothing is signed")
	}
	return verifiedRoot(message, certificates, now)
}

// posted is a form that the browser sends on by itself.
type posted struct{ To, Parameter, Message, RelayState string }

// sendsItself is what the page of such a form runs, and formPolicy lets nothing else run. Where a provider's form leads on
// to is its own matter, as long as it is safe: browsers apply the policy to redirects, too.
const sendsItself = "document.forms[0].submit()"

var formPolicy = func() string {
	sum := sha256.Sum256([]byte(sendsItself))
	return "default-src 'none'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action https:; frame-ancestors 'none'; base-uri 'none'"
}()

var formPage = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Sign-out</title></head>
<body><main><form method="post" action="{{.To}}"><input type="hidden" name="{{.Parameter}}" value="{{.Message}}">` +
	`{{if .RelayState}}<input type="hidden" name="RelayState" value="{{.RelayState}}">{{end}}<button>Continue</button></form></main>
<script>` + sendsItself + `</script></body></html>
`))

// post sends the browser on with a form.
func (v *visit) post(form posted) error {
	var page bytes.Buffer
	if err := formPage.Execute(&page, form); err != nil {
		return err
	}
	header := v.w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", formPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = v.w.Write(page.Bytes()) // a client that is gone can't be told
	return nil
}
