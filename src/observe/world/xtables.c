/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iptables-legacy and ip6tables-legacy by getsockopt(2): a table is one block of entries, with jumps as offsets in it.
 * Asking for a table would make it, and load its module, so only those are asked for that
 * /proc/net/ip_tables_names has.
 */
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "observe/world/rules.h"

/* A table changes while it is read: the kernel says EAGAIN. */
enum { READ_TRIES = 8, TABLE_MAX = 256 << 20 };

struct family {
	int domain, level, family;
};

static const char *const hooks[] = { "PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING" };
static const struct family families[] = {
	{ AF_INET, SOL_IP, NFPROTO_IPV4 },
	{ AF_INET6, SOL_IPV6, NFPROTO_IPV6 },
};

/* A table's block as it is gone through. */
struct blob {
	struct arena *a;
	const struct family *f;
	const char *p;
	uint32_t size;
	const struct ipt_getinfo *info;
	struct world_xt_table *table;
	const char **chain_at; /* name of the chain that begins at offset / 8 */
};

/* What differs between struct ipt_entry and ip6t_entry. */
struct entry {
	const char *p;
	uint32_t target, next;
};

static bool entry_at(const struct blob *b, uint32_t at, struct entry *en)
{
	size_t header = b->f->domain == AF_INET ? sizeof(struct ipt_entry) : sizeof(struct ip6t_entry);

	if (at >= b->size || b->size - at < header + sizeof(struct xt_entry_target))
		return false;
	en->p = b->p + at;
	if (b->f->domain == AF_INET) {
		en->target = ((const struct ipt_entry *)en->p)->target_offset;
		en->next = ((const struct ipt_entry *)en->p)->next_offset;
	} else {
		en->target = ((const struct ip6t_entry *)en->p)->target_offset;
		en->next = ((const struct ip6t_entry *)en->p)->next_offset;
	}
	return en->next <= b->size - at && en->next % 8 == 0 && en->target >= header &&
	       en->target + sizeof(struct xt_entry_target) <= en->next;
}

static const struct xt_entry_target *target_of(const struct entry *en)
{
	return (const void *)(en->p + en->target);
}

/* The name of the chain that begins behind an ERROR entry, or NULL. */
static const char *head_name(const struct blob *b, const struct entry *en)
{
	const struct xt_error_target *t = (const void *)(en->p + en->target);

	if (en->target + sizeof(*t) > en->next || strcmp(t->target.u.user.name, XT_ERROR_TARGET) != 0)
		return NULL;
	return arena_strndup(b->a, t->errorname, strnlen(t->errorname, sizeof(t->errorname)));
}

static struct world_bytes copy(struct arena *a, const void *p, size_t n)
{
	uint8_t *v = arena_alloc(a, n);

	memcpy(v, p, n);
	return (struct world_bytes){ v, n };
}

/* "eth0", or "eth+" where the mask ends before the name does; NULL: any. */
static const char *interface(struct arena *a, const char *name, const unsigned char *mask)
{
	size_t n = 0;

	while (n < IFNAMSIZ && mask[n])
		n++;
	if (n == 0)
		return NULL;
	return arena_printf(a, "%.*s%s", (int)n, name, strnlen(name, n) < n ? "" : "+");
}

static void take_header4(struct blob *b, const struct ipt_ip *ip, struct world_xt_rule *r)
{
	r->src = ip_of(AF_INET, &ip->src, 4);
	r->src_mask = ip_of(AF_INET, &ip->smsk, 4);
	r->dst = ip_of(AF_INET, &ip->dst, 4);
	r->dst_mask = ip_of(AF_INET, &ip->dmsk, 4);
	r->in = interface(b->a, ip->iniface, ip->iniface_mask);
	r->out = interface(b->a, ip->outiface, ip->outiface_mask);
	r->proto = ip->proto;
	r->flags = ip->flags;
	r->invflags = ip->invflags;
}

