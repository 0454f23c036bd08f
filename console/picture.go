package console

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// picture is a QR code as a path of SVG: each dark square is one of the unit.
type picture struct {
	Size int    // with the quiet zone around it
	Path string // d of the path
}

// quiet is the width of the light border that readers need (ISO/IEC 18004, section 5.3.8).
const quiet = 4

// draw makes a QR code of a text.
func draw(text string) (*picture, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("console: draw a QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	return &picture{code.Size + 2*quiet, path.String()}, nil
}
