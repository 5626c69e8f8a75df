/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/link.h"

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <string.h>

/* A link may take a tag of VLAN's more than its MTU (is_skb_forwardable()). */
enum { VLAN_TAG = 4 };

static const char *down_code(const struct world_netns *ns, const struct world_link *link)
{
	if (link->flags & IFF_LOOPBACK)
		return "loopback-down";
	if (str_eq(link->kind, "bridge"))
		return "bridge-down";
	return link->master || ns->is_host ? "veth-host-down" : "link-down";
}

bool link_works(const struct way *y, const struct world_netns *ns, const struct world_link *link,
		struct way_end *end, const char **text)
{
	const struct world_netns *peer_ns = NULL;
	const struct world_link *peer = str_eq(link->kind, "veth") ? world_peer(y->w, ns, link, &peer_ns) :
								     NULL;

	*end = (struct way_end){ .object = link->name };
	if (!(link->flags & IFF_UP)) {
		end->code = down_code(ns, link);
		*text = arena_printf(y->a, "%s is down", link->name);
		return false;
	}
	if (peer && !(peer->flags & IFF_UP)) {
		end->code = down_code(peer_ns, peer);
		end->object = peer->name;
		*text = arena_printf(y->a, "%s, the other end of %s's cable, is down", peer->name,
				     link->name);
		return false;
	}
	if (!peer && str_eq(link->kind, "veth") && !link->peer_unknown) {
		end->code = "veth-peer-missing";
		*text = arena_printf(y->a, "%s has no other end", link->name);
		return false;
	}
	return true;
}

/* ---- out ---- */

static void send_cable(struct way *y, const struct world_netns *ns, const struct world_link *link,
		       struct packet p)
{
	const struct world_netns *peer_ns = NULL;
	const struct world_link *peer = world_peer(y->w, ns, link, &peer_ns);

	if (!peer) {
		frame_arrives(y, &(struct way_arrival){ .ns = ns, .link = link, .p = p, .leaves = true });
		return;
	}
	if (p.length > peer->mtu + VLAN_TAG) {
		frame_drop(y, peer_ns, peer_ns, "link",
			   &(struct way_end){
				   .code = "mtu-mismatch",
				   .object = peer->name,
				   .setting = arena_printf(y->a, "mtu %lu", (unsigned long)peer->mtu) },
			   "%u bytes are more than %s takes", p.length, peer->name);
		return;
	}
	way_hop(y, ns, "link", link->name, NULL, "through the cable to %s in %s", peer->name,
		world_netns_title(y->w, peer_ns));
	/* skb_scrub_packet() */
	if (peer_ns != ns)
		p.mark = 0;
	p.is_local = false;
	p.known &= ~(unsigned)PACKET_OWNER;
	p.is_untracked = false;
	p.conn = NULL;
	link_receive(y, peer_ns, peer, p, false);
}

static const struct world_netns *peer_namespace(const struct way *y, const struct world_netns *ns,
						const struct world_link *link)
{
	const struct world_netns *peer_ns = NULL;

	return world_peer(y->w, ns, link, &peer_ns) ? peer_ns : NULL;
}

static void send_by_parent(struct way *y, const struct world_netns *ns, const struct world_link *link,
			   struct packet p)
{
	const struct world_netns *parent_ns = NULL;
	const struct world_link *parent = world_peer(y->w, ns, link, &parent_ns);

	if (!parent) {
		frame_unknown(y, ns, "link", link->name, "the link that %s is on could not be found",
			      link->name);
		return;
	}
	way_hop(y, ns, "link", link->name, NULL, "out by %s, which it is on", parent->name);
	link_send(y, parent_ns, parent, p);
}

/* Few machines have one, and every flooded frame asks. */
static void find_macvlans(struct way *y)
{
	for (size_t i = 0; i < y->w->n_netns; i++)
		for (size_t k = 0; k < y->w->netns[i].n_links; k++) {
			struct way_macvlan m = { .ns = &y->w->netns[i], .link = &y->w->netns[i].links[k] };

			if (!str_eq(m.link->kind, "macvlan"))
				continue;
			m.parent = world_peer(y->w, m.ns, m.link, &m.up_ns);
			if (m.parent)
				arena_push(y->a, y->macvlans, y->n_macvlans, m);
		}
	y->knows_macvlans = true;
}

