package scim

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// ifMatch reads the header If-Match; nil asks for nothing.
func (x *exchange) ifMatch() *domain.Precondition {
	values := x.r.Header["If-Match"]
	if len(values) == 0 {
		return nil
	}
	return precondition(values)
}

// precondition reads the versions that a change is meant for (RFC 7644, section 3.14); nil is any. Versions are weak
// tags, so that they are compared weakly in spite of RFC 9110: a connector sends back what it was given. A tag that is
// none of ours matches no version.
func precondition(values []string) *domain.Precondition {
	tags, any := entityTags(values)
	if any {
		return nil // an unknown id is refused as such
	}
	meant := &domain.Precondition{}
	for _, tag := range tags {
		if version, err := strconv.ParseInt(tag, 10, 64); err == nil {
			meant.Versions = append(meant.Versions, version)
		}
	}
	return meant
}

// unchanged answers 304 if the client has this version already (If-None-Match), and reports whether it did.
func (x *exchange) unchanged(version string) bool {
	values := x.r.Header["If-None-Match"]
	if len(values) == 0 {
		return false
	}
	have, _ := entityTags([]string{version})
	tags, any := entityTags(values)
	for _, tag := range tags {
		any = any || tag == have[0]
	}
	if any {
		x.w.Header().Set("ETag", version)
		x.status = http.StatusNotModified
		x.w.WriteHeader(x.status)
	}
	return any
}

// entityTags reads lists of entity tags (RFC 9110, section 8.8.3) up to the first mistake, without their quotes and
// their W/; any tells that one of the lists is *.
func entityTags(values []string) (tags []string, any bool) {
	for _, value := range values {
		rest := strings.TrimLeft(value, " \t,")
		if strings.TrimRight(rest, " \t") == "*" {
			any = true
			continue
		}
		for rest != "" {
			quoted, ok := strings.CutPrefix(strings.TrimPrefix(rest, "W/"), `"`)
			end := strings.IndexByte(quoted, '"')
			if !ok || end < 0 {
				break
			}
			tags = append(tags, quoted[:end])
			after := strings.TrimLeft(quoted[end+1:], " \t")
			rest = strings.TrimLeft(after, " \t,")
			if rest == after {
				break // no comma
			}
		}
	}
	return tags, any
}
