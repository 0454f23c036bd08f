package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// tokenIn is the token in the newest mail of that kind to the address.
func (p *player) tokenIn(kind domain.MailKind, address string) (string, error) {
	from, err := p.home(domain.DoorSelf, nil)
	if err != nil {
		return "", err
	}
	messages, err := p.ClaimMessages(p.t.Context(), p.now(), time.Microsecond, 1000)
	if err != nil {
		return "", err
	}
	var newest *domain.OutboxMessage
	for _, m := range messages {
		if m.Tenant == from.Tenant && m.Mail.Kind == kind && m.Mail.To == address && (newest == nil || m.ID.String() > newest.ID.String()) {
			newest = m
		}
	}
	if newest == nil {
		return "", fmt.Errorf("no mail %s waits for %s", kind, address)
	}
	token, err := p.sealer.Open(newest.Mail.SealedToken, domain.SealPurpose(newest.Tenant, newest.ID))
	return string(token), err
}

// readMail remembers the token of a mail, as its reader would; see the act mailed.
func (p *player) readMail(variable string, kind domain.MailKind, address string) (err error) {
	p.seen[variable], err = p.tokenIn(kind, address)
	return err
}

// bounce gives up the mails to an address; see the act bounce.
func (p *player) bounce(address string) error {
	messages, err := p.ClaimMessages(p.t.Context(), p.now(), time.Microsecond, 1000)
	for _, m := range messages {
		if err == nil && m.Mail.To == address {
			err = p.SettleMessage(p.t.Context(), m, true, "550 no such mailbox "+address)
		}
	}
	return err
}

// bear makes a caller of a session's token; see the act session.
func (p *player) bear(who, token string) error {
	p.callers[who] = &caller{prefix: "/api/v1", media: "application/json", authorization: "Bearer " + token}
	return nil
}

// readCode remembers what an authenticator app with that secret shows (RFC 6238); see the act code.
func (p *player) readCode(variable, secret string) (err error) {
	p.seen[variable], err = codeAt(secret, p.now())
	return err
}

// codeAt is what an authenticator app shows.
func codeAt(secret string, at time.Time) (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:offset+4])&0x7fffffff%1_000_000), err
}
