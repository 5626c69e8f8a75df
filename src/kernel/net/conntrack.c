/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

#include "base/arena.h"

/* How many go at once, and the longest way and id that one is known by. */
enum { AT_ONCE = 32, WAY_BYTES = 128 };

struct doomed {
	uint8_t way[WAY_BYTES]; /* CTA_TUPLE_ORIG, as the kernel told it */
	uint16_t way_len;
	uint32_t id;
	uint16_t zone; /* in network order, as the id */
	bool zoned;
};

struct sweep {
	int family;
	conntrack_fn *fn;
	void *arg;
	struct arena arena;
	struct doomed *list;
	size_t n;
};

static uint16_t type_of(uint16_t type)
{
	return NFNL_SUBSYS_CTNETLINK << 8 | type;
}

static void read_addresses(const struct nlattr *nest, struct conntrack_way *w)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		const void *data = mnl_attr_get_payload(attr);
		size_t n = mnl_attr_get_payload_len(attr);

		switch (mnl_attr_get_type(attr)) {
		case CTA_IP_V4_SRC:
			w->src = ip_of(AF_INET, data, n);
			break;
		case CTA_IP_V4_DST:
			w->dst = ip_of(AF_INET, data, n);
			break;
		case CTA_IP_V6_SRC:
			w->src = ip_of(AF_INET6, data, n);
			break;
		case CTA_IP_V6_DST:
			w->dst = ip_of(AF_INET6, data, n);
			break;
		}
	}
}

static void read_ports(const struct nlattr *nest, struct conntrack_way *w, uint8_t *proto)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == CTA_PROTO_NUM)
			*proto = mnl_attr_get_u8(attr);
		if (mnl_attr_get_type(attr) == CTA_PROTO_SRC_PORT)
			w->sport = ntohs(mnl_attr_get_u16(attr));
		if (mnl_attr_get_type(attr) == CTA_PROTO_DST_PORT)
			w->dport = ntohs(mnl_attr_get_u16(attr));
	}
}

static void read_way(const struct nlattr *nest, struct conntrack_way *w, uint8_t *proto)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == CTA_TUPLE_IP)
			read_addresses(attr, w);
		if (mnl_attr_get_type(attr) == CTA_TUPLE_PROTO)
			read_ports(attr, w, proto);
	}
}

/* One whose way is longer than any that there is, or is not told, can't be named, and stays. */
static void keep_name(const struct nlattr *attr, struct doomed *d)
{
	switch (mnl_attr_get_type(attr)) {
	case CTA_TUPLE_ORIG:
		d->way_len = mnl_attr_get_payload_len(attr);
		if (d->way_len > WAY_BYTES)
			d->way_len = 0;
		memcpy(d->way, mnl_attr_get_payload(attr), d->way_len);
		break;
	case CTA_ID:
		d->id = mnl_attr_get_u32(attr);
		break;
	case CTA_ZONE:
		d->zone = mnl_attr_get_u16(attr);
		d->zoned = true;
		break;
	}
}

static void take(const struct nlmsghdr *msg, void *arg)
{
	struct sweep *s = arg;
	struct conntrack ct = { 0 };
	struct doomed d = { 0 };
	const struct nlattr *attr;

	if (!msg) {
		s->n = 0;
		return;
	}
	if (msg->nlmsg_type != type_of(IPCTNL_MSG_CT_NEW))
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == CTA_TUPLE_ORIG)
			read_way(attr, &ct.orig, &ct.proto);
		if (mnl_attr_get_type(attr) == CTA_TUPLE_REPLY)
			read_way(attr, &ct.reply, &ct.proto);
		keep_name(attr, &d);
	}
	if (d.way_len && s->fn(&ct, s->arg))
		arena_push(&s->arena, s->list, s->n, d);
}

static int list(struct netlink *nl, struct sweep *s, struct err *e)
{
	struct netlink_batch b;
	struct nfgenmsg *nfg;

	netlink_start(&b);
	nfg = netlink_add_dump(&b, type_of(IPCTNL_MSG_CT_GET), sizeof(*nfg));
	nfg->nfgen_family = (uint8_t)s->family;
	netlink_label(&b, "conntrack", "list the connections that are remembered", "");
	return netlink_run(nl, &b, take, s, e);
}

/* One that has ended meanwhile is fine. */
static int delete_some(struct netlink *nl, const struct sweep *s, size_t from, struct err *e)
{
	struct netlink_batch b;

	netlink_start(&b);
	for (size_t i = from; i < s->n && i < from + AT_ONCE; i++) {
		const struct doomed *d = &s->list[i];
		struct nfgenmsg *nfg = netlink_add(&b, type_of(IPCTNL_MSG_CT_DELETE), 0, sizeof(*nfg));

		nfg->nfgen_family = (uint8_t)s->family;
		netlink_put(&b, CTA_TUPLE_ORIG | NLA_F_NESTED, d->way, d->way_len);
		netlink_put(&b, CTA_ID, &d->id, sizeof(d->id));
		if (d->zoned)
			netlink_put(&b, CTA_ZONE, &d->zone, sizeof(d->zone));
		netlink_label(&b, "conntrack", "forget a connection", "");
		netlink_ignore(&b, ENOENT);
	}
	return netlink_run(nl, &b, NULL, NULL, e);
}

int conntrack_delete(struct netlink *nl, int family, conntrack_fn *fn, void *arg, struct err *e)
{
	struct sweep s = { .family = family, .fn = fn, .arg = arg };
	int r = list(nl, &s, e);

	if (r == -EOPNOTSUPP || r == -EINVAL || r == -EPROTONOSUPPORT) {
		*e = (struct err){ 0 };
		r = 0;
	}
	for (size_t i = 0; r == 0 && i < s.n; i += AT_ONCE)
		r = delete_some(nl, &s, i, e);
	arena_free(&s.arena);
	return r;
}