bool link_any_macvlans(struct way *y)
{
	if (!y->knows_macvlans && !y->w->has_answers)
		find_macvlans(y);
	return y->n_macvlans;
}

/* All macvlans of a parent, wherever they are, that a frame from `from` reaches. */
static bool to_macvlans(struct way *y, const struct world_netns *parent_ns, const struct world_link *parent,
			const struct world_link *from, const struct packet *p)
{
	bool found = false;

	if (!link_any_macvlans(y))
		return false;
	for (size_t i = 0; i < y->n_macvlans; i++) {
		const struct way_macvlan *m = &y->macvlans[i];
		uint8_t mac[6];
		size_t mark = y->out->n_hops;

		if (m->link == from || m->parent != parent || m->up_ns != parent_ns ||
		    (from && !str_eq(m->link->mode, "bridge")))
			continue;
		mac_parse(m->link->mac, mac);
		if (!mac_is_many(p->dst_mac) && memcmp(mac, p->dst_mac, 6) != 0)
			continue;
		found = true;
		way_hop(y, parent_ns, "link", parent->name, NULL, "to %s in %s", m->link->name,
			world_netns_title(y->w, m->ns));
		link_receive(y, m->ns, m->link, *p, false);
		y->out->n_hops = mark;
	}
	return found;
}

static void send_macvlan(struct way *y, const struct world_netns *ns, const struct world_link *link,
			 struct packet p)
{
	const struct world_netns *parent_ns = NULL;
	const struct world_link *parent = world_peer(y->w, ns, link, &parent_ns);
	bool found = false;

	if (parent && str_eq(link->mode, "bridge"))
		found = to_macvlans(y, parent_ns, parent, link, &p);
	if (!found || mac_is_many(p.dst_mac))
		send_by_parent(y, ns, link, p);
}

static void send_kind(struct way *y, const struct world_netns *ns, const struct world_link *link,
		      struct packet p)
{
	if (str_eq(link->kind, "veth")) {
		send_cable(y, ns, link, p);
	} else if (str_eq(link->kind, "bridge")) {
		bridge_send(y, ns, link, p);
	} else if (str_eq(link->kind, "vlan")) {
		if (p.vlan) {
			frame_unknown(y, ns, "link", link->name, "a tag within a tag");
			return;
		}
		p.vlan = (uint16_t)link->vlan_id;
		send_by_parent(y, ns, link, p);
	} else if (str_eq(link->kind, "macvlan")) {
		send_macvlan(y, ns, link, p);
	} else if (link->flags & IFF_LOOPBACK) {
		link_receive(y, ns, link, p, false);
	} else if (str_eq(link->kind, "dummy")) {
		frame_drop(y, ns, NULL, "link",
			   &(struct way_end){ .code = "link-dummy", .object = link->name },
			   "%s drops whatever is sent by it", link->name);
	} else if (!link->kind) {
		frame_arrives(y, &(struct way_arrival){ .ns = ns, .link = link, .p = p, .leaves = true });
	} else {
		frame_unknown(y, ns, "link", link->name, "what a link of the kind %s does is not known",
			      link->kind);
	}
}

static bool too_many(struct way *y, const struct world_netns *ns, const struct world_link *link)
{
	if (y->depth < WAY_DEPTH && ++y->frames < WAY_FRAMES)
		return false;
	frame_unknown(y, ns, "link", link->name, "frames go round: a loop of bridges");
	return true;
}

void link_send(struct way *y, const struct world_netns *ns, const struct world_link *link, struct packet p)
{
	size_t mark = y->out->n_hops;
	struct way_end end;
	const char *text;

	if (too_many(y, ns, link))
		return;
	y->depth++;
	p.in = NULL;
	p.out = link;
	if (!link_works(y, ns, link, &end, &text))
		frame_drop(y, ns, peer_namespace(y, ns, link), "link", &end, "%s", text);
	else if (frame_filter(y, ns, NULL, NFPROTO_NETDEV, NF_NETDEV_EGRESS, &p))
		send_kind(y, ns, link, p);
	y->out->n_hops = mark;
	y->depth--;
}

