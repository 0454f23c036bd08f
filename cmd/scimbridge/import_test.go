package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/bench/target"
	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/store/storetest/pgserver"
)

// remote is a shell whose commands speak to a server of its own.
func remote(t *testing.T) *serving { return newShell(t).remote() }

func (s *shell) remote() *serving {
	s.t.Helper()
	at := s.serve("--demo")
	for _, made := range at.demo {
		if credential := made.(map[string]any); credential["Kind"] == "Rest" {
			at.env = append(at.env, "SCIMBRIDGE_TOKEN="+credential["Token"].(string), "SCIMBRIDGE_SERVER=http://"+at.listen)
		}
	}
	return at
}

func (s *shell) file(name, text string) string {
	path := filepath.Join(s.folder, name)
	require.NoError(s.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

const people = "\ufeffFirstName,LastName,EmailAddress,EmployeeNumber,IsActive,Title\n" +
	"Ada,Lovelace,ada@example.org,1,true,'=Countess\n" +
	"Ben,Lima,ben@example.org,2,false,\n" +
	",Nobody,nobody@example.org,3,,\n" +
	"Cy,Ito,no address,4,maybe,\n" +
	"Dan,Oz,ADA@example.org,5,,\n"

func TestImportIsADryRunUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	at := remote(t)
	file := at.file("people.csv", people)
	code, out, log := at.run("import", file)
	assert.Equal(t, exitFailed, code)
	assert.Equal(t, []string{
		"line 2  would create  ada@example.org",
		"line 3  would create  ben@example.org",
		"line 4  invalid  nobody@example.org  FirstName and LastName are needed",
		"line 5  invalid  Cy Ito  EmailAddress is no e-mail address; IsActive must be true or false",
		"line 6  invalid  ADA@example.org  the same EmailAddress ada@example.org stands in line 2",
		"5 lines: 2 would be created, 0 exist already, 3 invalid, 0 could not be checked. Nothing was changed; give --commit to do it.",
	}, strings.Split(strings.TrimSpace(out), "\n"))
	assert.Contains(t, log, "3 of 5 lines can't be imported as they are")
	assert.Zero(t, at.exported()["ada@example.org"])

	_, out, _ = at.run("import", "--commit", "--json", file)
	var done struct {
		Committed                bool
		Created, Invalid, Failed int
		Verdicts                 []verdict
	}
	require.NoError(t, json.Unmarshal([]byte(out), &done), out)
	assert.True(t, done.Committed)
	assert.Equal(t, []int{2, 3, 0}, []int{done.Created, done.Invalid, done.Failed})
	assert.NotEmpty(t, done.Verdicts[0].PersonID)
	assert.Equal(t, map[string]string{"ada@example.org": "'=Countess", "ben@example.org": ""}, at.exported(), "a cell that looks like a formula is kept, and kept from being one")

	_, again, _ := at.run("import", "--commit", "--json", file)
	assert.JSONEq(t, out, again, "the same file again creates nobody, and tells the same")
	_, out, _ = at.run("import", file)
	assert.Contains(t, out, "line 2  exists  ada@example.org  "+done.Verdicts[0].PersonID+"  somebody has this Username")
	_, out, _ = at.run("import", "--commit", at.file("other.csv", "LastName,FirstName,EmailAddress\nLovelace,Ada,ada@example.org\n"))
	assert.Contains(t, out, "line 2  exists  ada@example.org")
}

// exported are the titles of everybody, by their addresses, as an export has them.
func (s *serving) exported() map[string]string {
	s.t.Helper()
	code, out, log := s.run("export")
	require.Equal(s.t, exitDone, code, log)
	titles := map[string]string{}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	names := strings.Split(lines[0], ",")
	for _, line := range lines[1:] {
		cells := strings.Split(line, ",")
		require.Len(s.t, cells, len(names))
		for i, name := range names {
			if name == "Title" {
				titles[cells[2]] = cells[i]
			}
		}
	}
	return titles
}

func TestImportOfAFileThatIsNone(t *testing.T) {
	t.Parallel()
	at := remote(t)
	for text, problem := range map[string]string{
		"":                              "no first line",
		"FirstName,Colour\nAda,red\n":   `a column "Colour", which means nothing here; known are FirstName`,
		"FirstName,FirstName\nA,B\n":    "two columns FirstName",
		"FirstName\nAda\n":              "needs a column LastName",
		"FirstName,LastName\nAda\n":     "is no CSV file",
		"FirstName,LastName\n\"Ada,B\n": "is no CSV file",
	} {
		code, _, log := at.run("import", at.file(fmt.Sprintf("%d.csv", len(text)), text))
		assert.Equal(t, exitFailed, code, text)
		assert.Contains(t, log, problem, text)
	}
	at.env = nil
	code, _, log := at.run("import", at.file("good.csv", "FirstName,LastName\nA,B\n"))
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, "a token of a REST credential is needed")
}

