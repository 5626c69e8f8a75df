/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matches of xtables that ask for more than the packet's bytes: its links, addresses' types, routes, sets, its owner. */
#include <netinet/in.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_cgroup.h>
#include <linux/netfilter/xt_iprange.h>
#include <linux/netfilter/xt_mac.h>
#include <linux/netfilter/xt_owner.h>
#include <linux/netfilter/xt_physdev.h>
#include <linux/netfilter/xt_pkttype.h>
#include <linux/netfilter/xt_rpfilter.h>
#include <linux/netfilter/xt_set.h>
#include <linux/rtnetlink.h>

#include "observe/walk/xt.h"

/* Of IPv6 a type is one of the address itself, but for these three (match_type6()). */
static bool type6_is_plain(struct ip ip, unsigned mask, bool *is)
{
	bool is_many = ip.bytes[0] == 0xff;

	*is = !((mask & XT_ADDRTYPE_MULTICAST) && !is_many) && !((mask & XT_ADDRTYPE_UNICAST) && is_many);
	return !*is || !(mask & (XT_ADDRTYPE_LOCAL | XT_ADDRTYPE_ANYCAST | XT_ADDRTYPE_UNREACHABLE));
}

static enum truth type_in(struct eval *ev, struct ip ip, int64_t link, unsigned mask, bool invert)
{
	int type;
	bool is;

	if (ip.family == AF_INET6 && type6_is_plain(ip, mask, &is))
		return truth_of(is != invert);
	type = packet_addr_type(ev, ip, link);
	if (type < 0 || type > RTN_XRESOLVE)
		return eval_maybe(ev, "it asks for the type of an address");
	return truth_of(!!(mask & 1u << type) != invert);
}

enum truth xt_addrtype(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_addrtype_info_v1 i = { 0 };
	struct xt_addrtype_info old;
	const struct world_link *link = NULL;
	enum truth t = YES;

	if (x->revision == 0) {
		if (!info_take(x, &old, sizeof(old)))
			return xt_strange(ev);
		i.source = old.source;
		i.dest = old.dest;
		i.flags = (old.invert_source ? XT_ADDRTYPE_INVERT_SOURCE : 0) |
			  (old.invert_dest ? XT_ADDRTYPE_INVERT_DEST : 0);
	} else if (!info_take(x, &i, sizeof(i))) {
		return xt_strange(ev);
	}
	if (i.flags & (XT_ADDRTYPE_LIMIT_IFACE_IN | XT_ADDRTYPE_LIMIT_IFACE_OUT))
		link = i.flags & XT_ADDRTYPE_LIMIT_IFACE_IN ? ev->p->in : ev->p->out;
	if (i.source)
		t = type_in(ev, ev->p->src, link ? link->index : 0, i.source,
			    i.flags & XT_ADDRTYPE_INVERT_SOURCE);
	if (t != NO && i.dest)
		t = truth_and(t, type_in(ev, ev->p->dst, link ? link->index : 0, i.dest,
					 i.flags & XT_ADDRTYPE_INVERT_DEST));
	return t;
}

static bool in_range(struct ip ip, const void *from, const void *to)
{
	size_t n = ip_size(ip);

	return memcmp(ip.bytes, from, n) >= 0 && memcmp(ip.bytes, to, n) <= 0;
}

enum truth xt_iprange(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_iprange_mtinfo i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if ((i.flags & IPRANGE_SRC) &&
	    in_range(ev->p->src, &i.src_min, &i.src_max) == !!(i.flags & IPRANGE_SRC_INV))
		return NO;
	if ((i.flags & IPRANGE_DST) &&
	    in_range(ev->p->dst, &i.dst_min, &i.dst_max) == !!(i.flags & IPRANGE_DST_INV))
		return NO;
	return YES;
}

static bool link_named(const struct world_link *link, const char *name, const char *mask)
{
	char have[IFNAMSIZ] = "";

	strncpy(have, link->name ? link->name : "", sizeof(have) - 1);
	for (size_t i = 0; i < IFNAMSIZ; i++) {
		if ((have[i] ^ name[i]) & mask[i])
			return false;
	}
	return true;
}

