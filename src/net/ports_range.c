/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Published ports, each an element of a map: see net/ports.h. */
#include <arpa/inet.h>
#include <errno.h>
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

static int find(struct netlink *nl, const struct nft_element *el, struct found *f, struct err *e)
{
	*f = (struct found){ .el = el };
	return nft_find_element(nl, RULES_TABLE, el, take_seen, f, e);
}

static bool is_ours(const struct found *f)
{
	return str_eq(f->owner, f->el->comment);
}

/* ---- who else has one ---- */

/* The first of a range that somebody else has. */
struct other {
	const struct ports_range *range;
	bool there;
	unsigned port;
	char owner[NFT_COMMENT];
};

static void take_other(struct other *o, unsigned port, const char owner[static NFT_COMMENT])
{
	if (o->there || str_eq(owner, o->range->mark))
		return;
	o->there = true;
	o->port = port;
	memcpy(o->owner, owner, NFT_COMMENT);
}

static int find_same(struct netlink *nl, const struct ports_range *range, struct other *o, struct err *e)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < range->count; i++) {
		struct nft_element el = element_of(range, i);
		struct found f;

		if ((r = find(nl, &el, &f, e)) == 0 && f.there)
			take_other(o, range->first + i, f.owner);
	}
	return r;
}

/* An element of one address of the host: address, protocol, port. */
static void take_at(const struct nft_seen *seen, void *arg)
{
	struct other *o = arg;
	const struct ports_range *range = o->range;
	const uint8_t *key = seen->key + (range->family == AF_INET6 ? 16 : 4);
	unsigned port = (unsigned)key[4] << 8 | key[5];

	if (key[0] == range->proto && port >= range->first && port < range->first + range->count)
		take_other(o, port, seen->comment);
}

static int find_at(struct netlink *nl, struct other *o, struct err *e)
{
	enum ports_set set = o->range->family == AF_INET6 ? PORTS_AT6 : PORTS_AT;

	return nft_list_elements(nl, RULES_TABLE, &ports_part.sets[set], take_at, o, e);
}

/* A port of one address meets that of all addresses, as where programs listen. */
static int find_other(struct netlink *nl, const struct ports_range *range, struct other *o, struct err *e)
{
	struct ports_range all = *range;
	int r;

	*o = (struct other){ .range = range };
	all.at = (struct ip){ 0 };
	r = find_same(nl, range, o, e);
	if (r < 0 || o->there)
		return r;
	return ip_is(range->at) ? find_same(nl, &all, o, e) : find_at(nl, o, e);
}

int ports_owner(struct netlink *nl, const struct ports_range *range, char owner[static NFT_COMMENT],
		unsigned *port, struct err *e)
{
	struct other o;
	int r = find_other(nl, range, &o, e);

	memcpy(owner, o.owner, NFT_COMMENT);
	*port = o.port;
	return r;
}

/* ---- changing ---- */

/* So many of a range as fit, which are a range themselves. */
static int each_part(struct netlink *nl, const struct ports_range *range, nft_plan *plan, struct err *e)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < range->count; i += AT_ONCE) {
		struct ports_range part = *range;

		part.first += i;
		part.target += i;
		part.count = range->count - i < AT_ONCE ? range->count - i : AT_ONCE;
		r = nft_change(nl, plan, &part, e);
	}
	return r;
}

static int plan_part(struct netlink *nl, struct netlink_batch *b, const struct ports_range *part, bool add,
		     struct err *e)
{
	int changes = 0;

	for (unsigned i = 0; i < part->count; i++) {
		struct nft_element el = element_of(part, i);
		struct found f;
		int r = find(nl, &el, &f, e);

		if (r < 0)
			return r;
		if (add ? f.same : !f.there || !is_ours(&f))
			continue;
		if (f.there)
			nft_delete_element(b, RULES_TABLE, &el);
		if (add)
			nft_add_element(b, RULES_TABLE, &el);
		changes = 1;
	}
	return changes;
}

static int plan_add(struct netlink *nl, struct netlink_batch *b, void *part, struct err *e)
{
	const struct ports_range *range = part;
	struct other o;
	int r = find_other(nl, range, &o, e);

	if (r < 0 || !o.there)
		return r < 0 ? r : plan_part(nl, b, range, true, e);
	err_set(e, "port-taken", EADDRINUSE, "publish port %u/%s", o.port, port_proto(range->proto));
	return err_cause(e, "it is published already, by %s", *o.owner ? o.owner : "somebody else's element");
}

static int plan_delete(struct netlink *nl, struct netlink_batch *b, void *part, struct err *e)
{
	return plan_part(nl, b, part, false, e);
}

int ports_add(struct netlink *nl, const struct ports_range *range, struct err *e)
{
	return each_part(nl, range, plan_add, e);
}

int ports_delete(struct netlink *nl, const struct ports_range *range, struct err *e)
{
	return each_part(nl, range, plan_delete, e);
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
