package main

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"
)

// settings are what the environment and the file say, by the names of flags. The flags themselves win over them.
type settings map[string]string

// The settings that are no flags: a command line shows in the list of processes and in the history of a shell.
const (
	keySetting      = "key"
	passwordSetting = "smtp-password"
	tokenSetting    = "token"
)

const envPrefix = "SCIMBRIDGE_"

// readSettings reads the environment, and the file that --config or SCIMBRIDGE_CONFIG names.
func readSettings(args, env []string) (settings, error) {
	fromEnv := settings{}
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		if rest, ours := strings.CutPrefix(name, envPrefix); ours && value != "" {
			fromEnv[strings.ToLower(strings.ReplaceAll(rest, "_", "-"))] = value
		}
	}
	file := fromEnv["config"]
	for i, arg := range args {
		if value, found := strings.CutPrefix(arg, "--config="); found {
			file = value
		} else if arg == "--config" && i+1 < len(args) {
			file = args[i+1]
		}
	}
	found := settings{}
	if file != "" {
		var err error
		if found, err = readFile(file); err != nil {
			return nil, err
		}
	}
	maps.Copy(found, fromEnv)
	return found, nil
}

func readFile(path string) (settings, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("can't read the settings: %w", err)
	}
	var entries map[string]any
	if err := yaml.Unmarshal(text, &entries); err != nil {
		return nil, fmt.Errorf("the settings in %s are not lines of 'name: value': %w", path, err)
	}
	found, known := settings{}, flagNames()
	for name, value := range entries {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no setting %q, as in %s; see scimbridge serve --help for their names", name, path)
		}
		if found[name], err = settingText(value); err != nil {
			return nil, fmt.Errorf("the setting %s in %s %w", name, path, err)
		}
	}
	return found, nil
}

// settingText is a value of the file as one would write it on the command line.
func settingText(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool, int, float64:
		return fmt.Sprint(v), nil
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			text, err := settingText(part)
			if err != nil {
				return "", err
			}
			parts[i] = text
		}
		return strings.Join(parts, ","), nil
	default:
		return "", errors.New("must be a text, a number, true or false, or a list of these")
	}
}

// flagNames lists what a file may set: every flag of every command, and what is no flag.
func flagNames() []string {
	names := []string{keySetting, passwordSetting, tokenSetting}
	parser, err := kong.New(&commands{})
	if err != nil {
		return names // the same mistake stops run
	}
	_ = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			names = append(names, flag.Name)
		}
		return next(nil)
	})
	return names
}

// Validate implements kong.Resolver.
func (s settings) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver.
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if value, found := s[flag.Name]; found && value != "" {
		return value, nil
	}
	return nil, nil
}

// lifetime is a duration that also knows days: 90d, 36h, 30m.
type lifetime time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *lifetime) UnmarshalText(text []byte) error {
	if days, isDays := strings.CutSuffix(string(text), "d"); isDays {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil && n > 0 {
			*l = lifetime(n) * lifetime(24*time.Hour)
			return nil
		}
	} else if d, err := time.ParseDuration(string(text)); err == nil && d > 0 {
		*l = lifetime(d)
		return nil
	}
	return fmt.Errorf("%q is no time span; write 90d, 36h or 30m", text)
}

// network is a range of addresses, or one address.
type network netip.Prefix

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *network) UnmarshalText(text []byte) error {
	if addr, err := netip.ParseAddr(string(text)); err == nil {
		*n = network(netip.PrefixFrom(addr.Unmap().WithZone(""), addr.Unmap().BitLen()))
		return nil
	}
	prefix, err := netip.ParsePrefix(string(text))
	if err != nil {
		return fmt.Errorf("%q is no address range; write 192.0.2.0/24 or 2001:db8::/32", text)
	}
	*n = network(prefix.Masked())
	return nil
}

func prefixes(list []network) []netip.Prefix {
	found := make([]netip.Prefix, len(list))
	for i, n := range list {
		found[i] = netip.Prefix(n)
	}
	return found
}

// toggle is a flag that is off or on, or was not mentioned: --sso, --sso=on, --sso=off.
type toggle struct{ set, on bool }

// IsBool implements kong.BoolMapperValue: the value may be left out.
func (t *toggle) IsBool() bool { return true }

// Decode implements kong.MapperValue.
func (t *toggle) Decode(ctx *kong.DecodeContext) error {
	*t = toggle{set: true, on: true}
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	switch value := strings.ToLower(fmt.Sprint(ctx.Scan.Pop().Value)); value {
	case "on", "true", "yes":
		return nil
	case "off", "false", "no":
		t.on = false
		return nil
	default:
		return fmt.Errorf("%q is neither on nor off", value)
	}
}