/* ---- in ---- */

static const struct world_link *vlan_on(const struct way *y, const struct world_netns *ns,
					const struct world_link *link, uint16_t id,
					const struct world_netns **at)
{
	for (size_t i = 0; i < y->w->n_netns; i++)
		for (size_t k = 0; k < y->w->netns[i].n_links; k++) {
			const struct world_link *l = &y->w->netns[i].links[k];
			const struct world_netns *up_ns = NULL;

			if (!str_eq(l->kind, "vlan") || l->vlan_id != id)
				continue;
			if (world_peer(y->w, &y->w->netns[i], l, &up_ns) == link && up_ns == ns) {
				*at = &y->w->netns[i];
				return l;
			}
		}
	return NULL;
}

static void arrive(struct way *y, const struct world_netns *ns, const struct world_link *link,
		   struct packet p, bool was_bridged)
{
	uint8_t mac[6];

	if (p.vlan) {
		frame_drop(y, ns, ns, "link",
			   &(struct way_end){ .code = "bridge-port-blocked",
					      .object = link->name,
					      .setting = arena_printf(y->a, "vlan %u", p.vlan) },
			   "it comes in by %s with the tag of VLAN %u, which nothing here takes", link->name,
			   p.vlan);
		return;
	}
	mac_parse(link->mac, mac);
	if (!mac_is_many(p.dst_mac) && memcmp(mac, p.dst_mac, 6) != 0 && !(link->flags & IFF_LOOPBACK)) {
		frame_drop(y, ns, NULL, "link",
			   &(struct way_end){ .code = "neighbour-stale", .object = link->name },
			   "%s is not for %s, which has the MAC address %s", way_mac(y, p.dst_mac),
			   link->name, way_mac(y, mac));
		return;
	}
	p.type = mac_is_many(p.dst_mac) ? PACKET_BROADCAST : PACKET_HOST;
	frame_arrives(y, &(struct way_arrival){ .ns = ns, .link = link, .p = p, .was_bridged = was_bridged });
}

static void dispatch(struct way *y, const struct world_netns *ns, const struct world_link *link,
		     struct packet p, bool was_bridged)
{
	const struct world_netns *vlan_ns = NULL;
	const struct world_link *vlan = p.vlan ? vlan_on(y, ns, link, p.vlan, &vlan_ns) : NULL, *bridge;

	if (vlan) {
		p.vlan = 0;
		way_hop(y, ns, "link", link->name, NULL, "the tag of VLAN %lu leads to %s",
			(unsigned long)vlan->vlan_id, vlan->name);
		link_receive(y, vlan_ns, vlan, p, was_bridged);
		return;
	}
	bridge = link->master ? world_link_at(ns, link->master) : NULL;
	if (bridge && str_eq(bridge->kind, "bridge")) {
		bridge_receive(y, ns, bridge, link, p);
		return;
	}
	if (bridge) {
		frame_unknown(y, ns, "link", bridge->name, "what a link of the kind %s does is not known",
			      bridge->kind ? bridge->kind : "?");
		return;
	}
	if (to_macvlans(y, ns, link, NULL, &p) && !mac_is_many(p.dst_mac))
		return;
	arrive(y, ns, link, p, was_bridged);
}

void link_receive(struct way *y, const struct world_netns *ns, const struct world_link *link, struct packet p,
		  bool was_bridged)
{
	size_t mark = y->out->n_hops;

	if (too_many(y, ns, link))
		return;
	y->depth++;
	p.in = link;
	p.out = NULL;
	if (!(link->flags & IFF_UP))
		frame_drop(y, ns, ns, "link",
			   &(struct way_end){ .code = down_code(ns, link), .object = link->name },
			   "%s is down", link->name);
	else if (frame_filter(y, ns, ns, NFPROTO_NETDEV, NF_NETDEV_INGRESS, &p))
		dispatch(y, ns, link, p, was_bridged);
	y->out->n_hops = mark;
	y->depth--;
}
