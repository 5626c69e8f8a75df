/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ebtables-legacy by getsockopt(2). There is no list of the tables that are there, and asking for one loads its module.
 * So it is asked for those only whose module is loaded, and in namespaces with a bridge; since Linux 5.15 the kernel gives
 * such a namespace an empty table then, by which no packet fares otherwise.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_bridge/ebtables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "observe/world/rules.h"

enum { BLOB_MAX = 64 << 20, HOOKS = 6, IF_ANY = 1, ALIGN = 8 };

/* The table's block: chains with their rules behind each. */
struct blob {
	struct arena *a;
	const char *p;
	size_t size;
	struct world_xt_table *table;
	const char **chain_at; /* name of the chain at offset / ALIGN */
};

static struct world_bytes copy(struct arena *a, const void *p, size_t n)
{
	uint8_t *v = arena_alloc(a, n);

	memcpy(v, p, n);
	return (struct world_bytes){ v, n };
}

/* A wildcard is the byte 1 in the kernel. */
static const char *link_name(struct arena *a, const char name[IFNAMSIZ])
{
	char *text = arena_strndup(a, name, strnlen(name, IFNAMSIZ));
	char *any = strchr(text, IF_ANY);

	if (any) {
		any[0] = '+';
		any[1] = '\0';
	}
	return *text ? text : NULL;
}

static struct world_xt_extension extension_of(struct arena *a, const struct ebt_entry_match *m)
{
	return (struct world_xt_extension){ arena_strndup(a, m->u.name,
							  strnlen(m->u.name, sizeof(m->u.name))),
					    m->u.revision, copy(a, m->data, m->match_size) };
}

/* Matches, then watchers, which only look. */
static void take_matches(struct blob *b, const struct ebt_entry *en, struct world_xt_rule *r)
{
	size_t at = sizeof(*en);

	while (at + sizeof(struct ebt_entry_match) <= en->target_offset) {
		const struct ebt_entry_match *m = (const void *)((const char *)en + at);

		if (at % ALIGN || m->match_size > en->target_offset - at - sizeof(*m))
			return;
		if (at < en->watchers_offset)
			arena_push(b->a, r->matches, r->n_matches, extension_of(b->a, m));
		at += sizeof(*m) + m->match_size;
	}
}

/* Verdicts become those of xtables. */
static void take_verdict(struct blob *b, int verdict, struct world_xt_rule *r)
{
	if (verdict >= 0)
		r->chain = (size_t)verdict < b->size ? b->chain_at[verdict / ALIGN] : NULL;
	else if (verdict == EBT_ACCEPT)
		r->verdict = -NF_ACCEPT - 1;
	else if (verdict == EBT_DROP)
		r->verdict = -NF_DROP - 1;
	else if (verdict == EBT_RETURN)
		r->verdict = XT_RETURN;
}

static void take_target(struct blob *b, const struct ebt_entry *en, struct world_xt_rule *r)
{
	const struct ebt_entry_target *t = (const void *)((const char *)en + en->target_offset);

	if (t->target_size > en->next_offset - en->target_offset - sizeof(*t))
		return;
	if (strcmp(t->u.name, EBT_STANDARD_TARGET) != 0)
		r->target = extension_of(b->a, (const void *)t);
	else if (t->target_size >= sizeof(int))
		take_verdict(b, ((const struct ebt_standard_target *)t)->verdict, r);
}

static struct world_xt_rule rule_of(struct blob *b, const struct ebt_entry *en)
{
	struct world_xt_rule r = { .proto = ntohs(en->ethproto),
				   .flags = en->bitmask,
				   .invflags = en->invflags };

	r.in = link_name(b->a, en->in);
	r.out = link_name(b->a, en->out);
	r.logical_in = link_name(b->a, en->logical_in);
	r.logical_out = link_name(b->a, en->logical_out);
	if (en->bitmask & EBT_SOURCEMAC) {
		r.source_mac = copy(b->a, en->sourcemac, ETH_ALEN);
		r.source_mask = copy(b->a, en->sourcemsk, ETH_ALEN);
	}
	if (en->bitmask & EBT_DESTMAC) {
		r.dest_mac = copy(b->a, en->destmac, ETH_ALEN);
		r.dest_mask = copy(b->a, en->destmsk, ETH_ALEN);
	}
	take_matches(b, en, &r);
	take_target(b, en, &r);
	return r;
}

