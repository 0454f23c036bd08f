package sso

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// keyLife is how long the certificate of a key of ours is valid. Nobody checks it but identity providers that warn of
// its end; what counts is which keys are in our metadata.
const keyLife = 10 * 365 * 24 * time.Hour

// NewKey makes a key of ours for a provider, with a certificate that says nothing of interest.
func NewKey(now time.Time) domain.NewServiceKey {
	return func() (certificate, private []byte, err error) {
		key, err := rsa.GenerateKey(rand.Reader, minRSA)
		if err != nil {
			return nil, nil, err
		}
		serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
		if err != nil {
			return nil, nil, err
		}
		template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "scimbridge service provider"},
			NotBefore: now.Add(-time.Hour), NotAfter: now.Add(keyLife), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment}
		certificate, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			return nil, nil, err
		}
		private, err = x509.MarshalPKCS8PrivateKey(key)
		return certificate, private, err
	}
}

// keys are ours for this provider that are published now, the one that signs first.
func (v *visit) keys() ([]*domain.ServiceKey, []*rsa.PrivateKey, error) {
	list, err := v.Engine.Gatekeeper.ServiceKeys(v.r.Context(), v.caller, v.by.ID, NewKey(v.Engine.Clock()))
	if err != nil {
		return nil, nil, err
	}
	var opened []*rsa.PrivateKey
	for _, k := range list {
		parsed, err := x509.ParsePKCS8PrivateKey(k.Private)
		if err != nil {
			return nil, nil, err
		}
		key, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return nil, nil, errors.New("sso: a key of ours is not RSA")
		}
		opened = append(opened, key)
	}
	if len(opened) == 0 {
		return nil, nil, errors.New("sso: a provider has no key of ours")
	}
	return list, opened, nil
}
