package storetest

import "github.com/scimbridge/scimbridge/domain"

func group(name string) *domain.Group {
	return &domain.Group{ID: newID(), Name: name, Version: 1, CreatedAt: noon, UpdatedAt: noon}
}
