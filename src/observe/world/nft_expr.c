/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expressions of nf_tables. A table says which attribute of which kind goes into which member; what a member of
 * struct world_expr means is so what its row says. A kind that isn't there keeps its name only.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <stddef.h>
#include <string.h>

#include "base/str.h"
#include "observe/world/rules.h"

/* NFT_BITWISE_AND and the like have a second register since Linux 6.13, which the headers need not know yet. */
enum { BITWISE_SREG2 = 8, UDATA_COMMENT = 0, EXPR_DEPTH = 2 };

enum type { NUMBER, REG, TEXT, DATA, DATA2, INFO };

struct row {
	const char *kind;
	uint8_t attr, type;
	uint16_t at;
};

#define AT(member) offsetof(struct world_expr, member)

static const struct row rows[] = {
	{ "payload", NFTA_PAYLOAD_DREG, REG, AT(dreg) },
	{ "payload", NFTA_PAYLOAD_SREG, REG, AT(sreg) }, /* it writes */
	{ "payload", NFTA_PAYLOAD_BASE, NUMBER, AT(base) },
	{ "payload", NFTA_PAYLOAD_OFFSET, NUMBER, AT(offset) },
	{ "payload", NFTA_PAYLOAD_LEN, NUMBER, AT(len) },
	{ "cmp", NFTA_CMP_SREG, REG, AT(sreg) },
	{ "cmp", NFTA_CMP_OP, NUMBER, AT(op) },
	{ "cmp", NFTA_CMP_DATA, DATA, 0 },
	{ "immediate", NFTA_IMMEDIATE_DREG, REG, AT(dreg) },
	{ "immediate", NFTA_IMMEDIATE_DATA, DATA, 0 },
	{ "meta", NFTA_META_DREG, REG, AT(dreg) },
	{ "meta", NFTA_META_SREG, REG, AT(sreg) }, /* it sets */
	{ "meta", NFTA_META_KEY, NUMBER, AT(key) },
	{ "lookup", NFTA_LOOKUP_SET, TEXT, AT(set) },
	{ "lookup", NFTA_LOOKUP_SREG, REG, AT(sreg) },
	{ "lookup", NFTA_LOOKUP_DREG, REG, AT(dreg) },
	{ "lookup", NFTA_LOOKUP_FLAGS, NUMBER, AT(flags) },
	{ "ct", NFTA_CT_DREG, REG, AT(dreg) },
	{ "ct", NFTA_CT_SREG, REG, AT(sreg) },
	{ "ct", NFTA_CT_KEY, NUMBER, AT(key) },
	{ "ct", NFTA_CT_DIRECTION, NUMBER, AT(dir) },
	{ "bitwise", NFTA_BITWISE_SREG, REG, AT(sreg) },
	{ "bitwise", NFTA_BITWISE_DREG, REG, AT(dreg) },
	{ "bitwise", NFTA_BITWISE_LEN, NUMBER, AT(len) },
	{ "bitwise", NFTA_BITWISE_OP, NUMBER, AT(op) },
	{ "bitwise", NFTA_BITWISE_MASK, DATA, 0 },
	{ "bitwise", NFTA_BITWISE_XOR, DATA2, 0 },
	{ "bitwise", NFTA_BITWISE_DATA, DATA, 0 }, /* how far it shifts */
	{ "bitwise", BITWISE_SREG2, REG, AT(sreg_max) },
	{ "range", NFTA_RANGE_SREG, REG, AT(sreg) },
	{ "range", NFTA_RANGE_OP, NUMBER, AT(op) },
	{ "range", NFTA_RANGE_FROM_DATA, DATA, 0 },
	{ "range", NFTA_RANGE_TO_DATA, DATA2, 0 },
	{ "byteorder", NFTA_BYTEORDER_SREG, REG, AT(sreg) },
	{ "byteorder", NFTA_BYTEORDER_DREG, REG, AT(dreg) },
	{ "byteorder", NFTA_BYTEORDER_OP, NUMBER, AT(op) },
	{ "byteorder", NFTA_BYTEORDER_LEN, NUMBER, AT(len) },
	{ "byteorder", NFTA_BYTEORDER_SIZE, NUMBER, AT(key) },
	{ "match", NFTA_MATCH_NAME, TEXT, AT(name) },
	{ "match", NFTA_MATCH_REV, NUMBER, AT(revision) },
	{ "match", NFTA_MATCH_INFO, INFO, 0 },
	{ "target", NFTA_TARGET_NAME, TEXT, AT(name) },
	{ "target", NFTA_TARGET_REV, NUMBER, AT(revision) },
	{ "target", NFTA_TARGET_INFO, INFO, 0 },
	{ "nat", NFTA_NAT_TYPE, NUMBER, AT(type) },
	{ "nat", NFTA_NAT_FAMILY, NUMBER, AT(family) },
	{ "nat", NFTA_NAT_REG_ADDR_MIN, REG, AT(sreg) },
	{ "nat", NFTA_NAT_REG_ADDR_MAX, REG, AT(sreg_max) },
	{ "nat", NFTA_NAT_REG_PROTO_MIN, REG, AT(sreg_proto) },
	{ "nat", NFTA_NAT_REG_PROTO_MAX, REG, AT(sreg_proto_max) },
	{ "nat", NFTA_NAT_FLAGS, NUMBER, AT(flags) },
	{ "masq", NFTA_MASQ_FLAGS, NUMBER, AT(flags) },
	{ "masq", NFTA_MASQ_REG_PROTO_MIN, REG, AT(sreg_proto) },
	{ "masq", NFTA_MASQ_REG_PROTO_MAX, REG, AT(sreg_proto_max) },
	{ "redir", NFTA_REDIR_FLAGS, NUMBER, AT(flags) },
	{ "redir", NFTA_REDIR_REG_PROTO_MIN, REG, AT(sreg_proto) },
	{ "redir", NFTA_REDIR_REG_PROTO_MAX, REG, AT(sreg_proto_max) },
	{ "reject", NFTA_REJECT_TYPE, NUMBER, AT(type) },
	{ "reject", NFTA_REJECT_ICMP_CODE, NUMBER, AT(key) },
	{ "limit", NFTA_LIMIT_RATE, NUMBER, AT(key) },
	{ "limit", NFTA_LIMIT_UNIT, NUMBER, AT(len) }, /* seconds */
	{ "limit", NFTA_LIMIT_BURST, NUMBER, AT(offset) },
	{ "limit", NFTA_LIMIT_TYPE, NUMBER, AT(type) },
	{ "limit", NFTA_LIMIT_FLAGS, NUMBER, AT(flags) },
	{ "quota", NFTA_QUOTA_BYTES, NUMBER, AT(key) },
	{ "quota", NFTA_QUOTA_FLAGS, NUMBER, AT(flags) },
	{ "quota", NFTA_QUOTA_CONSUMED, NUMBER, AT(offset) },
	{ "connlimit", NFTA_CONNLIMIT_COUNT, NUMBER, AT(key) },
	{ "connlimit", NFTA_CONNLIMIT_FLAGS, NUMBER, AT(flags) },
	{ "log", NFTA_LOG_PREFIX, TEXT, AT(name) },
	{ "log", NFTA_LOG_GROUP, NUMBER, AT(key) },
	{ "log", NFTA_LOG_LEVEL, NUMBER, AT(len) },
	{ "log", NFTA_LOG_FLAGS, NUMBER, AT(flags) },
	{ "fib", NFTA_FIB_DREG, REG, AT(dreg) },
	{ "fib", NFTA_FIB_RESULT, NUMBER, AT(key) },
	{ "fib", NFTA_FIB_FLAGS, NUMBER, AT(flags) },
	{ "rt", NFTA_RT_DREG, REG, AT(dreg) },
	{ "rt", NFTA_RT_KEY, NUMBER, AT(key) },
	{ "exthdr", NFTA_EXTHDR_DREG, REG, AT(dreg) },
	{ "exthdr", NFTA_EXTHDR_SREG, REG, AT(sreg) },
	{ "exthdr", NFTA_EXTHDR_TYPE, NUMBER, AT(type) },
	{ "exthdr", NFTA_EXTHDR_OFFSET, NUMBER, AT(offset) },
	{ "exthdr", NFTA_EXTHDR_LEN, NUMBER, AT(len) },
	{ "exthdr", NFTA_EXTHDR_OP, NUMBER, AT(op) },
	{ "exthdr", NFTA_EXTHDR_FLAGS, NUMBER, AT(flags) },
	{ "dynset", NFTA_DYNSET_SET_NAME, TEXT, AT(set) },
	{ "dynset", NFTA_DYNSET_OP, NUMBER, AT(op) },
	{ "dynset", NFTA_DYNSET_SREG_KEY, REG, AT(sreg) },
	{ "dynset", NFTA_DYNSET_SREG_DATA, REG, AT(sreg_max) },
	{ "dynset", NFTA_DYNSET_FLAGS, NUMBER, AT(flags) },
	{ "objref", NFTA_OBJREF_IMM_TYPE, NUMBER, AT(type) },
	{ "objref", NFTA_OBJREF_IMM_NAME, TEXT, AT(name) },
	{ "objref", NFTA_OBJREF_SET_SREG, REG, AT(sreg) },
	{ "objref", NFTA_OBJREF_SET_NAME, TEXT, AT(set) },
	{ "numgen", NFTA_NG_DREG, REG, AT(dreg) },
	{ "numgen", NFTA_NG_MODULUS, NUMBER, AT(len) },
	{ "numgen", NFTA_NG_TYPE, NUMBER, AT(type) },
	{ "numgen", NFTA_NG_OFFSET, NUMBER, AT(offset) },
	{ "hash", NFTA_HASH_SREG, REG, AT(sreg) },
	{ "hash", NFTA_HASH_DREG, REG, AT(dreg) },
	{ "hash", NFTA_HASH_MODULUS, NUMBER, AT(len) },
	{ "hash", NFTA_HASH_TYPE, NUMBER, AT(type) },
	{ "hash", NFTA_HASH_OFFSET, NUMBER, AT(offset) },
	{ "socket", NFTA_SOCKET_DREG, REG, AT(dreg) },
	{ "socket", NFTA_SOCKET_KEY, NUMBER, AT(key) },
	{ "socket", NFTA_SOCKET_LEVEL, NUMBER, AT(offset) },
	{ "tproxy", NFTA_TPROXY_FAMILY, NUMBER, AT(family) },
	{ "tproxy", NFTA_TPROXY_REG_ADDR, REG, AT(sreg) },
	{ "tproxy", NFTA_TPROXY_REG_PORT, REG, AT(sreg_proto) },
	{ "queue", NFTA_QUEUE_NUM, NUMBER, AT(key) },
	{ "queue", NFTA_QUEUE_TOTAL, NUMBER, AT(len) },
	{ "queue", NFTA_QUEUE_FLAGS, NUMBER, AT(flags) },
	{ "queue", NFTA_QUEUE_SREG_QNUM, REG, AT(sreg) },
	{ "dup", NFTA_DUP_SREG_ADDR, REG, AT(sreg) },
	{ "dup", NFTA_DUP_SREG_DEV, REG, AT(sreg_max) },
	{ "fwd", NFTA_FWD_SREG_DEV, REG, AT(sreg) },
	{ "flow_offload", NFTA_FLOW_TABLE_NAME, TEXT, AT(name) },
	{ "osf", NFTA_OSF_DREG, REG, AT(dreg) },
	{ "xfrm", NFTA_XFRM_DREG, REG, AT(dreg) },
	{ "xfrm", NFTA_XFRM_KEY, NUMBER, AT(key) },
	{ "tunnel", NFTA_TUNNEL_DREG, REG, AT(dreg) },
	{ "tunnel", NFTA_TUNNEL_KEY, NUMBER, AT(key) },
	/* of these the name says all that matters */
	{ "counter", NFTA_EXPR_UNSPEC, NUMBER, AT(key) },
	{ "notrack", NFTA_EXPR_UNSPEC, NUMBER, AT(key) },
	{ "last", NFTA_EXPR_UNSPEC, NUMBER, AT(key) },
	{ "synproxy", NFTA_EXPR_UNSPEC, NUMBER, AT(key) },
};

