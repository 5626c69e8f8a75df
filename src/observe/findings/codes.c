/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/findings/check.h"

/* All codes, in the order in which doctor looks for them. They are stable: scripts and labs know them. */
const struct code codes[] = {
	/* links */
	{ "loopback-down", "programs in it do not reach each other by 127.0.0.1", "lo is set up" },
	{ "veth-peer-missing", "no packet leaves it: the other end of its cable is not where its bridge is",
	  "the end is moved back, put on its bridge and set up" },
	{ "link-down", "no packet leaves it or comes in by this link", "the link is set up" },
	{ "arp-off", "its neighbours are not asked for their MAC addresses: nobody is reached by this link",
	  "ARP is switched on" },
	{ "mtu-mismatch", "small packets pass, large ones are lost: connections begin, and hang",
	  "both ends get the same MTU" },
	{ "veth-not-on-bridge",
	  "its side looks complete, and neither the gateway nor its neighbours are reached",
	  "the host's end is put on the bridge" },
	{ "veth-host-down", "its link has no carrier: nothing is reached", "the host's end is set up" },
	/* bridge */
	{ "bridge-down", "no container on this bridge reaches anybody", "the bridge is set up" },
	{ "bridge-port-blocked", "the bridge passes no packets of this port, or not to all its neighbours",
	  "the port's state, isolation or VLAN becomes that of the others" },
	{ "bridge-full", "no further container can be connected to it: a bridge has 1,023 ports at most",
	  "a second network" },
	/* addresses */
	{ "gateway-address-missing", "its gateway does not answer: nothing beyond the bridge is reached",
	  "the bridge gets the gateway's address" },
	{ "address-missing", "it has no address: it reaches nobody, and nobody reaches it",
	  "it gets a free address of the bridge's subnet" },
	{ "subnet-mismatch", "its address does not belong to the bridge's subnet: the gateway is not reached",
	  "it gets an address and a prefix of the bridge's subnet" },
	{ "address-duplicate", "two have the same address: packets reach now the one, now the other",
	  "one of them gets a free address" },
	{ "mac-duplicate",
	  "two have the same MAC address: the bridge sends packets now to the one, now to the other",
	  "one of them gets another MAC address" },
	{ "neighbour-stale", "packets go to a MAC address that nobody has", "the wrong entry is deleted" },
	{ "subnet-overlap", "packets to some of its addresses leave by another link of the host",
	  "one of the two subnets is changed" },
	/* routes */
	{ "default-route-missing",
	  "its own subnet is reached, and nothing beyond (\"Network is unreachable\")",
	  "a default route by the bridge's address is added" },
	{ "gateway-wrong", "its default route leads to an address that nobody has: nothing beyond is reached",
	  "the default route is replaced by one to the bridge's address" },
	{ "route-blackhole", "a route throws its packets away", "the route is deleted" },
	{ "rule-blocks", "a rule of `ip rule` sends its packets where no way leads on",
	  "the rule is deleted" },
	{ "host-offline", "the host itself has no way out, and so none of its containers",
	  "the host's link is set up, or its default route added" },
	{ "rp-filter", "the kernel drops its packets: the way back to it leads by another link",
	  "the reverse-path filter of that link becomes loose (2)" },
	/* forwarding */
	{ "forwarding-off",
	  "the gateway is reached, and nothing beyond: the host does not forward its packets",
	  "forwarding is switched on" },
	{ "forward-policy-drop",
	  "what the host would forward is dropped at the end of a chain, by its policy",
	  "rules that accept its bridge come first" },
	{ "forward-rule-drop", "what the host would forward is dropped by a rule",
	  "rules that accept its bridge come before that rule" },
	{ "input-drop", "the host answers none of its packets: a rule drops them",
	  "a rule that accepts its bridge" },
	{ "bridge-netfilter-drop",
	  "neighbours on one bridge do not reach each other: the bridge shows its packets to the firewall of IP",
	  "rules that accept what stays in the bridge come first" },
	{ "bridge-rule-drop", "a rule of the bridge family drops its packets",
	  "a rule that accepts its port comes before that rule" },
	/* NAT */
	{ "masquerade-missing",
	  "packets get out, and no answer comes back: outside, nobody knows the way to its address",
	  "packets of the subnet get the host's address" },
	{ "masquerade-mismatch",
	  "packets get out, and no answer comes back: there is a masquerade, but for another subnet or link",
	  "packets of this subnet get the host's address, too" },
	{ "nat-shadowed", "another network's rule of NAT takes its packets first", "the order of the rules" },
	{ "conntrack-full", "new connections are dropped (\"nf_conntrack: table full\"), old ones go on",
	  "the table of connections gets larger" },
	{ "traffic-shaped", "packets are delayed or lost at this link",
	  "the queueing discipline is deleted" },
	/* names */
	{ "dns-unreachable", "names are not found, addresses are reached", "a resolver that answers" },
	{ "dns-loopback", "names are not found: its resolver is an address of the host's own loopback",
	  "the host's real resolvers in its resolv.conf" },
	/* published ports */
	{ "port-rule-missing", "the published port of the host leads nowhere",
	  "the engine publishes it anew" },
	{ "port-taken", "the published port is answered by another program of the host",
	  "that program ends" },
	{ "port-no-listener",
	  "connections to the published port are refused: nobody listens in the container",
	  "the server is started" },
	{ "port-loopback-only",
	  "connections to the published port are refused: the server listens at 127.0.0.1 of the container only",
	  "the server listens at 0.0.0.0" },
	/* limits */
	{ "limit-memory", "it is near its limit of memory: slow, and soon killed", "a larger limit" },
	{ "limit-oom", "processes of it were killed for memory", "a larger limit" },
	{ "limit-cpu", "it is throttled: it stands still for a part of each period", "a larger quota" },
	{ "limit-pids", "it can start no further process or thread (\"Resource temporarily unavailable\")",
	  "a larger limit" },
	{ "limit-controller", "a limit that was asked for is not in force: its controller is not enabled",
	  "the controller is enabled" },
	{ "network-changed",
	  "others have changed what guise made for its network: what it reaches now may be less than it shall, or end soon",
	  "what is missing is made again, as by guise network reload" },
	{ "leftover", "it belongs to a container that is gone, and takes room and names", "it is removed" },
	{ 0 },
};

const struct code *code_of(const char *code)
{
	for (const struct code *c = codes; c->code; c++)
		if (str_eq(c->code, code))
			return c;
	return NULL;
}
