package console

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

//go:embed template asset
var files embed.FS

// page is what templates see.
type page struct {
	Name    string            // of the template
	Home    string            // where the pages of the tenant begin; "" where no tenant is known
	Nonce   string            // of scripts and styles; see policy
	Offer   *domain.Offer     // on the pages of visitors at a tenant
	Self    *domain.Self      // on the pages of people with a session
	Pending bool              // a second factor is missing
	Notice  string            // what went well, or
	Asks    bool              // what is asked for
	Problem *problem          // what did not
	Form    map[string]string // what was typed, without what is secret
	Data    any               // of the page alone
}

// Tenant is the name to show, "" where none is known.
func (p *page) Tenant() string {
	switch {
	case p.Self != nil:
		return p.Self.Tenant
	case p.Offer != nil:
		return p.Offer.Tenant
	default:
		return ""
	}
}

// show writes a page, and on it what went wrong, if anything did.
func (v *visit) show(name string, data any, cause error) error {
	p := &page{Name: name, Data: data, Form: v.typed(), Pending: v.caller.Pending}
	p.Notice, p.Asks = v.noticed()
	if err := v.furnish(p); err != nil {
		return err
	}
	status := http.StatusOK
	if cause != nil {
		p.Notice = ""
		p.Problem, status = judge(v.w, v.r, name, cause)
		v.strangers.Failed(v.r.Context(), cause)
	}
	return write(v.w, v.r, status, p)
}

// furnish adds what all pages of a tenant show.
func (v *visit) furnish(p *page) (err error) {
	if p.Home = v.home(); p.Home == "" {
		return nil
	}
	if v.route.public {
		p.Offer, err = v.engine.Account.Offer(v.r.Context(), v.caller)
		return err
	}
	p.Self, err = v.engine.Account.Self(v.r.Context(), v.caller)
	return err
}

// unsaid are the fields that are never sent back.
var unsaid = []string{"Password", "OldPassword", "NewPassword", "Code", "Credential", "Ticket"}

func (v *visit) typed() map[string]string {
	kept := map[string]string{}
	for name, value := range v.form {
		kept[name] = value
	}
	for _, name := range unsaid {
		delete(kept, name)
	}
	return kept
}

// write renders a page. Nothing is sent before all of it is there.
func write(w http.ResponseWriter, r *http.Request, status int, p *page) error {
	p.Nonce = newNonce()
	var body bytes.Buffer
	if err := templates[p.Name].ExecuteTemplate(&body, "layout", p); err != nil {
		return fmt.Errorf("console: render %s: %w", p.Name, err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", policy(p.Nonce))
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // a browser that is gone can't be told
	}
	return nil
}

// policy lets the page use our own script and style, by a word that is new each time, and nothing else (CSP level 3).
func policy(nonce string) string {
	return "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'nonce-" + nonce + "'; img-src 'self'; form-action 'self'; " +
		"frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

func newNonce() string {
	word := make([]byte, 18)
	_, _ = rand.Read(word) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(word)
}

// templates are the pages by name: each is the layout and the shared parts with a "main" of its own.
var templates = parse()

func parse() map[string]*template.Template {
	shared := template.Must(template.New("").Funcs(template.FuncMap{"t": say, "asset": assetURL, "at": at, "field": newField}).
		ParseFS(files, "template/layout.html", "template/partial.html"))
	names, err := fs.Glob(files, "template/*.html")
	if err != nil {
		panic(err)
	}
	pages := map[string]*template.Template{}
	for _, file := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "template/"), ".html")
		if name != "layout" && name != "partial" {
			pages[name] = template.Must(template.Must(shared.Clone()).ParseFS(files, file))
		}
	}
	return pages
}

// at is a time for the script to write in the reader's zone.
func at(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// field is an input with its label, as the template of that name writes it. In templates its last words are "first",
// "digits", or the text that helps.
type field struct {
	Page               *page
	Name, Type         string
	Autocomplete, Help string
	First              bool // it is where typing begins
	Digits             bool // and nothing else
}

func newField(p *page, name, kind, autocomplete string, more ...string) *field {
	f := &field{Page: p, Name: name, Type: kind, Autocomplete: autocomplete}
	for _, word := range more {
		switch word {
		case "first":
			f.First = true
		case "digits":
			f.Digits = true
		default:
			f.Help = word
		}
	}
	return f
}

// Label is the text of the field's label.
func (f *field) Label() string { return say("field." + f.Name) }

// Value is what was typed before.
func (f *field) Value() string { return f.Page.Form[f.Name] }

// Wrong tells whether the problem is with this field.
func (f *field) Wrong() bool { return f.Page.Problem != nil && f.Page.Problem.Field == f.Name }

// kinds are the media types of assets.
var kinds = map[string]string{"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}

// asset serves a file that pages use. Its address changes with what is in it, so that browsers may keep it.
func asset(name string) func(v *visit) error {
	return func(v *visit) error {
		content, err := files.ReadFile("asset/" + name)
		if err != nil {
			return err
		}
		_, ending, _ := strings.Cut(name, ".")
		header := v.w.Header()
		header.Set("Content-Type", kinds[ending])
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("ETag", `"`+assetVersion(content)+`"`)
		header.Set("Cache-Control", "no-cache")
		if v.r.URL.RawQuery == "v="+assetVersion(content) {
			header.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		http.ServeContent(v.w, v.r, name, time.Time{}, bytes.NewReader(content))
		return nil
	}
}

func assetVersion(content []byte) string {
	hash := sha256.Sum256(content)
	return hex.EncodeToString(hash[:8])
}

// assetURL is the address of an asset as it is now.
func assetURL(name string) (string, error) {
	content, err := files.ReadFile("asset/" + name)
	return Prefix + "/assets/" + name + "?v=" + assetVersion(content), err
}

// refuse writes an error as a page of its own.
func (v *visit) refuse(err error) { refuseAt(v.w, v.r, v.home(), err) }

// Refuse writes an error as a page. It implements [web.Refuser].
func Refuse(w http.ResponseWriter, r *http.Request, err error) { refuseAt(w, r, "", err) }

func refuseAt(w http.ResponseWriter, r *http.Request, home string, err error) {
	shown, status := judge(w, r, "problem", err)
	if err := write(w, r, status, &page{Name: "problem", Problem: shown, Home: home}); err != nil {
		web.LogError(r.Context(), err)
		w.WriteHeader(http.StatusInternalServerError)
	}
}
