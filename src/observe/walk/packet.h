/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/world/world.h"

/*
 * A packet on its way, as far as rules can ask about it. The walk makes one, and changes it from hook to hook as the
 * kernel changes its own: in, out and the ports of a bridge, the addresses behind NAT, the mark.
 *
 * What is not in `known` is not known: a rule that asks for it is neither a match nor none, and the hook's verdict is
 * unknown where it would depend on that. Addresses, protocol, ports, in and out are always known.
 */
enum packet_known {
	PACKET_MARK = 1 << 0,
	PACKET_LENGTH = 1 << 1,
	PACKET_TTL = 1 << 2,
	PACKET_TOS = 1 << 3,
	PACKET_MACS = 1 << 4,
	PACKET_OWNER = 1 << 5, /* uid and gid of its socket */
	PACKET_TYPE = 1 << 6,
	PACKET_TCP_FLAGS = 1 << 7,
	PACKET_ICMP = 1 << 8, /* type and code */
	PACKET_SPORT = 1 << 9,
	PACKET_CT = 1 << 10,      /* whether it is tracked, its state, tuples and status */
	PACKET_CT_MARK = 1 << 11, /* of its connection */
	PACKET_PRIORITY = 1 << 12,
	PACKET_TIME = 1 << 13,    /* when it comes by */
	PACKET_CLASSID = 1 << 14, /* that of its socket's cgroup is 0: there is no net_cls */
};

struct packet_tuple {
	struct ip src, dst;
	uint16_t sport, dport; /* of ICMP: none */
};

/*
 * Its connection, as struct nf_conn has it: the first packet's tuple, and the one that replies have; both begin as each
 * other's inverse, and NAT changes only the second. filter_hook() sets up NAT when the first packet comes by a nat chain,
 * and afterwards translates every packet of the connection where the kernel does: so the walk keeps it for the reply.
 */
struct packet_conn {
	struct packet_tuple orig, reply;
	uint32_t state;  /* one of PACKET_CT_*, of this packet */
	uint32_t status; /* IPS_* (linux/netfilter/nf_conntrack_common.h) */
	uint32_t mark;
	bool is_reply;   /* this packet goes in the direction of replies */
	bool port_moved; /* NAT may have changed the source port: what it is now is not known */
};

/* NF_CT_STATE_BIT() and NF_CT_STATE_INVALID_BIT, as a rule has them. */
enum {
	PACKET_CT_INVALID = 1,
	PACKET_CT_ESTABLISHED = 2,
	PACKET_CT_RELATED = 4,
	PACKET_CT_NEW = 8,
	PACKET_CT_UNTRACKED = 64,
};

/* What rules ask of the routes (fib, addrtype, rpfilter); the walk answers. */
struct packet_route {
	struct ip dst, src; /* src: none */
	uint32_t mark;
	int64_t iif;
};

struct packet_fib {
	/* RTN_* of an address, by the routes of a link only where `link` isn't 0; -1: not known. */
	int (*type)(void *arg, const struct world_netns *ns, struct ip ip, int64_t link);
	/* Index of the link that a packet would leave by, and its route's RTN_*; 0: there is no route; -1: not known. */
	int64_t (*oif)(void *arg, const struct world_netns *ns, const struct packet_route *q, unsigned *type);
	void *arg;
};

struct packet {
	unsigned known; /* enum packet_known */
	struct ip src, dst;
	uint8_t proto; /* IPPROTO_* */
	uint16_t sport, dport;
	uint8_t icmp_type, icmp_code, tcp_flags /* TH_SYN */, tos, ttl;
	uint8_t type;    /* PACKET_HOST, _BROADCAST, _MULTICAST, _OTHERHOST, _LOOPBACK (linux/if_packet.h) */
	uint32_t length; /* with the header of IP, without the link's */
	uint16_t ethertype; /* 0: that of its addresses */
	uint16_t vlan;      /* its tag; 0: none */
	uint8_t src_mac[6], dst_mac[6];
	uint32_t mark, priority; /* that of the queue, which nobody has set: 0, as that of a TOS of 0 is */
	int64_t seconds;         /* since the epoch */
	const struct world_link *in, *out; /* NULL where the hook has none; of the bridge family: the ports */
	const struct world_link *phys_in,
		*phys_out; /* ports, where a bridge calls the hooks of IP (br_netfilter) */
	bool is_bridged;   /* it stays in the bridge (physdev's --physdev-is-bridged) */
	bool is_local;     /* it comes from a socket of this namespace */
	uint32_t uid, gid;
	struct packet_conn *conn; /* NULL: not tracked */
	bool is_untracked;        /* by notrack */
	struct packet_fib fib;
};
