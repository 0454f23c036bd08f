package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/store/storetest"
)

var databases = []struct {
	name string
	open opener
}{
	{"sqlite", storetest.SQLite},
	{"postgres", storetest.Postgres},
}

// TestReplay plays every story of testdata against a server of its own, on each database. The stories of a pair
// must also leave the same behind.
func TestReplay(t *testing.T) {
	t.Parallel()
	for folder, scenes := range stories(t, filepath.Join("..", "..", "testdata")) {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			for scene, told := range scenes {
				for _, database := range databases {
					t.Run(scene+"/"+database.name, func(t *testing.T) {
						t.Parallel()
						first := newPlayer(t, database.open).play(told[0])
						for _, other := range told[1:] {
							assert.Equal(t, first, newPlayer(t, database.open).play(other), "%s and %s leave different rows", told[0].file, other.file)
						}
					})
				}
			}
		})
	}
}

// stories reads all stories, by folder and scene; those of one scene are a pair.
func stories(t *testing.T, root string) map[string]map[string][]*story {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "*", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	found := map[string]map[string][]*story{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		told, err := parseStory(file, string(text))
		require.NoError(t, err)
		folder, name := filepath.Base(filepath.Dir(file)), strings.TrimSuffix(filepath.Base(file), ".txt")
		scene, _, paired := strings.Cut(name, ".")
		if found[folder] == nil {
			found[folder] = map[string][]*story{}
		}
		found[folder][scene] = append(found[folder][scene], told)
		require.True(t, paired || len(found[folder][scene]) == 1, file)
	}
	for scene, told := range found["pairs"] {
		require.Len(t, told, 2, "the scene %s takes two stories", scene)
	}
	return found
}
