/* SPDX-License-Identifier: GPL-2.0-or-later */

/* net/bridge/br_input.c, br_forward.c, br_vlan.c and br_device.c, in their order. */
#include "observe/walk/link.h"

#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <string.h>

#include "observe/walk/neigh.h"

struct bridging {
	const struct world_netns *ns;
	const struct world_link *bridge;
	const struct world_link *port; /* that it came by; NULL: the bridge itself sends */
	uint16_t vid;
	bool was_bridged; /* the hooks of IP have seen it */
};

/* ---- VLANs ---- */

static const struct world_vlan *vlan_of(const struct world_link *link, uint16_t vid)
{
	for (size_t i = 0; i < link->n_vlans; i++)
		if (vid >= link->vlans[i].first && vid <= link->vlans[i].last)
			return &link->vlans[i];
	return NULL;
}

static uint16_t pvid_of(const struct world_link *link)
{
	for (size_t i = 0; i < link->n_vlans; i++)
		if (link->vlans[i].pvid)
			return (uint16_t)link->vlans[i].first;
	return 0;
}

/* br_allowed_ingress(): the VLAN of a frame that comes by `link`. */
static bool vlan_in(const struct world_link *bridge, const struct world_link *link, struct packet *p,
		    uint16_t *vid)
{
	*vid = 0;
	if (!bridge->vlan_filtering)
		return true;
	*vid = p->vlan ? p->vlan : pvid_of(link);
	p->vlan = *vid;
	return *vid && vlan_of(link, *vid);
}

/* br_allowed_egress(), br_handle_vlan(): its tag as it goes out. */
static bool vlan_out(const struct world_link *bridge, const struct world_link *link, struct packet *p,
		     uint16_t vid)
{
	const struct world_vlan *vlan;

	if (!bridge->vlan_filtering)
		return true;
	vlan = vlan_of(link, vid);
	if (!vlan)
		return false;
	if (vlan->untagged)
		p->vlan = 0;
	return true;
}

/* ---- the forwarding table ---- */

static void learn(struct way *y, const struct bridging *b, const uint8_t mac[6])
{
	struct way_learned entry = { .bridge = b->bridge, .port = b->port, .vlan = b->vid };

	memcpy(entry.mac, mac, 6);
	for (size_t i = 0; i < y->n_learned; i++)
		if (y->learned[i].bridge == b->bridge && y->learned[i].vlan == b->vid &&
		    memcmp(y->learned[i].mac, mac, 6) == 0) {
			y->learned[i].port = b->port;
			return;
		}
	arena_push(y->a, y->learned, y->n_learned, entry);
}

static const struct world_neigh *entry_of(const struct bridging *b, const uint8_t mac[6])
{
	for (size_t i = 0; i < b->ns->n_neighs; i++) {
		const struct world_neigh *n = &b->ns->neighs[i];
		uint8_t own[6];

		if (ip_is(n->ip) || (n->master != b->bridge->index && n->link != b->bridge->index) ||
		    (n->vlan != b->vid && n->vlan))
			continue;
		if (b->vid && n->vlan != b->vid)
			continue;
		if (mac_parse(n->mac, own) && memcmp(own, mac, 6) == 0)
			return n;
	}
	return NULL;
}

static bool mac_is(const struct world_link *link, const uint8_t mac[6])
{
	uint8_t own[6];

	return mac_parse(link->mac, own) && memcmp(own, mac, 6) == 0;
}

enum fdb { FDB_NONE, FDB_LOCAL, FDB_PORT };

/* br_fdb_find_rcu(): what was learned on this walk is newer than what the world has, unless that is static. */
static enum fdb fdb_find(const struct way *y, const struct bridging *b, const uint8_t mac[6],
			 const struct world_link **port)
{
	const struct world_neigh *entry = entry_of(b, mac);

	*port = NULL;
	if (mac_is(b->bridge, mac) || (entry && entry->state & NUD_PERMANENT))
		return FDB_LOCAL;
	for (size_t i = 0; i < y->n_learned && !(entry && entry->state & NUD_NOARP); i++)
		if (y->learned[i].bridge == b->bridge && y->learned[i].vlan == b->vid &&
		    memcmp(y->learned[i].mac, mac, 6) == 0) {
			*port = y->learned[i].port;
			return FDB_PORT;
		}
	if (!entry)
		return FDB_NONE;
	*port = world_link_at(b->ns, entry->link);
	return *port && (*port)->is_port ? FDB_PORT : FDB_NONE;
}

/* ---- out by a port ---- */

static const struct world_netns *behind(const struct way *y, const struct bridging *b,
					const struct world_link *port)
{
	const struct world_netns *ns = NULL;

	return world_peer(y->w, b->ns, port, &ns) ? ns : NULL;
}