/* What is at an offset: a chain, a rule, or NULL at the end. */
static const void *at_offset(const struct blob *b, size_t at, bool *is_chain, size_t *size)
{
	const struct ebt_entries *c = (const void *)(b->p + at);
	const struct ebt_entry *en = (const void *)c;

	if (at % ALIGN || b->size - at < sizeof(unsigned))
		return NULL;
	*is_chain = !(en->bitmask & EBT_ENTRY_OR_ENTRIES);
	*size = *is_chain ? sizeof(*c) : sizeof(*en);
	if (b->size - at < *size)
		return NULL;
	if (*is_chain)
		return c;
	*size = en->next_offset;
	if (en->target_offset % ALIGN || en->watchers_offset < sizeof(*en) ||
	    en->target_offset < en->watchers_offset || en->next_offset > b->size - at ||
	    en->next_offset < en->target_offset ||
	    en->next_offset - en->target_offset < sizeof(struct ebt_entry_target))
		return NULL;
	return en;
}

static unsigned next_hook(unsigned valid, unsigned from)
{
	while (from < HOOKS && !(valid & 1u << from))
		from++;
	return from;
}

static void begin_chain(struct blob *b, const struct ebt_entries *c, const char *name, unsigned *hook,
			unsigned valid)
{
	struct world_xt_chain chain = { .name = name };

	*hook = next_hook(valid, *hook);
	if (*hook < HOOKS) {
		chain.is_base = true;
		chain.hook = (*hook)++;
		chain.policy = c->policy == EBT_DROP ? NF_DROP : NF_ACCEPT;
	}
	arena_push(b->a, b->table->chains, b->table->n_chains, chain);
}

void ebtables_parse(struct arena *a, unsigned valid_hooks, const void *p, size_t size,
		    struct world_xt_table *t)
{
	struct blob b = { .a = a, .p = p, .size = size, .table = t };
	unsigned hook = 0;
	const void *what;
	bool is_chain;
	size_t step;

	b.chain_at = calloc(size / ALIGN + 1, sizeof(*b.chain_at));
	if (!b.chain_at)
		return;
	for (size_t at = 0; at < size && (what = at_offset(&b, at, &is_chain, &step)); at += step) {
		const struct ebt_entries *c = what;

		if (is_chain)
			b.chain_at[at / ALIGN] = arena_strndup(a, c->name, strnlen(c->name, sizeof(c->name)));
	}
	for (size_t at = 0; at < size && (what = at_offset(&b, at, &is_chain, &step)); at += step) {
		struct world_xt_chain *last = t->n_chains ? &t->chains[t->n_chains - 1] : NULL;

		if (is_chain)
			begin_chain(&b, what, b.chain_at[at / ALIGN], &hook, valid_hooks);
		else if (last)
			arena_push(a, last->rules, last->n_rules, rule_of(&b, what));
	}
	free(b.chain_at);
}

static int read_table(struct arena *a, int fd, struct world_xt_table *t)
{
	struct ebt_replace r = { 0 };
	socklen_t len = sizeof(r);
	char *entries;
	int n = 0;

	snprintf(r.name, sizeof(r.name), "%s", t->name);
	if (getsockopt(fd, SOL_IP, EBT_SO_GET_INFO, &r, &len) < 0)
		return -errno;
	if (r.entries_size > BLOB_MAX)
		return -EFBIG;
	entries = calloc(1, r.entries_size + 1);
	if (!entries)
		return -ENOMEM;
	r.entries = entries;
	r.num_counters = 0;
	len = sizeof(r) + r.entries_size;
	if (getsockopt(fd, SOL_IP, EBT_SO_GET_ENTRIES, &r, &len) < 0)
		n = -errno;
	else
		ebtables_parse(a, r.valid_hooks, entries, r.entries_size, t);
	free(entries);
	return n;
}

static bool has_bridge(const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_links; i++) {
		if (str_eq(ns->links[i].kind, "bridge"))
			return true;
	}
	return ns->n_links == 0; /* they were not read */
}

int rules_read_ebtables(struct arena *a, struct world_netns *ns, const struct rules_from *from, struct err *e)
{
	static const char *const names[] = { "broute", "nat", "filter" };

	for (size_t i = 0; i < ARRAY_LEN(names) && from->raw >= 0 && has_bridge(ns); i++) {
		struct world_xt_table t = { .family = NFPROTO_BRIDGE, .name = names[i] };
		char module[64];
		int n;

		snprintf(module, sizeof(module), "/sys/module/ebtable_%s", names[i]);
		if (access(module, F_OK) < 0)
			continue;
		n = read_table(a, from->raw, &t);
		if (n == -ENOENT || n == -ENOPROTOOPT)
			continue;
		if (n < 0)
			return err_set(e, "xtables-read", -n, "read the table %s of ebtables", names[i]);
		arena_push(a, ns->xtables, ns->n_xtables, t);
	}
	return 0;
}
