package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	browserlog "github.com/chromedp/cdproto/log"
	traffic "github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// browser is a headless Chromium with an empty profile at the server of a scene. What pages must never do fails the test:
// an error in a script, something that the policy of the page forbids, a request to another host.
type browser struct {
	*scene
	ctx     context.Context
	at      string // where the pages are
	looks   string // folder for pictures of pages, "" for none
	mu      sync.Mutex
	known   []string // hosts that it may ask for something
	foreign []string
	faults  []string
}

// chromium finds a browser as tools/need-chromium.sh does. Where there is none, the test is left out.
func chromium(t *testing.T) string {
	t.Helper()
	if os.Getenv("SCIMBRIDGE_TEST_CHROMIUM") == "off" {
		t.Skip("SCIMBRIDGE_TEST_CHROMIUM=off: tests that need a browser are left out")
	}
	for _, name := range []string{os.Getenv("CHROMIUM_BIN"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("there is no Chromium: run tools/need-chromium.sh, as make test does, or set CHROMIUM_BIN")
	return ""
}

// within is how long a page may take to do what a test waits for, on a busy machine.
const within = 20 * time.Second

// browser starts one.
func (s *scene) browser(t *testing.T) *browser {
	t.Helper()
	return s.browserAt(t, s.url)
}

// browserAt starts one for pages that are at another address.
func (s *scene) browserAt(t *testing.T, at string, more ...chromedp.ExecAllocatorOption) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.DisableGPU, chromedp.WindowSize(1100, 800),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("lang", "en-GB"),
		chromedp.NoSandbox) // which Chromium can't set up as root or in many containers; it sees no pages but ours
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(options, more...)...)
	ctx, cancelTab := chromedp.NewContext(ctx)
	b := &browser{scene: s, ctx: ctx, at: at, known: []string{at}, looks: os.Getenv("SCIMBRIDGE_TEST_PICTURES")}
	require.NoError(t, chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, traffic.Enable, traffic.EnableParams{}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, target, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
			return err // as if the window were the one in front
		}
		_, err := cdp.Call(ctx, target, browserlog.Enable, cdp.Empty{})
		return err
	})))
	require.NoError(t, chromedp.Listen(ctx, b.watch))
	t.Cleanup(func() {
		b.mu.Lock()
		assert.Empty(t, b.foreign, "a page asked another host for something")
		assert.Empty(t, b.faults, "a script failed, or the policy of a page forbade something")
		b.mu.Unlock()
		cancelTab()
		cancel()
	})
	return b
}

// watch notes what pages must never do.
func (b *browser) watch(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch event := event.(type) {
	case *traffic.EventRequestWillBeSent:
		if !slices.ContainsFunc(b.known, func(host string) bool { return strings.HasPrefix(event.Request.URL, host+"/") }) {
			b.foreign = append(b.foreign, event.Request.URL)
		}
	case *page.EventJavascriptDialogOpening:
		b.faults = append(b.faults, event.Message)
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, event.ExceptionDetails.Text)
	case *browserlog.EventEntryAdded:
		if event.Entry.Level == "error" && event.Entry.Source != "network" { // that tells of statuses such as 403, which are meant
			b.faults = append(b.faults, event.Entry.Text)
		}
	}
}

// knows lets pages ask another host for something.
func (b *browser) knows(host string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known = append(b.known, host)
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, within)
	defer cancel()
	require.NoError(b.t, chromedp.Do(ctx, steps...))
}

// opens goes to an address, as if somebody followed a link in a mail or typed it.
func (b *browser) opens(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.at + path))
}

// presses types on the keyboard, whatever has the focus.
func (b *browser) presses(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// asks evaluates an expression in the page.
func asks[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, within)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	require.NoError(b.t, err, expression)
	return answer
}