static void take_header6(struct blob *b, const struct ip6t_ip6 *ip, struct world_xt_rule *r)
{
	r->src = ip_of(AF_INET6, &ip->src, 16);
	r->src_mask = ip_of(AF_INET6, &ip->smsk, 16);
	r->dst = ip_of(AF_INET6, &ip->dst, 16);
	r->dst_mask = ip_of(AF_INET6, &ip->dmsk, 16);
	r->in = interface(b->a, ip->iniface, ip->iniface_mask);
	r->out = interface(b->a, ip->outiface, ip->outiface_mask);
	r->proto = ip->proto;
	r->flags = ip->flags;
	r->invflags = ip->invflags;
}

static void take_matches(struct blob *b, const struct entry *en, struct world_xt_rule *r)
{
	uint32_t at = b->f->domain == AF_INET ? sizeof(struct ipt_entry) : sizeof(struct ip6t_entry);

	while (en->target - at >= sizeof(struct xt_entry_match)) {
		const struct xt_entry_match *m = (const void *)(en->p + at);
		struct world_xt_extension x;

		if (m->u.match_size < sizeof(*m) || m->u.match_size > en->target - at)
			return;
		x.name = arena_strndup(b->a, m->u.user.name, strnlen(m->u.user.name, sizeof(m->u.user.name)));
		x.revision = m->u.user.revision;
		x.info = copy(b->a, m->data, m->u.match_size - sizeof(*m));
		arena_push(b->a, r->matches, r->n_matches, x);
		at += m->u.match_size;
	}
}

static void take_target(struct blob *b, const struct entry *en, uint32_t at, struct world_xt_rule *r)
{
	const struct xt_entry_target *t = target_of(en);
	size_t size = t->u.target_size;

	if (size < sizeof(*t) || size > en->next - en->target)
		return;
	if (t->u.user.name[0]) {
		r->target.name = arena_strndup(b->a, t->u.user.name,
					       strnlen(t->u.user.name, sizeof(t->u.user.name)));
		r->target.revision = t->u.user.revision;
		r->target.info = copy(b->a, t->data, size - sizeof(*t));
		return;
	}
	if (size < sizeof(struct xt_standard_target))
		return;
	int verdict = ((const struct xt_standard_target *)t)->verdict;

	if (verdict < 0)
		r->verdict = verdict;
	else if ((uint32_t)verdict != at + en->next && (uint32_t)verdict < b->size)
		r->chain = b->chain_at[verdict / 8]; /* else it is a rule without a target */
}

static struct world_xt_rule rule_of(struct blob *b, const struct entry *en, uint32_t at)
{
	struct world_xt_rule r = { 0 };

	if (b->f->domain == AF_INET)
		take_header4(b, &((const struct ipt_entry *)en->p)->ip, &r);
	else
		take_header6(b, &((const struct ip6t_entry *)en->p)->ipv6, &r);
	take_matches(b, en, &r);
	take_target(b, en, at, &r);
	return r;
}

/* First pass: which chain begins where. */
static void find_chains(struct blob *b)
{
	struct entry en;

	for (uint32_t at = 0; entry_at(b, at, &en); at += en.next) {
		const char *name = head_name(b, &en);

		if (name && at + en.next < b->size)
			b->chain_at[(at + en.next) / 8] = name;
		if (en.next == 0)
			return;
	}
}

/* A chain's last entry is no rule of it: it is the policy, or the RETURN at the end of a user's chain. */
static void end_chain(struct world_xt_chain *c)
{
	if (c && c->n_rules) {
		c->n_rules--;
		if (c->is_base)
			c->policy = c->rules[c->n_rules].verdict == -NF_DROP - 1 ? NF_DROP : NF_ACCEPT;
	}
}

static struct world_xt_chain *begin_chain(struct blob *b, struct world_xt_chain c)
{
	arena_push(b->a, b->table->chains, b->table->n_chains, c);
	return &b->table->chains[b->table->n_chains - 1];
}

