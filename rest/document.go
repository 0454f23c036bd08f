package rest

import (
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/rest/openapi"
)

// documentRoutes show the description of this API, which holds nothing of any tenant, to everybody.
var documentRoutes = []route{
	{method: "GET", pattern: "/openapi.json", public: true, anywhere: true, serve: (*call).getDocument},
	{method: "GET", pattern: "/docs", public: true, anywhere: true, serve: (*call).getDocumentPage},
}

// getDocument is GET openapi.json.
func (c *call) getDocument() (domain.Answer, error) {
	return described("application/json", openapi.Tag(), openapi.Document()), nil
}

// getDocumentPage is GET docs.
func (c *call) getDocumentPage() (domain.Answer, error) {
	answer := described("text/html; charset=utf-8", openapi.PageTag(), openapi.Page())
	answer.Header["Content-Security-Policy"] = openapi.PagePolicy()
	return answer, nil
}

// described may be kept by whoever asks first whether it is still current.
func described(media, tag string, body []byte) domain.Answer {
	return domain.Answer{Status: http.StatusOK, Body: body, Header: map[string]string{"Content-Type": media, "ETag": tag, "Cache-Control": "no-cache"}}
}