func TestImportOfManyAndTheWayBack(t *testing.T) {
	t.Parallel()
	at := remote(t)
	var text strings.Builder
	text.WriteString("FirstName,LastName,EmailAddress,Department\n")
	for i := range 600 {
		fmt.Fprintf(&text, "P,N%d,p%d@example.org,D\n", i, i)
	}
	code, _, log := at.run("import", "--commit", "--access", "silent", "--problems", at.file("many.csv", text.String()))
	require.Equal(t, exitDone, code, log)
	back := filepath.Join(at.folder, "back.csv")
	code, _, log = at.run("export", back)
	require.Equal(t, exitDone, code, log)
	assert.Contains(t, log, "600 people were exported.")
	code, out, _ := at.run("import", back)
	assert.Equal(t, exitDone, code)
	assert.Contains(t, out, "600 lines: 0 would be created, 600 exist already")
	code, _, log = at.run("export", back)
	assert.Equal(t, exitFailed, code, "no file is lost")
	assert.Contains(t, log, "exists")
}

func TestInviteFromTheCommandLine(t *testing.T) {
	t.Parallel()
	at := remote(t)
	code, _, log := at.run("invite", "ada@example.org")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, "nobody has this address yet: give --first-name and --last-name")
	invited := at.object("invite", "ada@example.org", "--first-name", "Ada", "--last-name", "Lovelace", "--message", "Welcome!")
	assert.Equal(t, []any{"ada@example.org", "Invited", "InvitationPending"}, []any{invited["Username"], invited["State"], invited["LoginState"]})
	code, _, log = at.run("invite", "ada@example.org")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, log, "already_provisioned")
	require.Equal(t, exitFailed, func() int { code, _, _ := at.run("invite", "x"); return code }())

	code, _, log = at.run("import", "--commit", "--access", "none", at.file("ben.csv", "FirstName,LastName,EmailAddress\nBen,Lima,ben@example.org\n"))
	require.Equal(t, exitDone, code, log)
	invited = at.object("invite", "ben@example.org", "--no-mail", "--username", "ben")
	assert.Equal(t, []any{"ben", "Invited", "InvitationNotSent"}, []any{invited["Username"], invited["State"], invited["LoginState"]})
}

// BenchmarkImport imports 10,000 people from a file, through the native API of a server of its own.
func BenchmarkImport(b *testing.B) {
	const rows = 10_000
	var text strings.Builder
	text.WriteString("FirstName,LastName,EmailAddress,EmployeeNumber,Title,Department\n")
	names := target.Names{Seed: "import"}
	for i := range rows {
		who := names.Person(i)
		fmt.Fprintf(&text, "%s,%s,%s,%s,Engineer,R&D\n", who.Given, who.Family, who.Email, who.Number)
	}
	databases := map[string]func(b *testing.B, s *shell){"sqlite": func(*testing.B, *shell) {}, "postgres": func(b *testing.B, s *shell) {
		s.database = pgserver.Fresh(b)
	}}
	for name, choose := range databases {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				s := newShell(b)
				choose(b, s)
				s.env = []string{"SCIMBRIDGE_KEY=" + credential.NewKey().Line(), "SCIMBRIDGE_MAIL_SPOOL=" + b.TempDir()}
				at := s.remote()
				file := at.file("people.csv", text.String())
				b.StartTimer()
				code, out, log := at.run("import", "--commit", file)
				b.StopTimer()
				require.Equal(b, exitDone, code, log)
				require.Contains(b, out, "10000 lines: 10000 created")
				require.Equal(b, exitDone, at.stop())
				b.StartTimer()
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "people/s")
		})
	}
}