static void refuse(struct way *y, const struct bridging *b, const struct world_link *port,
		   const struct world_netns *beyond, const char *setting, const char *text)
{
	frame_drop(
		y, b->ns, beyond, "bridge",
		&(struct way_end){ .code = "bridge-port-blocked", .object = port->name, .setting = setting },
		"%s of %s %s", port->name, b->bridge->name, text);
}

/* A port that isn't up is in the state "disabled", too: say what is behind it. */
static bool port_works(struct way *y, const struct bridging *b, const struct world_link *port)
{
	struct way_end end;
	const char *text;

	if (!link_works(y, b->ns, port, &end, &text)) {
		frame_drop(y, b->ns, behind(y, b, port), "link", &end, "%s", text);
		return false;
	}
	if (!(b->bridge->flags & IFF_UP)) {
		frame_drop(y, b->ns, b->ns, "bridge",
			   &(struct way_end){ .code = "bridge-down", .object = b->bridge->name },
			   "%s is down", b->bridge->name);
		return false;
	}
	return true;
}

/* should_deliver() */
static bool may_leave(struct way *y, const struct bridging *b, const struct world_link *port,
		      struct packet *p)
{
	const struct world_netns *beyond = behind(y, b, port);

	if (port == b->port && !port->port.hairpin)
		return false;
	if (!port_works(y, b, port))
		return false;
	if (port->port.state != BR_STATE_FORWARDING) {
		refuse(y, b, port, beyond, arena_printf(y->a, "state %u", port->port.state),
		       "does not forward");
		return false;
	}
	if (!vlan_out(b->bridge, port, p, b->vid)) {
		refuse(y, b, port, beyond, arena_printf(y->a, "vlan %u", b->vid), "is not in that VLAN");
		return false;
	}
	if (b->port && b->port->port.isolated && port->port.isolated) {
		refuse(y, b, port, beyond, "isolated on", "is isolated, as is the port that it came by");
		return false;
	}
	return true;
}

static bool hooks_out(struct way *y, const struct bridging *b, const struct world_link *port,
		      struct packet *p)
{
	const struct world_netns *beyond = behind(y, b, port);

	p->in = b->port;
	p->out = port;
	if (!b->port)
		return frame_filter(y, b->ns, beyond, NFPROTO_BRIDGE, NF_BR_LOCAL_OUT, p) &&
		       frame_filter(y, b->ns, beyond, NFPROTO_BRIDGE, NF_BR_POST_ROUTING, p);
	if (!frame_filter(y, b->ns, beyond, NFPROTO_BRIDGE, NF_BR_FORWARD, p) ||
	    !bridge_ip_hook(y, b->ns, beyond, b->bridge, NF_INET_FORWARD, p, b->port, port))
		return false;
	p->in = NULL;
	p->out = port;
	return frame_filter(y, b->ns, beyond, NFPROTO_BRIDGE, NF_BR_POST_ROUTING, p) &&
	       bridge_ip_hook(y, b->ns, beyond, b->bridge, NF_INET_POST_ROUTING, p, b->port, port);
}

static void to_port(struct way *y, const struct bridging *b, const struct world_link *port, struct packet p)
{
	size_t mark = y->out->n_hops;

	if (!may_leave(y, b, port, &p))
		return;
	if (hooks_out(y, b, port, &p)) {
		if (p.length > port->mtu + 4) {
			frame_drop(y, b->ns, behind(y, b, port), "bridge",
				   &(struct way_end){ .code = "mtu-mismatch",
						      .object = port->name,
						      .setting = arena_printf(y->a, "mtu %lu",
									      (unsigned long)port->mtu) },
				   "%u bytes are more than %s takes", p.length, port->name);
		} else {
			way_hop(y, b->ns, "bridge", b->bridge->name, NULL, "out by its port %s", port->name);
			link_send(y, b->ns, port, p);
		}
	}
	y->out->n_hops = mark;
}

/* Is the port a cable into a namespace where nobody could answer what is asked? */
static bool is_spared(struct way *y, const struct bridging *b, const struct world_link *port,
		      const struct packet *p)
{
	const struct world_netns *ns = NULL;
	const struct world_link *peer;

	if (!y->asked || p->vlan || b->bridge->vlan_filtering || !str_eq(port->kind, "veth"))
		return false;
	if (port->peer && port->peer_netns && !port->peer_unknown &&
	    !world_may_answer(y->w, port->peer_netns, *y->asked))
		return y->spared = true;
	peer = world_peer(y->w, b->ns, port, &ns);
	if (!peer || peer->master || link_any_macvlans(y) || !neigh_is_deaf(ns, peer, *y->asked))
		return false;
	y->spared = true;
	return true;
}