static void take_entries(struct blob *b)
{
	struct world_xt_chain *c = NULL;
	struct entry en;

	for (uint32_t at = 0; entry_at(b, at, &en) && en.next; at += en.next) {
		for (unsigned h = 0; h < NF_INET_NUMHOOKS; h++) {
			if ((b->info->valid_hooks & 1u << h) && b->info->hook_entry[h] == at) {
				end_chain(c);
				c = begin_chain(b, (struct world_xt_chain){
							   .name = hooks[h], .is_base = true, .hook = h });
			}
		}
		if (b->chain_at[at / 8]) {
			end_chain(c);
			c = begin_chain(b, (struct world_xt_chain){ .name = b->chain_at[at / 8] });
		}
		if (c && !head_name(b, &en))
			arena_push(b->a, c->rules, c->n_rules, rule_of(b, &en, at));
	}
	end_chain(c);
}

static void parse_table(struct arena *a, const struct family *f, const struct ipt_getinfo *info,
			const void *p, struct world_xt_table *table)
{
	struct blob b = { .a = a, .f = f, .p = p, .size = info->size, .info = info, .table = table };

	b.chain_at = calloc(info->size / 8 + 1, sizeof(*b.chain_at));
	if (!b.chain_at)
		return;
	find_chains(&b);
	take_entries(&b);
	free(b.chain_at);
}

/* struct ip6t_getinfo and ip6t_get_entries, and the numbers of the options, are the same as IPv4's. */
static int read_table_once(int fd, struct arena *a, const struct family *f, struct world_xt_table *t)
{
	struct ipt_getinfo info = { 0 };
	socklen_t len = sizeof(info);

	snprintf(info.name, sizeof(info.name), "%s", t->name);
	if (getsockopt(fd, f->level, IPT_SO_GET_INFO, &info, &len) < 0)
		return -errno;
	if (info.size > TABLE_MAX)
		return -EFBIG;

	struct ipt_get_entries *get = calloc(1, sizeof(*get) + info.size);
	int n = 0;

	if (!get)
		return -ENOMEM;
	snprintf(get->name, sizeof(get->name), "%s", t->name);
	get->size = info.size;
	len = sizeof(*get) + info.size;
	if (getsockopt(fd, f->level, IPT_SO_GET_ENTRIES, get, &len) < 0)
		n = -errno;
	else
		parse_table(a, f, &info, get->entrytable, t);
	free(get);
	return n;
}

static int read_table(int fd, struct arena *a, const struct family *f, struct world_xt_table *t,
		      struct err *e)
{
	int n = -EAGAIN;

	for (int i = 0; i < READ_TRIES && n == -EAGAIN; i++) {
		t->n_chains = 0;
		n = read_table_once(fd, a, f, t);
	}
	return n < 0 ? err_set(e, "xtables-read", -n, "read the table %s of %s", t->name,
			       f->domain == AF_INET ? "iptables" : "ip6tables") :
		       0;
}

static int read_family(struct arena *a, struct world_netns *ns, const struct family *f, int names, int fd,
		       struct err *e)
{
	char text[4096], *next = text;
	ssize_t len = names < 0 || fd < 0 ? 0 : pread(names, text, sizeof(text) - 1, 0);
	int n = 0;

	text[len < 0 ? 0 : len] = '\0';
	for (char *line; n == 0 && (line = strsep(&next, "\n"));) {
		struct world_xt_table t = { .family = f->family, .name = arena_strdup(a, line) };

		if (!*line)
			continue;
		n = read_table(fd, a, f, &t, e);
		if (n == 0)
			arena_push(a, ns->xtables, ns->n_xtables, t);
	}
	return n;
}

int rules_read_xtables(struct arena *a, struct world_netns *ns, const struct rules_from *from, struct err *e)
{
	int n;

	ns->xtables = NULL;
	ns->n_xtables = 0;
	n = read_family(a, ns, &families[0], from->names, from->raw, e);
	return n < 0 ? n : read_family(a, ns, &families[1], from->names6, from->raw6, e);
}
