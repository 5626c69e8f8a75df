/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lookups in sets of ipset(8): world/ipset.h says what an element looks like. */
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <arpa/inet.h>
#include <string.h>

#include "observe/walk/eval.h"
#include "observe/world/ipset.h"

/* Of the packet, one dimension of an element after the other. */
struct cursor {
	const uint8_t *p, *end;
	unsigned dim, flags; /* of the match: bit n + 1 says that dimension n is the source's */
};

static bool next(struct cursor *c, size_t n, const uint8_t **part)
{
	if ((size_t)(c->end - c->p) < n)
		return false;
	*part = c->p;
	c->p += n;
	return true;
}

static bool is_source(const struct cursor *c)
{
	return c->flags & 2u << c->dim;
}

static enum truth ip_part(struct eval *ev, struct cursor *c, size_t size)
{
	struct ip ip = is_source(c) ? ev->p->src : ev->p->dst;
	const uint8_t *part;

	if (!next(c, 2 * size, &part) || ip_size(ip) != size)
		return NO;
	return truth_of(memcmp(ip.bytes, part, size) >= 0 && memcmp(ip.bytes, part + size, size) <= 0);
}

static enum truth port_part(struct eval *ev, struct cursor *c, bool has_proto)
{
	const uint8_t *part;
	uint16_t port = is_source(c) ? ev->p->sport : ev->p->dport;

	if (!next(c, IPSET_PORT, &part) || (has_proto && part[0] && part[0] != ev->p->proto))
		return NO;
	if (is_source(c) && !(ev->p->known & PACKET_SPORT))
		return eval_maybe(ev, "it asks for the source port");
	return truth_of(port >= (part[1] << 8 | part[2]) && port <= (part[3] << 8 | part[4]));
}

static enum truth mac_part(struct eval *ev, struct cursor *c)
{
	const uint8_t *part;

	if (!next(c, sizeof(ev->p->src_mac), &part) ||
	    !ev->p->in) /* it has none before it came in by a link */
		return NO;
	if (!(ev->p->known & PACKET_MACS))
		return eval_maybe(ev, "it asks for a MAC address");
	return truth_of(
		memcmp(is_source(c) ? ev->p->src_mac : ev->p->dst_mac, part, sizeof(ev->p->src_mac)) == 0);
}

static enum truth iface_part(struct eval *ev, struct cursor *c)
{
	const struct world_link *link = is_source(c) ? ev->p->in : ev->p->out;
	const uint8_t *part;

	if (!next(c, IPSET_IFACE, &part) || !link || !link->name)
		return NO;
	return truth_of(strnlen((const char *)part, IPSET_IFACE) == strlen(link->name) &&
			memcmp(part, link->name, strlen(link->name)) == 0);
}

static enum truth element_matches(struct eval *ev, const struct world_ipset *s, struct cursor c)
{
	size_t size = s->family == NFPROTO_IPV6 ? 16 : 4;
	enum truth t = YES;

	/* the words behind the colon */
	for (const char *w = s->type ? strchr(s->type, ':') : NULL; w && t != NO; w = strchr(w, ',')) {
		w++;
		if (strncmp(w, "ip", 2) == 0 || strncmp(w, "net", 3) == 0)
			t = truth_and(t, ip_part(ev, &c, size));
		else if (strncmp(w, "port", 4) == 0)
			t = truth_and(t, port_part(ev, &c, strncmp(s->type, "bitmap", 6) != 0));
		else if (strncmp(w, "mac", 3) == 0)
			t = truth_and(t, mac_part(ev, &c));
		else if (strncmp(w, "iface", 5) == 0)
			t = truth_and(t, iface_part(ev, &c));
		else
			return eval_maybe(ev, "it looks into a set of a type that is not known");
		c.dim++;
	}
	return t;
}

static enum truth lookup(struct eval *ev, const struct world_ipset *s, unsigned flags, unsigned depth);

/* list:set: sets by name. */
static enum truth list_matches(struct eval *ev, const struct world_bytes *el, unsigned flags, unsigned depth)
{
	for (size_t i = 0; i < ev->ns->n_ipsets; i++) {
		const char *name = ev->ns->ipsets[i].name;

		if (name && strlen(name) + 1 == el->n && memcmp(name, el->v + 1, el->n - 1) == 0)
			return lookup(ev, &ev->ns->ipsets[i], flags, depth + 1);
	}
	return eval_maybe(ev, "it looks into a set that could not be read");
}

static enum truth lookup(struct eval *ev, const struct world_ipset *s, unsigned flags, unsigned depth)
{
	enum truth t = NO;
	bool is_list = s->type && strcmp(s->type, "list:set") == 0;

	if (!eval_pay(ev, s->n_elements + 1) || depth > 1)
		return eval_maybe(ev, "there are too many rules to go through");
	for (size_t i = 0; i < s->n_elements; i++) {
		const struct world_bytes *el = &s->elements[i];

		if (!el->n)
			continue;
		enum truth is = is_list ? list_matches(ev, el, flags, depth) :
					  element_matches(ev, s,
							  (struct cursor){ .p = el->v + 1,
									   .end = el->v + el->n,
									   .flags = flags });

		if (is == YES && (el->v[0] & IPSET_NOMATCH))
			return NO;
		t = is == NO ? t : t == YES ? YES : is;
	}
	return t;
}

enum truth ipset_match(struct eval *ev, const struct world_ipset *s, unsigned dim, unsigned flags)
{
	return lookup(ev, s, flags, 0);
}
