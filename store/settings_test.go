package store

import (
	"reflect"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// filled makes a record of which every list and map has an element.
func filled[Record any]() *Record {
	made := new(Record)
	for _, field := range reflect.ValueOf(made).Elem().Fields() {
		switch field.Kind() {
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		case reflect.Map:
			field.Set(reflect.MakeMap(field.Type()))
			field.SetMapIndex(reflect.Zero(field.Type().Key()), reflect.Zero(field.Type().Elem()))
		}
	}
	return made
}

// apart demands that a copy is equal and has lists and maps of its own.
func apart(t *testing.T, of, copied any) {
	t.Helper()
	assert.Equal(t, of, copied)
	it, other := reflect.ValueOf(of).Elem(), reflect.ValueOf(copied).Elem()
	for i := range it.NumField() {
		switch kind := it.Field(i).Kind(); kind {
		case reflect.Slice, reflect.Map:
			assert.NotEqual(t, it.Field(i).UnsafePointer(), other.Field(i).UnsafePointer(), it.Type().Field(i).Name)
		default:
			assert.False(t, kind == reflect.Pointer || kind == reflect.Interface, it.Type().Field(i).Name)
		}
	}
}

func TestCopiedSettingsShareNothing(t *testing.T) {
	t.Parallel()
	s := &settings{filled[domain.Tenant](), filled[domain.Connection]()}
	copied := s.copied()
	apart(t, s.tenant, copied.tenant)
	apart(t, s.connection, copied.connection)
	assert.Nil(t, (&settings{s.tenant, nil}).copied().connection)
}

func TestReadSettingsAreOfTheirText(t *testing.T) {
	t.Parallel()
	var read readSettings
	of, other := domain.Scope{Tenant: uuid.New()}, domain.Scope{Tenant: uuid.New()}
	assert.Nil(t, read.settings(of, ""))
	made := &settings{&domain.Tenant{Name: "a"}, nil}
	read.keep(of, "a", made)
	assert.Equal(t, made, read.settings(of, "a"))
	assert.Nil(t, read.settings(of, "b"), "another text")
	assert.Nil(t, read.settings(other, "a"), "another scope")
	for range 2 * maxReadSettings {
		read.keep(domain.Scope{Tenant: uuid.New()}, "a", made)
	}
	require.LessOrEqual(t, len(read.known), maxReadSettings)
}