static void flood(struct way *y, const struct bridging *b, const struct packet *p)
{
	bool is_many = mac_is_many(p->dst_mac);

	for (size_t i = 0; i < b->ns->n_links; i++) {
		const struct world_link *port = &b->ns->links[i];

		if (!port->is_port || port->master != b->bridge->index || is_spared(y, b, port, p))
			continue;
		if (!is_many && !port->port.flood && port != b->port)
			refuse(y, b, port, behind(y, b, port), "flood off",
			       "gets nothing for unknown MAC addresses");
		else
			to_port(y, b, port, *p);
	}
}

/* ---- in ---- */

/* br_pass_frame_up() */
static void to_host(struct way *y, const struct bridging *b, struct packet p)
{
	size_t mark = y->out->n_hops;

	if (!vlan_out(b->bridge, b->bridge, &p, b->vid)) {
		refuse(y, b, b->bridge, b->ns, arena_printf(y->a, "vlan %u", b->vid),
		       "is not in that VLAN itself");
		return;
	}
	p.in = b->port;
	p.out = NULL;
	if (frame_filter(y, b->ns, b->ns, NFPROTO_BRIDGE, NF_BR_LOCAL_IN, &p)) {
		way_hop(y, b->ns, "bridge", b->bridge->name, NULL, "to %s itself", b->bridge->name);
		link_receive(y, b->ns, b->bridge, p, b->was_bridged);
	}
	y->out->n_hops = mark;
}

static bool may_enter(struct way *y, const struct bridging *b, struct packet *p, uint16_t *vid)
{
	const struct world_netns *from = b->ns;

	if (!port_works(y, b, b->port))
		return false;
	if (b->port->port.state != BR_STATE_FORWARDING && b->port->port.state != BR_STATE_LEARNING) {
		refuse(y, b, b->port, from, arena_printf(y->a, "state %u", b->port->port.state),
		       "does not forward");
		return false;
	}
	if (!frame_filter(y, b->ns, from, NFPROTO_BRIDGE, NF_BR_PRE_ROUTING, p) ||
	    !bridge_ip_hook(y, b->ns, from, b->bridge, NF_INET_PRE_ROUTING, p, b->port, NULL))
		return false;
	if (!vlan_in(b->bridge, b->port, p, vid)) {
		refuse(y, b, b->port, from, arena_printf(y->a, "vlan %u", *vid),
		       "takes no frame of that VLAN");
		return false;
	}
	return true;
}

static bool locked_out(const struct way *y, const struct bridging *b, const uint8_t mac[6])
{
	const struct world_link *port;

	return b->port->port.locked && (fdb_find(y, b, mac, &port) != FDB_PORT || port != b->port);
}

void bridge_receive(struct way *y, const struct world_netns *ns, const struct world_link *bridge,
		    const struct world_link *port, struct packet p)
{
	struct bridging b = { .ns = ns, .bridge = bridge, .port = port };
	const struct world_link *out;
	size_t mark = y->out->n_hops;
	enum fdb found;

	p.out = NULL;
	b.was_bridged = bridge_calls_ip(ns, bridge, &p);
	if (!may_enter(y, &b, &p, &b.vid))
		return;
	if (locked_out(y, &b, p.src_mac)) {
		refuse(y, &b, port, ns, "locked on", "is locked for MAC addresses that are not in its table");
		return;
	}
	if (port->port.learning)
		learn(y, &b, p.src_mac);
	if (port->port.state == BR_STATE_LEARNING) {
		refuse(y, &b, port, ns, "state 2", "learns, and does not forward yet");
		return;
	}
	way_hop(y, ns, "bridge", bridge->name, NULL, "in by its port %s", port->name);
	found = mac_is_many(p.dst_mac) ? FDB_NONE : fdb_find(y, &b, p.dst_mac, &out);
	if (found == FDB_LOCAL)
		to_host(y, &b, p);
	else if (found == FDB_PORT)
		to_port(y, &b, out, p);
	else
		flood(y, &b, &p);
	if (mac_is_many(p.dst_mac))
		to_host(y, &b, p);
	y->out->n_hops = mark;
}

void bridge_send(struct way *y, const struct world_netns *ns, const struct world_link *bridge,
		 struct packet p)
{
	struct bridging b = { .ns = ns, .bridge = bridge };
	const struct world_link *out;

	if (!vlan_in(bridge, bridge, &p, &b.vid)) {
		refuse(y, &b, bridge, NULL, arena_printf(y->a, "vlan %u", b.vid),
		       "is not in that VLAN itself");
		return;
	}
	if (!mac_is_many(p.dst_mac) && fdb_find(y, &b, p.dst_mac, &out) == FDB_PORT)
		to_port(y, &b, out, p);
	else
		flood(y, &b, &p);
}
