/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/packet.h"
#include "observe/walk/walk.h"
#include "observe/world/read.h"

/*
 * What the layers of one walk share. A packet of IP is in one place at a time: its hops are added to the walk as it
 * goes, and the first layer that stops it ends the walk (way_block(), way_unknown()).
 *
 * A frame can be in many places: a bridge floods. So who sends one (link.h) starts with frames_begin(), each branch
 * ends in an arrival or a drop with the hops that led there, and the sender chooses among them. What a walk
 * learns, it keeps for the reply: ports of bridges, neighbours, connections.
 */
struct way_end {
	const char *code, *object, *rule, *setting;
	struct walk_place place;
};

struct way_arrival {
	const struct world_netns *ns;
	const struct world_link *link;
	struct packet p;
	struct walk_hop *hops;
	size_t n_hops;
	bool leaves;      /* by this link, for what is no part of the world */
	bool was_bridged; /* br_netfilter has called PRE_ROUTING already */
};

struct way_drop {
	struct way_end end;
	enum walk_verdict verdict; /* WALK_BLOCKED, WALK_UNKNOWN */
	const struct world_netns *ns;
	const struct world_netns *beyond; /* the namespace that the frame would have reached, or NULL */
	struct walk_hop *hops;            /* the last one is the drop's */
	size_t n_hops;
};

struct way_conn {
	const struct world_netns *ns;
	struct packet_conn conn;
};

struct way_learned {
	const struct world_link *bridge, *port;
	uint16_t vlan;
	uint8_t mac[6];
};

struct way_macvlan {
	const struct world_netns *ns, *up_ns;
	const struct world_link *link, *parent;
};

struct way_neigh {
	const struct world_netns *ns;
	const struct world_link *link;
	struct ip ip;
	uint8_t mac[6];
	bool perhaps; /* by a redirect, which the kernel may or may not send */
};

struct way {
	const struct world *w;
	struct arena *a;
	struct walk *out;
	bool is_reply, ended;
	bool was_filtered; /* rules were asked somewhere */
	/* Where two links answer for an address, the kernel takes whose answer is first, and that can't be said: a walk
	 * is tried with the first one of each pair, and with the last ones. */
	bool takes_last, had_choice;
	unsigned frames; /* that this one has become so far: a loop of bridges must end */
	unsigned depth;  /* of links within links */
	size_t base;     /* hops of the walk when the frame began */
	struct way_arrival *arrivals;
	size_t n_arrivals;
	struct way_drop *drops;
	size_t n_drops;
	struct way_conn **conns;
	size_t n_conns;
	struct way_learned *learned;
	size_t n_learned;
	struct way_neigh *neighs;
	size_t n_neighs;
	/* of all namespaces, once a frame has come where they could be asked for it (link.c) */
	struct way_macvlan *macvlans;
	size_t n_macvlans;
	bool knows_macvlans;
	/* While a question for a neighbour is flooded: whom it is for. Ports behind which nobody could answer are spared. */
	const struct ip *asked;
	bool spared;
	/* the host has forwarded it by the link of its default route: there is the outside */
	bool left_by_default;
	const struct world_netns *origin, *sender; /* sender: the last one that sent it by IP */
	struct walk_packet question;
};

enum { WAY_FRAMES = 10000, WAY_DEPTH = 32 }; /* a bridge has 1,023 ports, of which each is two */

[[gnu::format(printf, 6, 7)]] void way_hop(struct way *y, const struct world_netns *ns, const char *layer,
					   const char *object, const char *decided, const char *fmt, ...);
[[gnu::format(printf, 5, 6)]] void way_block(struct way *y, const struct world_netns *ns, const char *layer,
					     const struct way_end *end, const char *fmt, ...);
[[gnu::format(printf, 5, 6)]] void way_unknown(struct way *y, const struct world_netns *ns, const char *layer,
					       const char *object, const char *fmt, ...);

/* Was that table of a namespace not read? word: "sockets", "nftables" ... */
bool way_unread(const struct way *y, const struct world_netns *ns, const char *word);

/* What the rules did at a hook becomes hops. false: the packet ends here, and the walk has. */
bool way_filter(struct way *y, const struct world_netns *ns, unsigned family, unsigned hook,
		struct packet *p);

void frames_begin(struct way *y);

/* The branch ends; its hops are kept with it, and taken from the walk again. */
void frame_arrives(struct way *y, const struct way_arrival *arrival);
[[gnu::format(printf, 6, 7)]] void frame_drop(struct way *y, const struct world_netns *ns,
					      const struct world_netns *beyond, const char *layer,
					      const struct way_end *end, const char *fmt, ...);
[[gnu::format(printf, 5, 6)]] void frame_unknown(struct way *y, const struct world_netns *ns,
						 const char *layer, const char *object, const char *fmt, ...);
/* As way_filter(), of a frame. */
bool frame_filter(struct way *y, const struct world_netns *ns, const struct world_netns *beyond,
		  unsigned family, unsigned hook, struct packet *p);

/* Take over what a branch came to. */
void way_follow(struct way *y, const struct way_arrival *arrival);
void way_stop_at(struct way *y, const struct way_drop *drop);

const char *way_ip(const struct way *y, struct ip ip);
bool mac_parse(const char *text, uint8_t mac[6]);
const char *way_mac(const struct way *y, const uint8_t mac[6]);

/* conf/all and conf/DEVICE of "net.ipv4.conf": the greater one, as IN_DEV_MAXCONF() in linux/inetdevice.h. */
int64_t way_conf_max(const struct world_netns *ns, const struct world_link *link, const char *name);
int64_t way_conf(const struct world_netns *ns, const char *family, const char *link, const char *name,
		 int64_t otherwise);
