package main

import (
	"fmt"
	"time"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

// keyView is a key that the server signs with, as the commands show it.
type keyView struct {
	KeyID      string `json:"KeyId"`
	Generation int
	State      string // Next, Signing, Retired, Ended or Distrusted
	CreatedAt  *time.Time
	SignsAt    *time.Time
	RetiresAt  *time.Time `json:",omitempty"`
	EndsAt     *time.Time `json:",omitempty"`
}

func viewKey(k *domain.SigningKey) keyView {
	view := keyView{k.ID, k.Generation, "Ended", stamp(k.CreatedAt), stamp(k.SignsAt), stamp(k.RetiresAt), stamp(k.EndsAt)}
	switch now := time.Now(); {
	case k.Distrusted:
		view.State = "Distrusted"
	case k.Signs(now):
		view.State = "Signing"
	case now.Before(k.SignsAt):
		view.State = "Next"
	case k.Published(now):
		view.State = "Retired"
	}
	return view
}

type keyList struct{ databaseFlags }

// Run lists the keys.
func (c *keyList) Run(p *program) error {
	return p.onDatabase(c.Database, func(db *store.DB) error {
		keys, err := db.ListSigningKeys(p)
		if err != nil {
			return err
		}
		list := listOf(keys, viewKey)
		lines := make([]string, len(list.Items))
		for i, key := range list.Items {
			lines[i] = fmt.Sprintf("%s  %s  signs from %s", key.KeyID, key.State, key.SignsAt.Format(time.RFC3339))
		}
		if len(lines) == 0 {
			lines = []string{"There is no key yet; the server makes one when it needs it."}
		}
		return p.show(list, lines...)
	})
}

type keyRotate struct {
	databaseFlags
	sealFlags
	Distrust bool `help:"The keys so far are in wrong hands: sign with the new one at once, and let nothing count that they signed."`
}

// Run makes the next key.
func (c *keyRotate) Run(p *program) error {
	return p.onDatabase(c.Database, func(db *store.DB) error {
		keys, err := openSecrets(c.sealing(p, c.Database))
		if err != nil {
			return err
		}
		made, err := credential.NewSigner(db, keys.Sealer(), nil).Rotate(p, c.Distrust)
		if err != nil {
			return err
		}
		return p.show(viewKey(made), fmt.Sprintf("Key %s was made; servers sign with it from %s.", made.ID, made.SignsAt.Format(time.RFC3339)))
	})
}
