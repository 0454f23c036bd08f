package rest

import (
	"mime"
	"net/http"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// bodyKind is what a route expects in the body.
type bodyKind int

const (
	noBody       bodyKind = iota // whatever comes is not read
	optionalBody                 // a JSON object or nothing
	jsonBody                     // a JSON object
	patchBody                    // a JSON merge patch (RFC 7396)
)

// How many bytes a body may have: that of a known caller, that of one who sends many things at once, and that of a
// stranger.
const (
	maxBody          = 1 << 20
	bulkBytes        = 8 << 20
	maxStrangersBody = 16 << 10
)

const (
	mediaJSON  = "application/json"
	mediaPatch = "application/merge-patch+json"
)

// readBody reads the body that the route expects and makes sure that it is sound JSON of an acceptable shape. Which
// fields it may have is the handler's matter (see decode).
func (c *call) readBody(w http.ResponseWriter) error {
	if c.route.body == noBody {
		return nil
	}
	limit := int64(maxBody)
	switch {
	case c.route.bulk:
		limit = bulkBytes
	case c.route.public:
		limit = maxStrangersBody
	}
	body, err := web.ReadBody(w, c.request, limit)
	if err != nil {
		return err
	}
	if len(body) == 0 && c.route.body == optionalBody {
		return nil
	}
	if err := c.checkMediaType(); err != nil {
		return err
	}
	c.body = body
	if c.route.hashes {
		return scanBut(body, c.route.passwords, hashName)
	}
	return scan(body, c.route.passwords)
}

// checkMediaType lets in JSON, and a merge patch where one is expected, in UTF-8.
func (c *call) checkMediaType() error {
	values := c.request.Header.Values("Content-Type")
	if len(values) == 1 {
		media, parameters, err := mime.ParseMediaType(values[0])
		charset, named := parameters["charset"]
		plain := len(parameters) == 0 || len(parameters) == 1 && named && strings.EqualFold(charset, "utf-8")
		if err == nil && plain && (media == mediaJSON || media == mediaPatch && c.route.body == patchBody) {
			return nil
		}
	}
	expected := mediaJSON
	if c.route.body == patchBody {
		expected += " or " + mediaPatch
	}
	return domain.Refuse(domain.CodeUnsupportedMediaType, "", "Send Content-Type: %s, in UTF-8.", expected)
}
