package console

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// templateSource is all templates as they are written.
func templateSource(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	names, err := fs.Glob(files, "template/*.html")
	require.NoError(t, err)
	for _, name := range names {
		content, err := files.ReadFile(name)
		require.NoError(t, err)
		all.Write(content)
	}
	return all.String()
}

// TestEveryTextIsThere: what templates and codes ask for has words, and no words are left over.
func TestEveryTextIsThere(t *testing.T) {
	t.Parallel()
	used := map[string]bool{"sessions.device": true, "sessions.unknown": true}
	source := templateSource(t)
	for _, found := range regexp.MustCompile(`\bt "([^"]+)"`).FindAllStringSubmatch(source, -1) {
		used[found[1]] = true
	}
	for _, found := range regexp.MustCompile(`field [.$] "([^"]+)"`).FindAllStringSubmatch(source, -1) {
		used["field."+found[1]] = true
	}
	for _, kind := range []link{invitation, reset, verification} {
		for _, part := range []string{"title", "text", "submit"} {
			used["link."+kind.name+"."+part] = true
			if kind != verification {
				used["choose."+kind.name+"."+part] = true
			}
		}
	}
	for code, row := range meanings {
		used["next."+string(code)] = true
		used["problem."+string(code)] = true
		if row.link != "" {
			used["link."+row.link] = true
		}
		for page := range templates {
			for _, kind := range []string{"problem.", "next."} {
				if own := kind + string(code) + "." + page; texts[own] != "" {
					used[own] = true
				}
			}
		}
	}
	for _, waiting := range []notice{noticeSignIn, noticeSignedOut, noticePasswordReset, noticePasswordChanged, noticeAccepted, noticeVerified, noticeSessionEnded, noticeSessionsEnded,
		noticePasskeyAdded, noticePasskeyRenamed, noticePasskeyRemoved} {
		used["notice."+string(waiting)] = true
	}
	for _, field := range []string{"Username", "FirstName", "LastName", "EmailAddress", "NewPassword", "Name", "SetupToken", "Slug", "Organization"} {
		used["required."+field] = true
	}
	for name := range used {
		assert.NotEmpty(t, texts[name], "text.go or text_problem.go lacks %s", name)
	}
	for name := range texts {
		assert.True(t, used[name], "nothing says %s", name)
	}
}

// TestCodesAreAnswered: a code that people may meet has its status and words; any other one is a fault of ours and mute.
func TestCodesAreAnswered(t *testing.T) {
	t.Parallel()
	for code, row := range meanings {
		w := httptest.NewRecorder()
		Refuse(w, httptest.NewRequest(http.MethodGet, "/account/x", nil), domain.Refuse(code, "", "<b>as the engine says</b>"))
		assert.Equal(t, row.status, w.Code, code)
		assert.Contains(t, w.Body.String(), `role="alert"`, code)
		assert.Equal(t, row.said, strings.Contains(w.Body.String(), "&lt;b&gt;as the engine says"), code)
		assert.NotContains(t, w.Body.String(), "<b>", code)
	}
	for _, err := range []error{http.ErrBodyNotAllowed, domain.Refuse(domain.CodeAmbiguousMatch, "", "secret"), domain.Refuse(domain.CodeInternal, "", "secret")} {
		w := httptest.NewRecorder()
		Refuse(w, httptest.NewRequest(http.MethodGet, "/account/x", nil), err)
		assert.Equal(t, http.StatusInternalServerError, w.Code)
		assert.NotContains(t, w.Body.String(), "secret")
		assert.NotContains(t, w.Body.String(), "http:")
	}
}

// TestTemplatesKeepTheRules: no inline script or style, nothing from elsewhere, and every input has its label.
func TestTemplatesKeepTheRules(t *testing.T) {
	t.Parallel()
	source := templateSource(t)
	for _, never := range []string{"<style", " style=", "javascript:", "http://", "https://", "target=", "onclick", "safeHTML"} {
		assert.NotContains(t, source, never)
	}
	for _, input := range regexp.MustCompile(`<input[^>]*`).FindAllString(source, -1) {
		fine := strings.Contains(input, `type="hidden"`) || strings.Contains(input, `aria-hidden="true"`) || strings.Contains(input, `id="{{.Name}}"`)
		assert.True(t, fine, "%s: use the template field", input)
	}
	for _, form := range regexp.MustCompile(`<form[^>]*>`).FindAllString(source, -1) {
		assert.Contains(t, form, `action="`, form)
		assert.Contains(t, form, `method="`, form)
	}
	assert.Equal(t, strings.Count(source, "<script"), strings.Count(source, `nonce="{{.Nonce}}" defer>`))
}

func TestFind(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"/account/accept":                  {"GET", "POST"},
		"/account/t/acme":                  {"GET"},
		"/account/t/acme/sign-in":          {"GET", "POST"},
		"/account/t/accept/sign-out":       {"POST"},
		"/account/t/acme/sessions/a-1/end": {"POST"},
		"/account":                         nil, "/account/": nil, "/accountant": nil, "/account/t": nil, "/account/t/": nil, "/account/t/acme/": nil,
		"/account/t//sign-in": nil, "/account/t/ACME": nil, "/account/t/a%63me": nil, "/account/t/../accept": nil, "/account/t/acme;x": nil, "/Account/accept": nil,
	} {
		methods, _ := find(path)
		var got []string
		for method := range methods {
			got = append(got, method)
		}
		slices.Sort(got)
		assert.Equal(t, want, got, path)
	}
}

func TestTokenIn(t *testing.T) {
	t.Parallel()
	for pasted, token := range map[string]string{
		"sbi_0":   "sbi_0",
		" sbi_0 ": "sbi_0",
		"https://id.example.org/account/accept#token=sbi_0": "sbi_0",
		"https://id.example.org/account/accept#token=a%2Fb": "a/b",
		"%zz": "%zz",
		"":    "",
	} {
		assert.Equal(t, token, tokenIn(pasted), pasted)
	}
}

func TestDevice(t *testing.T) {
	t.Parallel()
	for client, shown := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                        "Firefox on Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile/15E148 Safari/604.1":           "Safari on iPhone",
		"curl/8.0":   "curl",
		"":           "Unknown browser",
		"<b>evil":    "Unknown browser",
		"x Android ": "Android",
	} {
		assert.Equal(t, shown, device(client), client)
	}
}

// TestDraw reads the picture back as squares and compares it with the three corners that every reader looks for.
func TestDraw(t *testing.T) {
	t.Parallel()
	code, err := draw("otpauth://totp/Acme:ana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme")
	require.NoError(t, err)
	assert.Equal(t, 1, code.Size%4, "17 and four times the version, and a border of four on both sides")
	far := code.Size - quiet - 7
	for _, corner := range [][2]int{{quiet, quiet}, {far, quiet}, {quiet, far}} {
		assert.Contains(t, code.Path, fmt.Sprintf("M%d %dh7v1h-7z", corner[0], corner[1]))
	}
	_, err = draw(strings.Repeat("x", 10_000))
	assert.Error(t, err)
}