uint64_t nft_number(const struct nlattr *attr)
{
	const void *p = mnl_attr_get_payload(attr);
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		memcpy(&two, p, sizeof(two));
		return ntohs(two);
	case 4:
		memcpy(&four, p, sizeof(four));
		return ntohl(four);
	case 8:
		memcpy(&eight, p, sizeof(eight));
		return be64toh(eight);
	}
	return 0;
}

const char *nft_text(struct arena *a, const struct nlattr *attr)
{
	const char *p = mnl_attr_get_payload(attr);

	return arena_strndup(a, p, strnlen(p, mnl_attr_get_payload_len(attr)));
}

static struct world_bytes copy_bytes(struct arena *a, const struct nlattr *attr)
{
	struct world_bytes b = { .n = mnl_attr_get_payload_len(attr) };
	uint8_t *v = arena_alloc(a, b.n);

	memcpy(v, mnl_attr_get_payload(attr), b.n);
	b.v = v;
	return b;
}

/* Both ways to number registers become the kernel's own: words of 32 bits (nft_parse_register()). */
static uint64_t register_word(uint64_t reg)
{
	return reg <= NFT_REG_4    ? reg * NFT_REG_SIZE / NFT_REG32_SIZE :
	       reg >= NFT_REG32_00 ? reg - NFT_REG32_00 + NFT_REG_SIZE / NFT_REG32_SIZE :
				     UINT32_MAX;
}

