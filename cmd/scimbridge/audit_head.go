package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/audit"
	"github.com/scimbridge/scimbridge/store"
)

// headView is the head of an audit, as the commands show it and as servers write it down.
type headView struct {
	TenantID  uuid.UUID `json:"TenantId"`
	Index     int64
	Hash      string     // hexadecimal
	Unchained int64      `json:",omitzero"`
	SignedAt  *time.Time `json:",omitempty"`
	Token     string     `json:",omitempty"`
}

func viewHead(h domain.AuditHead) headView {
	return headView{TenantID: h.Tenant, Index: h.Index, Hash: hexOf(h.Hash), Unchained: h.Unchained}
}

// headJob writes down the heads that moved, each minute, in a file for each tenant.
func headJob(heads *audit.Heads, folder string) job {
	return job{name: "write down the heads of the audit", every: time.Minute, do: func(ctx context.Context) error {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		return heads.Moved(ctx, func(head audit.SignedHead) error { return appendHead(folder, head) })
	}}
}

// appendHead adds a line to the file of the tenant, and waits until it is on the disk.
func appendHead(folder string, head audit.SignedHead) error {
	view := viewHead(head.AuditHead)
	view.SignedAt, view.Token = stamp(head.At), head.Token
	line, err := json.Marshal(view)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(folder, head.Tenant.String()+".jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n'))
	return errors.Join(err, file.Sync(), file.Close())
}

// maxHeadLine bounds a line of a file of heads, in bytes.
const maxHeadLine = 1 << 16

// heads reads the files of heads. What counts of a line is its token, which has to be of this server's keys.
func (c *auditVerify) heads(p *program, db *store.DB) (list []domain.AuditHead, err error) {
	if len(c.Head) == 0 {
		return nil, nil
	}
	keys, err := openSecrets(c.sealing(p, c.Database))
	if err != nil {
		return nil, err
	}
	signer := credential.NewSigner(db, keys.Sealer(), nil)
	for _, name := range c.Head {
		if list, err = readHeads(p, signer, name, list); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func readHeads(ctx context.Context, signer domain.Signer, name string, list []domain.AuditHead) ([]domain.AuditHead, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("can't read the heads: %w", err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxHeadLine)
	for number := 1; lines.Scan(); number++ {
		var view headView
		if err := json.Unmarshal(lines.Bytes(), &view); err != nil {
			return nil, fmt.Errorf("line %d of %s is no head: %w", number, name, err)
		}
		head, err := audit.ReadHead(ctx, signer, view.Token)
		if err != nil {
			return nil, fmt.Errorf("line %d of %s was not signed by this server: %s", number, name, plain(err))
		}
		list = append(list, head)
	}
	return list, lines.Err()
}
