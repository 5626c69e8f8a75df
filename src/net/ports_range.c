/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Published ports, each an element of a map: see net/ports.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/str.h"
#include "net/ports.h"
#include "kernel/net/port.h"

/* How many elements one transaction changes: netlink's batch has room for those. */
enum { AT_ONCE = 32 };

/* Each part of a key, and of what it leads to, begins at a multiple of four bytes. */
static void put_port(uint8_t *p, unsigned port)
{
	uint16_t number = htons((uint16_t)port);

	memcpy(p, &number, sizeof(number));
}

/* The nth of the range. */
static struct nft_element element_of(const struct ports_range *range, unsigned nth)
{
	bool ipv6 = range->family == AF_INET6, at = ip_is(range->at);
	enum ports_set set = ipv6 ? (at ? PORTS_AT6 : PORTS_ANY6) : (at ? PORTS_AT : PORTS_ANY);
	struct nft_element el = { .set = &ports_part.sets[set], .comment = range->mark };
	uint8_t *p = el.key;

	memcpy(p, range->at.bytes, ip_size(range->at));
	p += ip_size(range->at);
	p[0] = range->proto;
	put_port(p + 4, range->first + nth);
	memcpy(el.data, range->to.bytes, ip_size(range->to));
	put_port(el.data + ip_size(range->to), range->target + nth);
	return el;
}

/* ---- asking for one ---- */

struct found {
	const struct nft_element *el;
	bool there, same; /* the same: of that mark, and leads there */
	char owner[NFT_COMMENT];
};

static void take_seen(const struct nft_seen *seen, void *arg)
{
	struct found *f = arg;

	if (seen->len != f->el->set->len || memcmp(seen->key, f->el->key, seen->len) != 0)
		return;
	f->there = true;
	memcpy(f->owner, seen->comment, sizeof(f->owner));
	f->same = str_eq(seen->comment, f->el->comment) && seen->data_len == f->el->set->data_len &&
		  memcmp(seen->data, f->el->data, seen->data_len) == 0;
}

static void take_answer(const struct nlmsghdr *msg, void *arg)
{
	if (msg && nft_kind(msg) == NFT_MSG_NEWSETELEM)
		nft_read_elements(msg, take_seen, arg);
}

static int find(struct netlink *nl, const struct nft_element *el, struct found *f, struct err *e)
{
	struct netlink_batch b;

	*f = (struct found){ .el = el };
	netlink_start(&b);
	nft_ask_element(&b, RULES_TABLE, el);
	return nft_ask(nl, &b, take_answer, f, e);
}

static int taken(const struct ports_range *range, unsigned nth, const char *owner, struct err *e)
{
	err_set(e, "port-taken", EADDRINUSE, "publish port %u/%s", range->first + nth,
		port_proto(range->proto));
	return err_cause(e, "it is published already, by %s", *owner ? owner : "somebody else's element");
}

int ports_owner(struct netlink *nl, const struct ports_range *range, char owner[static NFT_COMMENT],
		unsigned *port, struct err *e)
{
	int r = 0;

	*owner = '\0';
	for (unsigned i = 0; r == 0 && i < range->count; i++) {
		struct nft_element el = element_of(range, i);
		struct found f;

		if ((r = find(nl, &el, &f, e)) < 0 || !f.there)
			continue;
		memcpy(owner, f.owner, NFT_COMMENT);
		*port = range->first + i;
		return 0;
	}
	return r;
}

/* ---- changing ---- */

/* A part of the range, from the nth on. */
struct part {
	const struct ports_range *range;
	unsigned at, n;
};

typedef int part_fn(struct netlink *nl, struct netlink_batch *b, void *part, struct err *e);

static int each_part(struct netlink *nl, const struct ports_range *range, unsigned count, part_fn *fn,
		     struct err *e)
{
	struct part p = { .range = range };
	int r = 0;

	for (; r == 0 && p.at < count; p.at += AT_ONCE) {
		p.n = count - p.at < AT_ONCE ? count - p.at : AT_ONCE;
		r = nft_change(nl, fn, &p, e);
	}
	return r;
}

static bool is_ours(const struct found *f)
{
	return str_eq(f->owner, f->el->comment);
}

static int plan_add(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	const struct part *p = arg;
	int changes = 0;

	for (unsigned i = p->at; i < p->at + p->n; i++) {
		struct nft_element el = element_of(p->range, i);
		struct found f;
		int r = find(nl, &el, &f, e);

		if (r < 0)
			return r;
		if (f.same)
			continue;
		if (f.there && !is_ours(&f))
			return taken(p->range, i, f.owner, e);
		if (f.there)
			nft_delete_element(b, RULES_TABLE, &el);
		nft_add_element(b, RULES_TABLE, &el);
		changes = 1;
	}
	return changes;
}

static int plan_delete(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	const struct part *p = arg;
	int changes = 0;

	for (unsigned i = p->at; i < p->at + p->n; i++) {
		struct nft_element el = element_of(p->range, i);
		struct found f;
		int r = find(nl, &el, &f, e);

		if (r < 0)
			return r;
		if (!f.there || !is_ours(&f))
			continue;
		nft_delete_element(b, RULES_TABLE, &el);
		changes = 1;
	}
	return changes;
}

int ports_delete(struct netlink *nl, const struct ports_range *range, struct err *e)
{
	return each_part(nl, range, range->count, plan_delete, e);
}

int ports_add(struct netlink *nl, const struct ports_range *range, struct err *e)
{
	int r = each_part(nl, range, range->count, plan_add, e);

	if (r < 0)
		ports_delete(nl, range, &(struct err){ 0 });
	return r;
}

int ports_check_range(struct netlink *nl, const struct ports_range *range, struct err *e)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < range->count; i++) {
		struct nft_element el = element_of(range, i);
		struct found f;

		if ((r = find(nl, &el, &f, e)) < 0 || f.same)
			continue;
		r = err_set(e, f.there ? "nft-different" : "nft-missing", f.there ? ESTALE : ENOENT,
			    "check port %u/%s", range->first + i, port_proto(range->proto));
		if (!f.there)
			err_cause(e, "no element of map %s leads it on", el.set->name);
		else if (is_ours(&f))
			err_cause(e, "the element of map %s leads it elsewhere", el.set->name);
		else
			err_cause(e, "the element of map %s is of %s", el.set->name,
				  *f.owner ? f.owner : "somebody else");
	}
	return r;
}