/* physdev_mt(): of a packet that no bridge handed to IP only what is inverted holds. */
enum truth xt_physdev(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_physdev_info i;
	const struct world_link *in = ev->p->phys_in, *out = ev->p->phys_out;
	bool bridged = ev->p->is_bridged && out;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!in && !out)
		return truth_of(!(i.bitmask & ~i.invert));
	if (((i.bitmask & XT_PHYSDEV_OP_BRIDGED) && bridged == !!(i.invert & XT_PHYSDEV_OP_BRIDGED)) ||
	    ((i.bitmask & XT_PHYSDEV_OP_ISIN) && !in == !(i.invert & XT_PHYSDEV_OP_ISIN)) ||
	    ((i.bitmask & XT_PHYSDEV_OP_ISOUT) && !out == !(i.invert & XT_PHYSDEV_OP_ISOUT)))
		return NO;
	if ((i.bitmask & XT_PHYSDEV_OP_IN) && in &&
	    link_named(in, i.physindev, i.in_mask) == !!(i.invert & XT_PHYSDEV_OP_IN))
		return NO;
	if (!(i.bitmask & XT_PHYSDEV_OP_OUT))
		return YES;
	return truth_of(out && link_named(out, i.physoutdev, i.out_mask) != !!(i.invert & XT_PHYSDEV_OP_OUT));
}

enum truth xt_mac(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_mac_info i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!ev->p->in)
		return NO;
	if (!(ev->p->known & PACKET_MACS))
		return eval_maybe(ev, "it asks for a MAC address");
	return truth_of((memcmp(i.srcaddr, ev->p->src_mac, sizeof(i.srcaddr)) == 0) != !!i.invert);
}

enum truth xt_owner(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_owner_match_info i;
	const struct packet *p = ev->p;
	enum truth t = YES;

	if (x->revision != 1 || !info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!p->is_local)
		return truth_of(i.match == i.invert);
	if (!(p->known & PACKET_OWNER) || (i.match & XT_OWNER_SUPPL_GROUPS))
		return eval_maybe(ev, "it asks for the owner of the socket");
	if (i.match & XT_OWNER_SOCKET)
		t = truth_of(!(i.invert & XT_OWNER_SOCKET));
	if ((i.match & XT_OWNER_UID) &&
	    (p->uid >= i.uid_min && p->uid <= i.uid_max) == !!(i.invert & XT_OWNER_UID))
		return NO;
	if ((i.match & XT_OWNER_GID) &&
	    (p->gid >= i.gid_min && p->gid <= i.gid_max) == !!(i.invert & XT_OWNER_GID))
		return NO;
	return t;
}

enum truth xt_cgroup(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_cgroup_info_v0 v0;
	struct xt_cgroup_info_v2 v2; /* begins as v1 does */
	enum truth t = packet_classid(ev);
	bool by_path = false, is;

	if (t == NO)
		return NO;
	if (x->revision == 0 ? !info_take(x, &v0, sizeof(v0)) : !info_take(x, &v2, 4))
		return xt_strange(ev);
	if (x->revision == 0) {
		is = (v0.id == 0) != !!v0.invert;
	} else {
		by_path = v2.has_path || x->revision != 2 || !info_take(x, &v2, sizeof(v2));
		is = !by_path && (v2.classid == 0) != v2.invert_classid;
	}
	return t == MAYBE || by_path ? eval_maybe(ev, "it asks for the cgroup of the socket") : truth_of(is);
}

enum truth xt_pkttype(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_pkttype_info i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (packet_type(ev) < 0)
		return eval_maybe(ev, "it asks for the packet's type");
	return truth_of((packet_type(ev) == i.pkttype) != !!i.invert);
}

enum truth xt_rpfilter(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_rpfilter_info i;
	const struct packet *p = ev->p;
	unsigned type;
	int64_t link;
	bool is;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	bool invert = i.flags & XT_RPFILTER_INVERT;

	if (p->in && (p->in->flags & IFF_LOOPBACK))
		return truth_of(!invert);
	if ((i.flags & XT_RPFILTER_VALID_MARK) && !(p->known & PACKET_MARK))
		return eval_maybe(ev, "it asks for the packet's mark");
	link = packet_reverse(ev, i.flags & XT_RPFILTER_VALID_MARK, &type);
	if (link < 0)
		return eval_maybe(ev, "it asks for a route that is not known");
	is = link > 0 &&
	     (type == RTN_UNICAST || (type == RTN_LOCAL && (i.flags & XT_RPFILTER_ACCEPT_LOCAL))) &&
	     ((i.flags & XT_RPFILTER_LOOSE) || (p->in && p->in->index == link));
	return truth_of(is != invert);
}

enum truth xt_set(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_set_info i;
	enum { INVERT = 1 };

	if (x->revision == 0 || !info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	for (size_t n = 0; n < ev->ns->n_ipsets; n++) {
		if (ev->ns->ipsets[n].index == i.index)
			return truth_not(ipset_match(ev, &ev->ns->ipsets[n], i.dim, i.flags),
					 i.flags & INVERT);
	}
	return eval_maybe(ev, "it looks into a set that could not be read");
}
