/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules as a stranger's file has them: the bytes become tables, chains, expressions and extensions of any kind, with any
 * registers, lengths and jumps, which are then evaluated and printed.
 */
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "observe/walk/eval.h"

enum { OWNED_MAX = 1024 };

struct input {
	const uint8_t *p, *end;
	struct arena *a;
	void *owned[OWNED_MAX];
	size_t n_owned;
};

static unsigned byte(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

/* Mostly small, sometimes anything. */
static uint64_t number(struct input *in)
{
	uint64_t n = byte(in);

	if (n < 0xf0)
		return n;
	for (int i = 0; i < 7; i++)
		n = n << 8 | byte(in);
	return n;
}

static struct world_bytes bytes(struct input *in)
{
	size_t n = byte(in);
	uint8_t *v;

	if (n > (size_t)(in->end - in->p))
		n = (size_t)(in->end - in->p);
	if (n == 0)
		return (struct world_bytes){ 0 };
	v = malloc(n); /* by itself, so that sanitizers see what is read beyond */
	if (!v || in->n_owned == OWNED_MAX)
		return free(v), (struct world_bytes){ 0 };
	in->owned[in->n_owned++] = v;
	memcpy(v, in->p, n);
	in->p += n;
	return (struct world_bytes){ v, n };
}

static const char *pick(struct input *in, const char *const *words, size_t n)
{
	size_t at = byte(in) % (n + 2);

	if (at < n)
		return words[at];
	struct world_bytes b = bytes(in);

	return at == n || !b.n ? NULL : arena_strndup(in->a, (const char *)b.v, b.n);
}

#define PICK(in, words) pick(in, words, ARRAY_LEN(words))

static const char *const names[] = { "a", "b", "c" };
static const char *const kinds[] = {
	"payload",   "cmp",    "meta",   "ct",    "lookup",  "immediate", "bitwise", "range",
	"byteorder", "match",  "target", "nat",   "masq",    "redir",     "reject",  "limit",
	"quota",     "log",    "fib",    "rt",    "exthdr",  "dynset",    "objref",  "numgen",
	"hash",      "socket", "tproxy", "queue", "notrack", "counter",
};
static const char *const extensions[] = {
	"conntrack", "state",     "addrtype", "tcp",      "udp",        "sctp",     "icmp",
	"icmp6",     "multiport", "mark",     "connmark", "set",        "physdev",  "iprange",
	"mac",       "owner",     "pkttype",  "length",   "recent",     "rpfilter", "ttl",
	"dscp",      "comment",   "SNAT",     "DNAT",     "MASQUERADE", "REDIRECT", "NETMAP",
	"MARK",      "CONNMARK",  "CT",       "REJECT",   "limit",
};

static struct world_expr expr(struct input *in, int depth)
{
	struct world_expr x = { .kind = PICK(in, kinds) };

	x.sreg = number(in);
	x.dreg = number(in);
	x.op = number(in);
	x.base = number(in);
	x.offset = number(in);
	x.len = number(in);
	x.key = number(in);
	x.flags = number(in);
	x.type = x.dir = x.op;
	x.family = x.base;
	x.sreg_max = x.offset;
	x.sreg_proto = x.len;
	x.sreg_proto_max = x.key;
	x.data = bytes(in);
	x.data2 = bytes(in);
	x.verdict = (int64_t)number(in) - 6;
	x.chain = PICK(in, names);
	x.set = PICK(in, names);
	x.name = PICK(in, extensions);
	x.revision = byte(in) % 5;
	x.info = bytes(in);
	if (depth < 2 && (byte(in) & 1)) {
		x.exprs = arena_new(in->a, struct world_expr);
		x.exprs[0] = expr(in, depth + 1);
		x.n_exprs = 1;
	}
	return x;
}

static struct world_chain chain(struct input *in, const char *name)
{
	struct world_chain c = { .name = name, .type = byte(in) & 1 ? "nat" : "filter" };

	c.hook = byte(in) % 6;
	c.priority = (int64_t)byte(in) - 128;
	c.policy = byte(in) & 1;
	for (unsigned n = byte(in) % 8; n && in->p < in->end; n--) {
		struct world_nft_rule r = { .comment = PICK(in, names) };

		for (unsigned m = byte(in) % 6; m; m--)
			arena_push(in->a, r.exprs, r.n_exprs, expr(in, 0));
		arena_push(in->a, c.rules, c.n_rules, r);
	}
	return c;
}

static struct world_set set(struct input *in, const char *name)
{
	struct world_set s = {
		.name = name, .flags = number(in), .key_len = number(in), .data_len = number(in)
	};

	s.data_type = byte(in) & 1 ? NFT_DATA_VERDICT : 7;
	s.fields = bytes(in);
	for (unsigned n = byte(in) % 8; n && in->p < in->end; n--) {
		struct world_element el = { .key = bytes(in), .key_end = bytes(in), .data = bytes(in) };

		el.flags = byte(in) % 4;
		el.verdict = (int64_t)(byte(in) % 16) - 6;
		el.chain = PICK(in, names);
		arena_push(in->a, s.elements, s.n_elements, el);
	}
	return s;
}

static struct world_xt_extension extension(struct input *in)
{
	struct world_xt_extension x = { .name = PICK(in, extensions), .revision = byte(in) % 5 };

	x.info = bytes(in);
	return x;
}

static struct world_xt_chain xt_chain(struct input *in, const char *name)
{
	struct world_xt_chain c = { .name = name, .is_base = byte(in) & 1, .hook = byte(in) % 5 };

	c.policy = byte(in) & 1;
	for (unsigned n = byte(in) % 8; n && in->p < in->end; n--) {
		struct world_xt_rule r = { .in = PICK(in, names), .proto = byte(in) % 64 };

		r.flags = byte(in);
		r.invflags = byte(in);
		for (unsigned m = byte(in) % 3; m; m--)
			arena_push(in->a, r.matches, r.n_matches, extension(in));
		if (byte(in) & 1)
			r.target = extension(in);
		r.chain = PICK(in, names);
		r.verdict = (int64_t)(byte(in) % 8) - 6;
		r.source_mac = bytes(in);
		r.source_mask = bytes(in);
		arena_push(in->a, c.rules, c.n_rules, r);
	}
	return c;
}

static struct world_ipset ipset(struct input *in)
{
	static const char *const types[] = { "hash:ip",  "hash:net,port", "hash:mac",        "hash:net,iface",
					     "list:set", "bitmap:port",   "hash:ip,port,net" };
	struct world_ipset s = { .name = PICK(in, names), .type = PICK(in, types), .index = byte(in) % 3 };

	s.family = byte(in) & 1 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	for (unsigned n = byte(in) % 6; n; n--)
		arena_push(in->a, s.elements, s.n_elements, bytes(in));
	return s;
}

static int type_of(void *arg, const struct world_netns *ns, struct ip ip, int64_t link)
{
	return ip.bytes[0] % 12;
}

static void print_all(struct arena *a, const struct world_netns *ns)
{
	for (size_t j = 0; j < ns->tables[0].n_chains; j++) {
		const struct world_chain *c = &ns->tables[0].chains[j];

		for (size_t k = 0; k < c->n_rules; k++)
			nft_rule_text(a, &ns->tables[0], &c->rules[k]);
	}
	for (size_t j = 0; j < ns->xtables[0].n_chains; j++) {
		const struct world_xt_chain *c = &ns->xtables[0].chains[j];

		for (size_t k = 0; k < c->n_rules; k++)
			xt_rule_text(a, ns->xtables[0].family, c->name, &c->rules[k]);
	}
}

static void evaluate(struct arena *a, const struct world_netns *ns, unsigned family, unsigned flags)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_SCTP };
	struct packet_conn conn = { .state = PACKET_CT_NEW };
	struct filter_result r;

	for (unsigned hook = 0; hook < NF_INET_NUMHOOKS; hook++) {
		struct packet p = { .known = flags * 17,
				    .proto = protos[flags % 4],
				    .sport = 4000,
				    .dport = 80,
				    .in = &ns->links[0],
				    .out = flags & 1 ? &ns->links[1] : NULL,
				    .fib = { .type = type_of },
				    .conn = flags & 2 ? &conn : NULL };

		ip_parse(family == NFPROTO_IPV6 ? "fd00::1" : "10.0.0.1", &p.src);
		ip_parse(family == NFPROTO_IPV6 ? "fd00::2" : "10.0.0.2", &p.dst);
		conn.orig = (struct packet_tuple){ p.src, p.dst, p.sport, p.dport };
		conn.reply = (struct packet_tuple){ p.dst, p.src, p.dport, p.sport };
		conn.status = 0;
		filter_hook(ns, family, hook, &p, a, &r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned families[] = { NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_BRIDGE };
	struct arena a = { 0 };
	struct input in = { .p = data, .end = data + size, .a = &a };
	struct world_link links[2] = { { .index = 1, .name = "a", .mac = "02:00:00:00:00:01" },
				       { .index = 2, .name = "b", .master = 1 } };
	struct world_table t = { .family = byte(&in) & 1 ? NFPROTO_INET : NFPROTO_BRIDGE, .name = "t" };
	struct world_xt_table x = { .family = families[byte(&in) % 3],
				    .name = byte(&in) & 1 ? "nat" : "filter" };
	struct world_netns ns = {
		.links = links, .n_links = 2, .tables = &t, .n_tables = 1, .xtables = &x, .n_xtables = 1
	};
	unsigned flags = number(&in);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		arena_push(&a, t.chains, t.n_chains, chain(&in, names[i]));
		arena_push(&a, t.sets, t.n_sets, set(&in, names[i]));
		arena_push(&a, x.chains, x.n_chains, xt_chain(&in, names[i]));
		arena_push(&a, ns.ipsets, ns.n_ipsets, ipset(&in));
	}
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		evaluate(&a, &ns, families[i], flags);
	print_all(&a, &ns);
	for (size_t i = 0; i < in.n_owned; i++)
		free(in.owned[i]);
	arena_free(&a);
	return 0;
}