void nft_data(struct arena *a, const struct nlattr *nest, struct world_bytes *bytes, int64_t *verdict,
	      const char **chain)
{
	const struct nlattr *attr, *part;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == NFTA_DATA_VALUE)
			*bytes = copy_bytes(a, attr);
		if (mnl_attr_get_type(attr) != NFTA_DATA_VERDICT)
			continue;
		mnl_attr_for_each_nested(part, attr)
		{
			if (mnl_attr_get_type(part) == NFTA_VERDICT_CODE)
				*verdict = (int32_t)nft_number(part);
			if (mnl_attr_get_type(part) == NFTA_VERDICT_CHAIN)
				*chain = nft_text(a, part);
		}
	}
}

static void take_attribute(struct arena *a, struct world_expr *x, const struct row *row,
			   const struct nlattr *attr)
{
	void *member = (char *)x + row->at;

	switch ((enum type)row->type) {
	case NUMBER:
		*(uint64_t *)member = nft_number(attr);
		break;
	case REG:
		*(uint64_t *)member = register_word(nft_number(attr));
		break;
	case TEXT:
		*(const char **)member = nft_text(a, attr);
		break;
	case DATA:
		nft_data(a, attr, &x->data, &x->verdict, &x->chain);
		break;
	case DATA2:
		nft_data(a, attr, &x->data2, &x->verdict, &x->chain);
		break;
	case INFO:
		x->info = copy_bytes(a, attr);
		break;
	}
}

