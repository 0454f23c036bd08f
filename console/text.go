package console

import (
	"fmt"
	"maps"
)

// say is a text by its name, filled in like a format where there is something to fill in. A name without a text shows
// itself; a test finds it.
func say(name string, with ...any) string {
	text, found := texts[name]
	switch {
	case !found:
		return name
	case len(with) > 0:
		return fmt.Sprintf(text, with...)
	default:
		return text
	}
}

// texts are all the words of these pages, by name.
var texts = together(pageTexts, problemTexts)

func together(parts ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// pageTexts are the words of pages. Those of a page begin with its name.
var pageTexts = map[string]string{
	"skip":          "Skip to the content",
	"nav":           "Your account",
	"nav.home":      "Overview",
	"nav.password":  "Password",
	"nav.second":    "Second factor",
	"nav.passkeys":  "Passkeys",
	"nav.sessions":  "Sessions",
	"nav.sign-out":  "Sign out",
	"nav.signed-in": "Signed in as %s",
	"problem.label": "Problem:",
	"problem.id":    "If you ask for help, give this id:",
	"problem.title": "This did not work",
	"copy":          "Copy",
	"copied":        "Copied",
	"print":         "Print",
	"show-password": "Show",
	"hide-password": "Hide",

	"field.Username":     "Username or e-mail address",
	"field.Password":     "Password",
	"field.OldPassword":  "Present password",
	"field.NewPassword":  "New password",
	"field.Code":         "Code",
	"field.FirstName":    "First name",
	"field.LastName":     "Last name",
	"field.EmailAddress": "E-mail address",
	"field.Token":        "Link from the mail",
	"field.Name":         "Name",

	"field.SetupToken":   "Setup token",
	"field.Slug":         "Short name",
	"field.Organization": "Name of the organization",

	"help.Token":        "Paste the whole link from the mail.",
	"help.NewPassword":  "Long beats complicated: a few random words make a good password. Any characters will do.",
	"help.Code":         "Six digits from your authenticator app, or one of your recovery codes.",
	"help.Code.new":     "The six digits that the app shows now.",
	"help.Name":         "By which you know it again, such as what it is kept on.",
	"help.EmailAddress": "You will sign in with it, and we will mail you a link.",

	"help.SetupToken":         "The server has printed it when it started.",
	"help.Slug":               "Part of the address at which people sign in: lower-case letters, digits and hyphens.",
	"help.EmailAddress.setup": "You will sign in with it.",

	"required.SetupToken":   "Please enter the setup token.",
	"required.Slug":         "Please enter a short name.",
	"required.Organization": "Please enter the name of the organization.",
	"required.Username":     "Please enter your username or e-mail address.",
	"required.FirstName":    "Please enter your first name.",
	"required.LastName":     "Please enter your last name.",
	"required.EmailAddress": "Please enter your e-mail address.",
	"required.NewPassword":  "Please choose a password.",
	"required.Name":         "Please give it a name.",

	"sign-in.title":    "Sign in",
	"sign-in.continue": "Continue",
	"sign-in.password": "Use a password",
	"sign-in.passkey":  "Sign in with a passkey",
	"sign-in.sign-up":  "No account yet?",

	"password-sign-in.title":  "Enter your password",
	"password-sign-in.as":     "You sign in as",
	"password-sign-in.other":  "Not you? Use another name",
	"password-sign-in.submit": "Sign in",
	"password-sign-in.forgot": "Forgotten your password?",

	"elsewhere.title": "Continue at your company's sign-in",
	"elsewhere.text":  "Your company signs you in. You are being sent there; if nothing happens, use the button.",
	"elsewhere.go":    "Continue",

	"code.title":  "Enter your code",
	"code.text":   "Your password was right. As a second factor, show that you have your authenticator.",
	"code.submit": "Continue",
	"code.lost":   "Lost your phone? Use a recovery code: each works once. If you have none left, your administrator can reset your second factor.",
	"code.cancel": "Cancel and sign out",

	"code.passkey.title": "Show your second factor",
	"code.passkey.text":  "Your password was right. As a second factor, show your passkey.",
	"code.passkey":       "Use a passkey",
	"code.passkey.lost":  "Lost your passkey? Your administrator can reset your second factor.",
	"code.instead":       "Or enter a code",

	"passkey.show.title":   "Use your passkey",
	"passkey.show.text":    "Your browser asks for it now: by your fingerprint, your face, the number of your device or a security key.",
	"passkey.show.go":      "Ask again",
	"passkey.show.back":    "Sign in another way",
	"passkey.create.title": "Add a passkey",
	"passkey.create.text":  "Your browser asks now where to keep it. You will be signed out everywhere else, and we tell you by mail.",
	"passkey.create.go":    "Ask again",
	"passkey.create.back":  "Not now",
	"passkey.failed":       "Your browser gave no passkey. Perhaps it was cancelled, took too long, or there is none for this site on this device.",
	"passkey.script":       "Passkeys need JavaScript, which is off in your browser.",

	"passkeys.title":         "Passkeys",
	"passkeys.text":          "A passkey opens your account by your fingerprint, your face or the number of your device, without a password. After a password it counts as the second factor.",
	"passkeys.since":         "Added",
	"passkeys.used":          "Last used",
	"passkeys.change":        "Change",
	"passkeys.change.of":     "Change the passkey: %s",
	"passkeys.lost":          "Keep a second way in, such as a passkey on another device or an authenticator app: what is lost opens nothing.",
	"passkeys.add":           "Add another one",
	"passkeys.submit":        "Add a passkey",
	"passkeys.authenticator": "Use an authenticator app instead",

	"passkey-change.title":        "Change a passkey",
	"passkey-change.rename":       "Rename",
	"passkey-change.remove.title": "Remove it",
	"passkey-change.remove.text":  "It opens nothing any more, your other sessions end, and we tell you by mail. Remove it from your device as well.",
	"passkey-change.remove":       "Remove the passkey",
	"passkey-change.back":         "Back to all passkeys",

	"forgot.title":      "Forgotten your password?",
	"forgot.text":       "Tell us who you are, and we will mail you a link with which you choose a new one.",
	"forgot.submit":     "Mail me a link",
	"forgot-sent.title": "Look into your mail",
	"forgot-sent.text":  "If there is an account of that name that can be used with a password, a mail with a link is on its way to its address. The link works for a short time.",
	"forgot-sent.none":  "Nothing came? Look into the spam folder, and wait a few minutes before you ask again. If your company signs you in, your password is changed there.",
	"forgot-sent.back":  "Back to sign-in",

	"setup.title":  "Set up the server",
	"setup.text":   "You make the first organization on this server, and yourself its administrator. After that you choose your password.",
	"setup.submit": "Set up",

	"sign-up.title":      "Create an account",
	"sign-up.submit":     "Create account",
	"sign-up.have":       "Have an account already?",
	"sign-up-sent.title": "Look into your mail",
	"sign-up-sent.text":  "We have mailed a link to %s. Follow it to prove that the address is yours; then you can sign in.",

	"link.accept.title":  "Accept your invitation",
	"link.accept.text":   "With the link from your invitation you choose a password.",
	"link.accept.submit": "Continue",
	"link.reset.title":   "Choose a new password",
	"link.reset.text":    "With the link from the mail you choose a new password.",
	"link.reset.submit":  "Continue",
	"link.verify.title":  "Prove your e-mail address",
	"link.verify.text":   "Press the button to prove that the address to which we mailed is yours.",
	"link.verify.submit": "Verify my address",

	"choose.accept.title":  "Welcome, %s",
	"choose.accept.text":   "You are invited to %s. Choose a password to begin.",
	"choose.accept.submit": "Accept and sign in",
	"choose.reset.title":   "Choose a new password",
	"choose.reset.text":    "For your account at %s. You will be signed out everywhere.",
	"choose.reset.submit":  "Store the password",
	"choose.username":      "Your username",

	"home.title":           "Your account",
	"home.hello":           "Hello, %s",
	"home.as":              "You are signed in to %s as",
	"home.password.text":   "Change it from time to time only if you must; at once if somebody else may know it.",
	"home.password.do":     "Change password",
	"home.password.sso":    "Your company signs you in; your password is changed there.",
	"home.second.on":       "On",
	"home.second.off":      "Off",
	"home.second.on.text":  "An authenticator app guards your account. Recovery codes left: %d.",
	"home.second.off.text": "Guard your account with an authenticator app on your phone.",
	"home.second.on.do":    "Change authenticator",
	"home.second.off.do":   "Set up authenticator",
	"home.passkeys.text":   "Sign in without a password. Passkeys that you have: %d.",
	"home.passkeys.do":     "Show passkeys",
	"home.sessions.text":   "See where you are signed in, and end what is not yours.",
	"home.sessions.do":     "Show sessions",

	"password.title":  "Change password",
	"password.text":   "Your other sessions end, and we tell you by mail.",
	"password.submit": "Change password",

	"authenticator.title":        "Second factor",
	"authenticator.required":     "Your organisation requires a second factor. It takes two minutes: you need a phone with an authenticator app, such as Google Authenticator, Microsoft Authenticator or 1Password.",
	"authenticator.off":          "No authenticator is set up. With one, a stolen password alone opens nothing.",
	"authenticator.on":           "An authenticator has been set up since",
	"authenticator.left":         "Recovery codes left: %d.",
	"authenticator.replace":      "Change to another authenticator",
	"authenticator.replace.text": "A new authenticator takes the place of the old one, and new recovery codes that of the old ones. Show first that you have the old one.",
	"authenticator.passkey":      "Use a passkey instead",
	"authenticator.begin":        "Set up authenticator",
	"authenticator.begin.new":    "Set up a new one",

	"enrol.title":  "Set up your authenticator",
	"enrol.scan":   "Scan this picture with your authenticator app.",
	"enrol.alt":    "QR code for your authenticator app",
	"enrol.type":   "Can't scan? Type this key into the app:",
	"enrol.enter":  "Enter the code that the app then shows.",
	"enrol.again":  "The picture is shown only once. If you have it in your app, enter the code; if not, start again.",
	"enrol.anew":   "Start again",
	"enrol.submit": "Confirm",

	"recovery.title":  "Keep your recovery codes",
	"recovery.text":   "Your authenticator is set up. If you lose your phone, each of these codes lets you in once. They are shown only now: print them, or keep them in your password manager.",
	"recovery.list":   "Recovery codes",
	"recovery.copy":   "Copy codes",
	"recovery.submit": "I have kept them",

	"sessions.title":      "Where you are signed in",
	"sessions.text":       "Each line is a browser in which you are signed in. End those that you don't know, and change your password.",
	"sessions.device":     "%s on %s",
	"sessions.unknown":    "Unknown browser",
	"sessions.current":    "This browser",
	"sessions.since":      "Signed in",
	"sessions.seen":       "Last used",
	"sessions.expires":    "Ends at the latest",
	"sessions.how":        "How",
	"sessions.sso":        "By your company",
	"sessions.by":         "Password",
	"sessions.passkey":    "Passkey",
	"sessions.mfa":        "Password and second factor",
	"sessions.end":        "End",
	"sessions.end.of":     "End the session: %s",
	"sessions.end-others": "End all others",
	"sessions.alone":      "There is no other session.",

	"notice.sign-in":          "Please sign in to go on.",
	"notice.signed-out":       "You have signed out.",
	"notice.password-reset":   "Your new password is stored. Sign in with it.",
	"notice.password-changed": "Your password is changed. Your other sessions have ended.",
	"notice.accepted":         "Your invitation is accepted. Welcome!",
	"notice.verified":         "Your address is proved. You can sign in now.",
	"notice.session-ended":    "The session has ended.",
	"notice.sessions-ended":   "All your other sessions have ended.",
	"notice.passkey-added":    "The passkey is added. Your other sessions have ended.",
	"notice.passkey-renamed":  "The passkey has its new name.",
	"notice.passkey-removed":  "The passkey is removed. Your other sessions have ended.",

	"link.forgot":        "Ask for a new password",
	"link.sign-in":       "Sign in",
	"link.authenticator": "Set up the second factor",
}
