/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Published ports, each an element of a map: see net/ports.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "kernel/net/port.h"
#include "net/ports.h"
#include "net/ports_singles.h"

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

static void take_other(struct other *o, unsigned port, const char *owner)
{
	if (o->there || str_eq(owner, o->range->mark))
		return;
	o->there = true;
	o->port = port;
	snprintf(o->owner, sizeof(o->owner), "%s", owner);
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

struct asked {
	struct other *o;
	unsigned port;
};

static void take_single(const char *owner, void *arg)
{
	const struct asked *asked = arg;

	take_other(asked->o, asked->port, owner);
}

static int find_singles(struct netlink *nl, struct ports_singles *singles, struct other *o, struct err *e)
{
	const struct ports_range *range = o->range;
	int r = ports_singles_list(singles, nl, range->family, e);

	for (unsigned i = 0; r == 0 && i < range->count; i++)
		ports_singles_find(singles, range->family, range->proto, range->first + i, take_single,
				   &(struct asked){ o, range->first + i });
	return r;
}

/* A port of one address meets that of all addresses, as where programs listen. */
static int find_other(struct netlink *nl, const struct ports_range *range, struct ports_singles *singles,
		      struct other *o, struct err *e)
{
	struct ports_range all = *range;
	int r;

	*o = (struct other){ .range = range };
	all.at = (struct ip){ 0 };
	r = find_same(nl, range, o, e);
	if (r < 0 || o->there)
		return r;
	return ip_is(range->at) ? find_same(nl, &all, o, e) : find_singles(nl, singles, o, e);
}

int ports_owner(struct netlink *nl, const struct ports_range *range, struct ports_singles *singles,
		char owner[static NFT_COMMENT], unsigned *port, struct err *e)
{
	struct other o;
	int r = find_other(nl, range, singles, &o, e);

	memcpy(owner, o.owner, NFT_COMMENT);
	*port = o.port;
	return r;
}

/* ---- changing ---- */

/* So many of a range as fit, which are a range themselves. */
struct part {
	struct ports_range range;
	struct ports_singles singles; /* as of this state of the ruleset: */
	uint32_t generation;
	bool changes;
};

static int each_part(struct netlink *nl, const struct ports_range *range, nft_plan *plan, struct err *e)
{
	struct arena a = { 0 };
	struct part part = { .singles.arena = &a };
	int r = 0;

	for (unsigned i = 0; r == 0 && i < range->count; i += AT_ONCE) {
		part.range = *range;
		part.range.first += i;
		part.range.target += i;
		part.range.count = range->count - i < AT_ONCE ? range->count - i : AT_ONCE;
		r = nft_change(nl, plan, &part, e);
		part.generation += part.changes; /* our own change: the kernel counts them */
	}
	arena_free(&a);
	return r;
}

static int plan_part(struct netlink *nl, struct netlink_batch *b, struct part *part, bool add, struct err *e)
{
	part->changes = false;
	for (unsigned i = 0; i < part->range.count; i++) {
		struct nft_element el = element_of(&part->range, i);
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
		part->changes = true;
	}
	return part->changes;
}

/* What was listed counts as long as nobody else changed the ruleset. */
static int keep_singles(struct netlink *nl, struct part *part, struct err *e)
{
	uint32_t now = 0;
	int r = nft_generation(nl, &now, e);

	if (r == 0 && now != part->generation)
		part->singles = (struct ports_singles){ .arena = part->singles.arena };
	part->generation = now;
	return r;
}

static int plan_add(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	struct part *part = arg;
	struct other o;
	int r = keep_singles(nl, part, e);

	if (r < 0 || (r = find_other(nl, &part->range, &part->singles, &o, e)) < 0)
		return r;
	if (!o.there)
		return plan_part(nl, b, part, true, e);
	err_set(e, "port-taken", EADDRINUSE, "publish port %u/%s", o.port, port_proto(part->range.proto));
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
