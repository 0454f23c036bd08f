package scim

import "strings"

// bulkReference begins a text that stands for the id of what another operation of the Bulk creates (RFC 7644, section
// 3.7.2).
const bulkReference = "bulkId:"

// withReferences gives the value with every reference in it replaced by what find makes of it, and tells whether
// anything was; where find knows nothing the reference stays. The value itself is not changed. A reference is a whole
// text, whatever attribute it stands in, or in the path of a PATCH the text of a comparison:
// members[value eq "bulkId:x"].
func (v Value) withReferences(find func(bulkID string) (id string, known bool)) (Value, bool) {
	switch {
	case v.Kind == KindString && strings.HasPrefix(v.Text, bulkReference):
		id, known := find(v.Text[len(bulkReference):])
		if known {
			v.Text = id
		}
		return v, known
	case v.Kind == KindString && strings.EqualFold(v.Name, "path"):
		text := v.Text
		v.Text = pathWithReferences(text, find)
		return v, v.Text != text
	}
	var items []Value
	for i, item := range v.Items {
		if replaced, changed := item.withReferences(find); changed {
			if items == nil {
				items = append(items, v.Items...)
			}
			items[i] = replaced
		}
	}
	if items != nil {
		v.Items = items
	}
	return v, items != nil
}

func pathWithReferences(path string, find func(bulkID string) (id string, known bool)) string {
	var text strings.Builder
	for {
		before, behind, found := strings.Cut(path, `"`+bulkReference)
		bulkID, rest, closed := strings.Cut(behind, `"`)
		if !found || !closed {
			break
		}
		id, known := find(bulkID)
		if !known {
			id = bulkReference + bulkID
		}
		text.WriteString(before + `"` + id + `"`)
		path = rest
	}
	return text.String() + path
}
