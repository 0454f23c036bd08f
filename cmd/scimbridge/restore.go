package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/audit"
	"github.com/scimbridge/scimbridge/store"
	"github.com/scimbridge/scimbridge/store/sqlite"
)

type restoreCommand struct {
	databaseFlags
	sealFlags
	Backup string `arg:"" help:"File that scimbridge backup made." placeholder:"FILE"`
	Revoke bool   `help:"End all that opens a door: credentials, sessions, invitations, reset links and signing keys. What was ended since the backup lives again without it."`
	Anyway bool   `help:"Restore although the key does not open what is sealed, or the audit is not as it was written; that is told all the same."`
}

// restoredView is what the command tells of a restored database.
type restoredView struct {
	Database      string
	Bytes         int64
	SchemaVersion int64 // of the backup
	Tenants       int
	Problems      []string `json:",omitempty"` // with --anyway
	Revoked       *revokedView
}

type revokedView struct{ Credentials, People, SigningKeys int }

// Run puts the backup where the database is to be, where no server runs and no database is.
func (c *restoreCommand) Run(p *program) error {
	database, err := c.file()
	if err != nil {
		return err
	}
	view := restoredView{Database: database}
	err = sqlite.Restore(p, c.Backup, database, p.copying(), func(part string, found sqlite.Copied) error {
		view.Bytes, view.SchemaVersion = found.Bytes, found.Schema
		db, err := sqlite.Open(part, sqlite.Options{Unflushed: true})
		if err != nil {
			return err
		}
		if err = db.Migrate(p); err != nil {
			err = fmt.Errorf("can't prepare the database: %w", err)
		} else {
			err = c.prepare(p, db, &view)
		}
		return errors.Join(err, db.Close())
	})
	if err != nil {
		return interrupted(p, err, "no database was restored")
	}
	lines := []string{fmt.Sprintf("%s was restored: %s, tenants: %d.", database, megabytes(view.Bytes), view.Tenants)}
	for _, problem := range view.Problems {
		lines = append(lines, "Problem: "+problem)
	}
	if r := view.Revoked; r != nil {
		lines = append(lines, fmt.Sprintf("Revoked: %d credentials, what %d people had in hand, %d signing keys.", r.Credentials, r.People, r.SigningKeys))
	} else {
		lines = append(lines, "Whatever was revoked since the backup works again; --revoke would have ended all of it.")
	}
	return p.show(view, append(lines, "People who were anonymised since the backup are back: anonymise them again. See Backup and restore in docs/operation.md.")...)
}

// prepare looks at the copy with everything that will work with it, and ends what is to be ended, before it is in its place.
func (c *restoreCommand) prepare(p *program, db *store.DB, view *restoredView) error {
	engine := domain.New(domain.Config{Store: db, Registry: db, Secrets: credential.NewSecrets(nil)})
	tenants, err := engine.Administration.Tenants(p)
	if err != nil {
		return err
	}
	view.Tenants = len(tenants)
	sealer, problem := c.key(p, db)
	if problem != nil {
		if err := c.accept(p, problem, view); err != nil {
			return err
		}
	}
	chains := audit.New(engine.Base())
	for _, tenant := range tenants {
		report, err := chains.Verify(p, auditor(tenant), nil, p.linesSoFar(tenant.Slug))
		if err != nil {
			return err
		}
		if report.Fault != nil {
			problem := fmt.Errorf("the audit of %s is not as it was written: %s", tenant.Slug, report.Fault.Message)
			if err := c.accept(p, problem, view); err != nil {
				return err
			}
		}
	}
	if !c.Revoke {
		return nil
	}
	view.Revoked = &revokedView{}
	if err := view.Revoked.distrust(p, db, sealer); err != nil {
		return err
	}
	return view.Revoked.recall(p, engine.Administration, tenants)
}

// accept notes a problem where the operator wants the database all the same.
func (c *restoreCommand) accept(p *program, problem error, view *restoredView) error {
	if p.Err() != nil || !c.Anyway {
		return fmt.Errorf("%w. Nothing was restored; to restore it all the same add --anyway", problem)
	}
	view.Problems = append(view.Problems, problem.Error())
	return nil
}

// key takes the key of the server and tries it. It makes none: a new one would open nothing. The sealer is nil where
// nothing is sealed, or the key is not the right one.
func (c *restoreCommand) key(p *program, db *store.DB) (*credential.Sealer, error) {
	sealed := 0
	if err := db.SealedSecrets(p, func([]byte) error { sealed++; return nil }); err != nil || sealed == 0 {
		return nil, err
	}
	text, file := c.sealing(p, c.Database)
	if text == "" {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no key in %s, and %d secrets in the backup are sealed: put the copy of the server's key there, or name it (--key-file)", file, sealed)
		}
	}
	keys, err := openSecrets(text, file)
	if err != nil {
		return nil, err
	}
	sealer, shut := keys.Sealer(), 0
	err = db.SealedSecrets(p, func(blob []byte) error {
		if sealer.Knows(blob) != nil {
			shut++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	signing, err := db.ListSigningKeys(p)
	if err != nil {
		return nil, err
	}
	for _, key := range signing {
		if _, err := sealer.Open(key.Sealed, domain.SigningPurpose(key.ID)); key.Sealed != nil && errors.Is(err, credential.ErrNotOpened) {
			shut++
		}
	}
	if shut > 0 {
		return nil, fmt.Errorf("the key does not open %d of %d secrets in the backup, such as authenticators: it is not the one of the server that the backup is of, or lacks an older one. Find the right one", shut, sealed)
	}
	return sealer, nil
}

// recall ends what was given out in all tenants. One that is disabled is enabled for it: nobody gets in meanwhile.
func (v *revokedView) recall(p *program, a *domain.Administration, tenants []*domain.Tenant) error {
	for _, tenant := range tenants {
		off, on := true, false
		if tenant.Disabled {
			if _, err := a.SetTenant(p, tenant.Slug, domain.TenantState{Disabled: &on}); err != nil {
				return err
			}
		}
		operator, err := a.Operator(p, tenant.Slug)
		if err != nil {
			return err
		}
		done, err := a.Recall(p, operator, p.peopleSoFar(tenant.Slug))
		if err != nil {
			return fmt.Errorf("can't revoke what %s gave out: %w", tenant.Slug, err)
		}
		v.Credentials, v.People = v.Credentials+done.Credentials, v.People+done.People
		if tenant.Disabled {
			if _, err := a.SetTenant(p, tenant.Slug, domain.TenantState{Disabled: &off}); err != nil {
				return err
			}
		}
	}
	return nil
}

// peopleSoFar tells now and then for how many something was done.
func (p *program) peopleSoFar(slug string) func(int) {
	const often = 10_000
	return func(people int) {
		if people%often == 0 {
			_, _ = fmt.Fprintf(p.log, "%s: %d people so far\n", slug, people)
		}
	}
}

// distrust ends the keys that signed, where there are any: one may have been distrusted since the backup.
func (v *revokedView) distrust(p *program, db *store.DB, sealer *credential.Sealer) error {
	keys, err := db.ListSigningKeys(p)
	if err != nil || len(keys) == 0 {
		return err
	}
	if sealer == nil {
		return errors.New("the signing keys can't be revoked without the key of the server; leave --revoke out, or find the key")
	}
	if _, err := credential.NewSigner(db, sealer, nil).Rotate(p, true); err != nil {
		return err
	}
	for _, key := range keys {
		if !key.Distrusted {
			v.SigningKeys++
		}
	}
	return nil
}
