/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/findings/finding.h"
#include "observe/walk/filter.h"

/*
 * What the families of findings share: whom it is about, and how it hangs together.
 *
 * A subject is a network namespace that somebody may want to be well: of a container, or with a name. An end is one of
 * its links beside lo: with the other end of its cable, and the bridge that this is on. Where it is on none, by
 * inference: a bridge at the other end that has the subnet of the end's address should have it.
 *
 * A fault is told once, by its root. So the families come in the order of the layers, and each, where it finds one, marks
 * the end, or the subject, as broken: the ones behind it then don't tell what only follows.
 */
struct end {
	const struct world_link *link;
	const struct world_addr *addr; /* its first of global scope, IPv4 before IPv6; NULL */
	const struct world_netns
		*at; /* where the other end of the cable is; NULL: not a cable, or not known */
	const struct world_link *peer;   /* that other end */
	const struct world_link *bridge; /* in `at` */
	bool inferred;                   /* it is not on it, and should */
	bool foreign; /* the bridge has a port that leads out of the machine, or to whom nobody knows: others live on it */
	bool broken;
};

struct subject {
	const struct world_netns *ns;
	const struct world_container *container; /* or NULL */
	const char *target;
	struct end *ends;
	size_t n_ends;
	const struct world_route *out; /* its default route, of IPv4 before IPv6; NULL: none */
	bool broken;
	bool asked; /* its findings are wanted; it is looked at in any case, since others are its neighbours */
};

struct told {
	const char *code;
	const void *object;
};

struct check {
	const struct world *w;
	const struct world_target *target; /* as in findings() */
	struct arena *a;
	struct findings *out;
	const struct world_netns *host;
	struct subject *subjects;
	size_t n;
	/* what is told of already, once for all who have to do with it */
	struct told *told;
	size_t n_told;
};

/* ---- findings ---- */

/* Append one; its effect is that of the code (codes.c). The pointer is good until the next one. */
struct finding *check_add(struct check *c, const char *code, const char *target, const char *object);
/* The same about a link of a namespace. */
struct finding *check_add_link(struct check *c, const char *code, const struct subject *s,
			       const struct world_netns *ns, const struct world_link *link);
[[gnu::format(printf, 3, 4)]] void check_evidence(struct check *c, struct finding *f, const char *fmt, ...);
[[gnu::format(printf, 2, 3)]] void check_could_not(struct check *c, const char *fmt, ...);

/* "veth-host-down". The end is broken by it. */
void check_tell_host_down(struct check *c, const struct subject *s, struct end *end);

/* Whether that was told of an object, a link or whatever; it is from now on. */
bool check_told(struct check *c, const char *code, const void *object);

/* A walk, without its hops: these take much room, and a machine has many. */
void check_walk(struct check *c, const struct walk_packet *p, struct walk *w);

/* ---- questions ---- */

/* For repairs: the path of a namespace, "" of the host's. */
const char *check_path(const struct check *c, const struct world_netns *ns);

bool check_is_up(const struct world_link *link);
const char *check_ip(struct check *c, struct ip ip);  /* "10.10.0.1" */
const char *check_net(struct check *c, struct ip ip); /* "10.10.0.1/24" */
bool check_contains(struct ip net,
		    struct ip ip); /* the network of that address and length has the other in it */

/* The bridge's address in whose network ip is (NULL: any of that family); NULL: none. */
const struct world_addr *check_gateway(const struct check *c, const struct world_netns *ns,
				       const struct world_link *link, const struct ip *ip);

/* The other bridge that this port's cable leads to; NULL: it leads to none. */
const struct world_link *check_joined(const struct check *c, const struct world_netns *ns,
				      const struct world_link *port);

/* Has it a port that leads out of the machine, or to what this world doesn't show? Of an end's bridge: end->foreign. */
bool check_has_foreign_port(const struct check *c, const struct world_netns *ns,
			    const struct world_link *bridge);

/* The bridge of that namespace by which it once knew who has that link's MAC address; *ip: at which address. NULL: none,
 * or forgotten. */
const struct world_link *check_remembered(const struct world_netns *ns, const struct world_link *link,
					  struct ip *ip);

/* The end on the bridge of `of` with that address, its first one or another, but that end; NULL: none. */
const struct end *check_holder(const struct check *c, const struct end *of, struct ip ip);

/* An address of that family outside, which is nobody's. */
struct ip check_somewhere(int family);

/* The main table's route to that address; NULL: none. */
const struct world_route *check_route(const struct world_netns *ns, struct ip to);

/* A default route of that end by that gateway, to be added or deleted (plan/build/repair.h). */
struct step_fix_route check_default(struct check *c, const struct subject *s, const struct end *end,
				    struct ip gateway);
struct step_fix_route check_fix_route(struct check *c, const struct world_netns *ns,
				      const struct world_route *route);

/* The end that its default route leaves by; NULL: none. */
struct end *check_way_out(const struct subject *s);

/* The link that the namespace's default route leaves by; NULL: none. *route is that. */
const struct world_link *check_uplink(const struct world_netns *ns, int family,
				      const struct world_route **route);

/* Would what comes from that address, and leaves the namespace by its default route, get another one? */
bool check_is_masqueraded(struct check *c, const struct world_netns *ns, struct ip src);

/* The first packet of a connection, for filter_hook(): in and out are the caller's. */
struct packet check_packet(struct ip src, struct ip dst, uint8_t proto, uint16_t port,
			   struct packet_conn *conn);

/* Who has that address; NULL: nobody that we know. */
const struct subject *check_owner(const struct check *c, struct ip ip);

/* Is it of a network that docker keeps in (--internal), by a rule in a chain of its own? It has a default route all the
 * same. */
bool check_is_internal(struct check *c, const struct end *end);

/* Is there a sign that the network of that end is to have a way out: a neighbour has a default route by its bridge, or the
 * subnet is masqueraded. Else it may be an internal one. */
bool check_wants_out(struct check *c, const struct end *end);

/* ---- families, in the order in which a person would look ---- */

void findings_links(struct check *c);
void findings_bridge(struct check *c);
void findings_addresses(struct check *c);
void findings_routes(struct check *c);
void findings_forward(struct check *c);
void findings_nat(struct check *c);
void findings_names(struct check *c);
void findings_ports(struct check *c);
void findings_limits(struct check *c);
void findings_leftovers(struct check *c);
void findings_own(struct check *c);

/* ---- codes.c ---- */

struct code {
	const char *code, *effect, *mend; /* what a person notices; what mends it */
};
extern const struct code codes[]; /* ends with a row of NULLs */
const struct code *code_of(const char *code);
