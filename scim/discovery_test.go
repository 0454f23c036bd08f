package scim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func TestSchemas(t *testing.T) {
	t.Parallel()
	all := parsed(t, appendSchemas(nil, plainView))
	assert.Equal(t, []any{listResponseURN}, all["schemas"])
	assert.EqualValues(t, 4, all["totalResults"])
	assert.EqualValues(t, 4, all["itemsPerPage"])
	var ids []any
	for _, s := range all["Resources"].([]any) {
		ids = append(ids, s.(map[string]any)["id"])
		doc, ok := appendSchema(nil, strings.ToUpper(s.(map[string]any)["id"].(string)), plainView)
		require.True(t, ok)
		assert.Equal(t, s, any(parsed(t, doc)))
		assertNoNulls(t, s)
	}
	assert.Equal(t, []any{userURN, enterpriseURN, accessURN, groupURN}, ids)
	_, ok := appendSchema(nil, "urn:x", plainView)
	assert.False(t, ok)
}

func TestSchemaStatesWhatIsStored(t *testing.T) {
	t.Parallel()
	user := schemaAttributes(t, userURN, plainView)
	for _, absent := range []string{"password", "id", "externalId", "meta", "schemas"} {
		assert.NotContains(t, user, absent)
	}
	assert.Equal(t, map[string]any{"name": "userName", "type": "string", "multiValued": false, "required": true, "caseExact": false, "mutability": "readWrite",
		"returned": "default", "uniqueness": "server", "description": user["userName"]["description"]}, user["userName"])
	assert.Equal(t, "readOnly", user["roles"]["mutability"])
	giving := plainView
	giving.policies = domain.Policies{domain.PolicyAcceptRoles: domain.On}
	assert.Equal(t, "readWrite", schemaAttributes(t, userURN, giving)["roles"]["mutability"])
	assert.NotContains(t, user["emails"], "caseExact", "only simple attributes have a case")
	// What Entra flattens to emails[type eq "work"].value and roles[primary eq "True"].value.
	for _, name := range []string{"emails", "phoneNumbers", "addresses", "roles"} {
		subs := byName(user[name]["subAttributes"])
		assert.Contains(t, subs, "type")
		assert.Equal(t, "boolean", subs["primary"]["type"])
	}
	assert.Contains(t, byName(user["groups"]["subAttributes"]), "$ref")

	assert.NotContains(t, schemaAttributes(t, accessURN, plainView), "externalLoginUsername")
	access := schemaAttributes(t, accessURN, ssoView)
	assert.Equal(t, "server", access["externalLoginUsername"]["uniqueness"])
	assert.NotContains(t, access, "sendInvitation", "never returned")
	assert.Equal(t, []any{"Invited", "Active", "Inactive"}, access["accessState"]["canonicalValues"])
	assert.Equal(t, true, access["organizationIds"]["multiValued"])
	assert.NotContains(t, access["organizationIds"], "subAttributes")

	members := byName(schemaAttributes(t, groupURN, plainView)["members"]["subAttributes"])
	assert.Equal(t, []any{"User"}, members["type"]["canonicalValues"])
	assert.Equal(t, []any{"User"}, members["$ref"]["referenceTypes"])
}

func schemaAttributes(t *testing.T, urn string, v view) map[string]map[string]any {
	doc, ok := appendSchema(nil, urn, v)
	require.True(t, ok)
	return byName(parsed(t, doc)["attributes"])
}

func byName(list any) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, item := range list.([]any) {
		all[item.(map[string]any)["name"].(string)] = item.(map[string]any)
	}
	return all
}

// assertNoNulls finds properties without a value anywhere in a document.
func assertNoNulls(t *testing.T, document any) {
	t.Helper()
	switch value := document.(type) {
	case map[string]any:
		for _, member := range value {
			assertNoNulls(t, member)
		}
	case []any:
		for _, element := range value {
			assertNoNulls(t, element)
		}
	case string:
		assert.NotEmpty(t, value)
	default:
		assert.NotNil(t, value)
	}
}

func TestResourceTypes(t *testing.T) {
	t.Parallel()
	all := parsed(t, appendResourceTypes(nil, plainView))
	assertNoNulls(t, all)
	doc, ok := appendResourceType(nil, "user", plainView)
	require.True(t, ok)
	user := parsed(t, doc)
	assert.Equal(t, user, all["Resources"].([]any)[0])
	assert.Equal(t, map[string]any{
		"schemas": []any{resourceTypeURN}, "id": "User", "name": "User", "endpoint": "/Users", "description": "People with access", "schema": userURN,
		"schemaExtensions": []any{map[string]any{"schema": enterpriseURN, "required": false}, map[string]any{"schema": accessURN, "required": false}},
		"meta":             map[string]any{"resourceType": "ResourceType", "location": base + "/ResourceTypes/User"},
	}, user)
	_, ok = appendResourceType(nil, "Device", plainView)
	assert.False(t, ok)
}

func TestServiceProviderConfig(t *testing.T) {
	t.Parallel()
	config := parsed(t, appendServiceProviderConfig(nil, plainView))
	assertNoNulls(t, config)
	for name, want := range map[string]bool{"patch": true, "bulk": true, "filter": true, "changePassword": false, "sort": true, "etag": true} {
		assert.Equal(t, want, config[name].(map[string]any)["supported"], name)
	}
	assert.EqualValues(t, maxCount, config["filter"].(map[string]any)["maxResults"])
	assert.EqualValues(t, 1000, config["bulk"].(map[string]any)["maxOperations"])
	assert.EqualValues(t, 4<<20, config["bulk"].(map[string]any)["maxPayloadSize"])
	assert.Len(t, config["authenticationSchemes"], 2)
	assert.Equal(t, base+"/ServiceProviderConfig", config["meta"].(map[string]any)["location"])
}