static const struct row *rows_of(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_eq(rows[i].kind, kind))
			return &rows[i];
	}
	return NULL;
}

static void read_exprs(struct arena *a, const struct nlattr *list, struct world_expr **v, size_t *n,
		       int depth);

/* What is nested in a dynset: one expression, or a list. */
static void take_nested(struct arena *a, struct world_expr *x, const struct nlattr *attr, int depth);

static void read_expr(struct arena *a, struct world_expr *x, const struct nlattr *expr, int depth)
{
	const struct nlattr *attr, *data = NULL;

	mnl_attr_for_each_nested(attr, expr)
	{
		if (mnl_attr_get_type(attr) == NFTA_EXPR_NAME)
			x->kind = mnl_attr_get_str(attr);
		if (mnl_attr_get_type(attr) == NFTA_EXPR_DATA)
			data = attr;
	}
	const struct row *first = x->kind ? rows_of(x->kind) : NULL;

	x->kind = first ? first->kind : arena_strdup(a, x->kind ? x->kind : "?");
	if (!first || !data)
		return;
	mnl_attr_for_each_nested(attr, data)
	{
		for (const struct row *row = first; row < rows + ARRAY_LEN(rows) && row->kind == first->kind;
		     row++) {
			if (row->attr == mnl_attr_get_type(attr))
				take_attribute(a, x, row, attr);
		}
		if (str_eq(x->kind, "dynset"))
			take_nested(a, x, attr, depth);
	}
}

static void take_nested(struct arena *a, struct world_expr *x, const struct nlattr *attr, int depth)
{
	if (mnl_attr_get_type(attr) == NFTA_DYNSET_EXPR && depth < EXPR_DEPTH) {
		x->exprs = arena_new(a, struct world_expr);
		x->n_exprs = 1;
		read_expr(a, x->exprs, attr, depth + 1);
	}
	if (mnl_attr_get_type(attr) == NFTA_DYNSET_EXPRESSIONS)
		read_exprs(a, attr, &x->exprs, &x->n_exprs, depth + 1);
}

static void read_exprs(struct arena *a, const struct nlattr *list, struct world_expr **v, size_t *n,
		       int depth)
{
	const struct nlattr *attr;
	size_t count = 0;

	*n = 0;
	if (depth > EXPR_DEPTH)
		return;
	mnl_attr_for_each_nested(attr, list) count++;
	*v = arena_array(a, struct world_expr, count);
	mnl_attr_for_each_nested(attr, list) read_expr(a, &(*v)[(*n)++], attr, depth);
}

struct world_expr *nft_exprs(struct arena *a, const struct nlattr *list, size_t *n)
{
	struct world_expr *v = NULL;

	read_exprs(a, list, &v, n, 0);
	return v;
}

const char *nft_comment(struct arena *a, const struct nlattr *userdata)
{
	const uint8_t *p = mnl_attr_get_payload(userdata);
	size_t left = mnl_attr_get_payload_len(userdata);

	while (left >= 2 && left >= 2u + p[1]) {
		if (p[0] == UDATA_COMMENT)
			return arena_strndup(a, (const char *)p + 2, strnlen((const char *)p + 2, p[1]));
		left -= 2u + p[1];
		p += 2 + p[1];
	}
	return NULL;
}
