package delivery

import (
	"net/netip"
	"slices"
)

// special are the blocks of IPv4, and of the part of IPv6 that is in use, that are not addresses of hosts on the public
// Internet (IANA's registries of special-purpose addresses), and those by which clouds answer to their machines.
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/3",
	"168.63.129.16/32", // Azure's wire server
	"2001::/23",        // protocol assignments, Teredo among them, which hides an IPv4 address
	"2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48",
)

// inUse is the block out of which all public addresses of IPv6 are. Loopback, mapped and translated addresses (NAT64),
// unique local, link-local, site-local and multicast ones are outside.
var inUse = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// public tells whether the address is one of a host on the public Internet. An IPv4 address written as one of IPv6 has
// to be unmapped before.
func public(addr netip.Addr) bool {
	return (addr.Is4() || inUse.Contains(addr)) &&
		!slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(addr) })
}