// sees waits until the page is there whose heading begins so, and on it what the selectors find, and is ready.
func (b *browser) sees(heading string, selectors ...string) {
	b.t.Helper()
	look := fmt.Sprintf(`document.readyState === 'complete' && document.querySelectorAll(%q).length >= %d ? document.querySelector('h1').innerText : ""`,
		strings.Join(append(selectors, "h1"), ","), len(selectors)+1)
	shown := ""
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(b.ctx, within)
		shown, _ = chromedp.Run(ctx, chromedp.Evaluate[string](look))
		cancel()
		if strings.HasPrefix(shown, heading) {
			b.fits(heading)
			b.pictures(strings.Join(append([]string{heading}, selectors...), ""))
			return
		}
	}
	require.Failf(b.t, "another page", "expected %q, got %q: %s", heading, shown, asks[string](b, `document.body.innerText`))
}

// waits until something holds in the page, whichever page that is.
func (b *browser) waits(until string) {
	b.t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(b.ctx, within)
		holds, _ := chromedp.Run(ctx, chromedp.Evaluate[bool](until)) // between two pages there is nobody to ask
		cancel()
		if holds {
			return
		}
	}
	require.Failf(b.t, "it never came to that", "%s: %s", until, asks[string](b, `location.href + ' ' + document.body.innerText`))
}

// fits demands that a page needs no scrolling sideways on the narrowest screen (WCAG 2.2, 1.4.10).
func (b *browser) fits(heading string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(320, 800))
	assert.LessOrEqual(b.t, asks[int](b, `document.documentElement.scrollWidth`), 320, heading)
	b.do(chromedp.EmulateViewport(1100, 800))
}

// reaches presses Tab until what has the focus is called so; nobody should need many.
func (b *browser) reaches(name string) {
	b.t.Helper()
	var passed []string
	for range 25 {
		focused := b.focused()
		if strings.HasPrefix(focused, name) {
			assert.NotEqual(b.t, "none", asks[string](b, `getComputedStyle(document.activeElement).outlineStyle`), "it is seen where the focus is: %s", name)
			return
		}
		passed = append(passed, focused)
		b.presses(kb.Tab)
	}
	require.Failf(b.t, "not within reach of the keyboard", "%s; passed %q", name, passed)
}

// focused is the accessible name of what has the focus, as far as our pages need it.
func (b *browser) focused() string {
	b.t.Helper()
	return asks[string](b, `(() => { const e = document.activeElement; return (e.getAttribute('aria-label') || (e.labels && e.labels[0] || e).innerText || '').trim(); })()`)
}

// activates reaches a link or a button and presses Enter.
func (b *browser) activates(name string) {
	b.t.Helper()
	b.reaches(name)
	b.presses(kb.Enter)
}

// fills reaches a field and types into it.
func (b *browser) fills(name, text string) {
	b.t.Helper()
	b.reaches(name)
	b.presses(text)
}

// pictures keeps the page as it looks in light, in dark and on a phone, for whoever asked for it.
func (b *browser) pictures(name string) {
	if b.looks == "" {
		return
	}
	b.t.Helper()
	require.NoError(b.t, os.MkdirAll(b.looks, 0o750))
	name = strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return '-'
	}, name))
	for look, width := range map[string]int64{"light": 1100, "dark": 1100, "phone": 390} {
		scheme := map[bool]string{true: "dark", false: "light"}[look == "dark"]
		b.do(chromedp.EmulateViewport(width, 800), b.prefers(scheme))
		ctx, cancel := context.WithTimeout(b.ctx, within)
		picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		cancel()
		require.NoError(b.t, err)
		require.NoError(b.t, os.WriteFile(filepath.Join(b.looks, name+"."+look+".png"), picture, 0o600))
	}
	b.do(chromedp.EmulateViewport(1100, 800), b.prefers("light"))
}

func (b *browser) prefers(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia,
			emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	})
}

// withoutScripts turns the scripts of pages off; the test's own questions are still answered.
func (b *browser) withoutScripts() {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}
