// Package console is the door for browsers: the pages on which people accept an invitation, sign in, show or enrol a
// second factor, choose passwords, look after their sessions and prove their address.
//
// It owns what is particular to browsers and nothing else: the table of pages, forms, the session cookie's coming and
// going, the headers that keep a page to itself, texts, and how it all looks. The HTML is rendered here from templates
// that are embedded in the program; a small script does what truly needs one (script.js), and every form works without.
// No page asks another host for anything.
//
// It refuses to own rules: a handler reads a form, calls one use case of [domain.Account] and shows what came of it.
// Who is let in is told by package web, from the cookie.
//
// # Pages
//
// Links in mails lead to /account/accept, /account/reset and /account/verify, with the token in the fragment, which browsers
// keep to themselves; the script takes it out of the address and puts it into the form. All other pages belong to a tenant:
// /account/t/{Tenant}/…. A GET changes nothing, so that whatever follows links does no harm. What changes something is a
// form, which another site can't send ([http.CrossOriginProtection], and more in foreign.go). Where there is no session, each page
// leads to sign-in; where a second factor is missing, to that.
//
// # Where to add
//
// A page is a row in routes.go with its handler, a file in template/ that defines "main", and its texts in text.go; tests
// lead to what is missing, also to docs/routes.md. What several pages share is a template in partial.html. A code of the
// domain that people may meet is a row in problem.go. Pages for the administrators of a tenant go under
// /account/t/{Tenant}/admin/… with rows of their own table and the permissions of each in the row; they get an entry in the
// navigation of layout.html and need no layout, style or script of their own. How somebody is found who signs in
// elsewhere is [Config].Elsewhere.
package console
