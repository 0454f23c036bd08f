package rest

import (
	"strconv"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// entityTag is the version of a person as an entity tag (RFC 9110, section 8.8.3). It is weak: the same version is
// shown in several views.
func entityTag(version int64) string { return `W/"` + strconv.FormatInt(version, 10) + `"` }

// readPrecondition reads If-Match, which every act on one person honours. Any tag that is none of ours matches no
// version, so that the use case refuses.
func (c *call) readPrecondition() error {
	values := c.request.Header.Values("If-Match")
	if len(values) == 0 || c.route.method == "GET" {
		return nil
	}
	tags := entityTags(values)
	if len(tags) == 1 && tags[0] == "*" {
		return nil
	}
	if !strings.Contains(c.route.pattern, "{PersonId}") {
		return domain.Refuse(domain.CodeInvalidParameter, "If-Match", "There is no version yet of what this route makes; leave If-Match out.")
	}
	c.caller.If = &domain.Precondition{}
	for _, tag := range tags {
		if version, ours := versionOf(tag); ours {
			c.caller.If.Versions = append(c.caller.If.Versions, version)
		}
	}
	return nil
}

// unchanged tells whether the client has the entity with the tag already (If-None-Match, RFC 9110, section 13.1.2).
func (c *call) unchanged(tag string) bool {
	if tag == "" {
		return false
	}
	for _, known := range entityTags(c.request.Header.Values("If-None-Match")) {
		if known == "*" || strings.TrimPrefix(known, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// entityTags splits header values into tags. Ours hold no comma, so that a foreign one that does only becomes two
// that match nothing.
func entityTags(values []string) []string {
	var tags []string
	for tag := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// versionOf reads a tag of ours, weak or not: a proxy may have changed that.
func versionOf(tag string) (int64, bool) {
	quoted := strings.TrimPrefix(tag, "W/")
	text := strings.Trim(quoted, `"`)
	version, err := strconv.ParseInt(text, 10, 64)
	return version, err == nil && quoted == `"`+strconv.FormatInt(version, 10)+`"`
}
