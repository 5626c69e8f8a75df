/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/world/shape.h"

/* Rules of packets: see shape.h. */

/* clang-format off */
const struct member shape_table[] = {
	MEMBER(struct world_table, family, U64, KEEP),
	MEMBER(struct world_table, flags, U64, KEEP),
	MEMBER(struct world_table, name, STR, HIDE),
	LIST(struct world_table, chains, CHAIN, struct world_chain),
	LIST(struct world_table, sets, SET, struct world_set),
	{ "" },
};

const struct member shape_chain[] = {
	MEMBER(struct world_chain, name, STR, HIDE),
	MEMBER(struct world_chain, type, TEXT, KEEP),
	MEMBER(struct world_chain, handle, U64, KEEP),
	MEMBER(struct world_chain, hook, U64, KEEP),
	MEMBER(struct world_chain, priority, I64, KEEP),
	MEMBER(struct world_chain, policy, I64, KEEP),
	MEMBER(struct world_chain, devices, TEXTS, HIDE),
	LIST(struct world_chain, rules, NFT_RULE, struct world_nft_rule),
	{ "" },
};

const struct member shape_nft_rule[] = {
	MEMBER(struct world_nft_rule, handle, U64, KEEP),
	MEMBER(struct world_nft_rule, comment, TEXT, HIDE),
	LIST(struct world_nft_rule, exprs, EXPR, struct world_expr),
	{ "" },
};

const struct member shape_expr[] = {
	MEMBER(struct world_expr, kind, STR, KEEP),
	MEMBER(struct world_expr, sreg, U64, KEEP),
	MEMBER(struct world_expr, dreg, U64, KEEP),
	MEMBER(struct world_expr, op, U64, KEEP),
	MEMBER(struct world_expr, base, U64, KEEP),
	MEMBER(struct world_expr, offset, U64, KEEP),
	MEMBER(struct world_expr, len, U64, KEEP),
	MEMBER(struct world_expr, key, U64, KEEP),
	MEMBER(struct world_expr, dir, U64, KEEP),
	MEMBER(struct world_expr, flags, U64, KEEP),
	MEMBER(struct world_expr, family, U64, KEEP),
	MEMBER(struct world_expr, type, U64, KEEP),
	MEMBER(struct world_expr, sreg_max, U64, KEEP),
	MEMBER(struct world_expr, sreg_proto, U64, KEEP),
	MEMBER(struct world_expr, sreg_proto_max, U64, KEEP),
	MEMBER(struct world_expr, data, BYTES, HIDE),
	MEMBER(struct world_expr, data2, BYTES, HIDE),
	MEMBER(struct world_expr, verdict, I64, KEEP),
	MEMBER(struct world_expr, chain, TEXT, HIDE),
	MEMBER(struct world_expr, set, TEXT, HIDE),
	MEMBER(struct world_expr, name, TEXT, HIDE),
	MEMBER(struct world_expr, revision, U64, KEEP),
	MEMBER(struct world_expr, info, BYTES, HIDE),
	LIST(struct world_expr, exprs, EXPR, struct world_expr),
	{ "" },
};

const struct member shape_set[] = {
	MEMBER(struct world_set, name, STR, HIDE),
	MEMBER(struct world_set, flags, U64, KEEP),
	MEMBER(struct world_set, key_type, U64, KEEP),
	MEMBER(struct world_set, key_len, U64, KEEP),
	MEMBER(struct world_set, data_type, U64, KEEP),
	MEMBER(struct world_set, data_len, U64, KEEP),
	MEMBER(struct world_set, fields, BYTES, HIDE),
	LIST(struct world_set, elements, ELEMENT, struct world_element),
	MEMBER(struct world_set, is_partial, BOOL, KEEP),
	{ "" },
};

const struct member shape_element[] = {
	MEMBER(struct world_element, key, BYTES, HIDE),
	MEMBER(struct world_element, key_end, BYTES, HIDE),
	MEMBER(struct world_element, data, BYTES, HIDE),
	MEMBER(struct world_element, flags, U64, KEEP),
	MEMBER(struct world_element, verdict, I64, KEEP),
	MEMBER(struct world_element, chain, TEXT, HIDE),
	MEMBER(struct world_element, comment, TEXT, HIDE),
	{ "" },
};

const struct member shape_xt_table[] = {
	MEMBER(struct world_xt_table, family, U64, KEEP),
	MEMBER(struct world_xt_table, name, STR, KEEP),
	LIST(struct world_xt_table, chains, XT_CHAIN, struct world_xt_chain),
	{ "" },
};

const struct member shape_xt_chain[] = {
	MEMBER(struct world_xt_chain, name, STR, HIDE),
	MEMBER(struct world_xt_chain, is_base, BOOL, KEEP),
	MEMBER(struct world_xt_chain, hook, U64, KEEP),
	MEMBER(struct world_xt_chain, policy, I64, KEEP),
	LIST(struct world_xt_chain, rules, XT_RULE, struct world_xt_rule),
	{ "" },
};

const struct member shape_xt_rule[] = {
	MEMBER(struct world_xt_rule, src, IP, HIDE),
	MEMBER(struct world_xt_rule, src_mask, IP, HIDE),
	MEMBER(struct world_xt_rule, dst, IP, HIDE),
	MEMBER(struct world_xt_rule, dst_mask, IP, HIDE),
	MEMBER(struct world_xt_rule, in, TEXT, HIDE),
	MEMBER(struct world_xt_rule, out, TEXT, HIDE),
	MEMBER(struct world_xt_rule, logical_in, TEXT, HIDE),
	MEMBER(struct world_xt_rule, logical_out, TEXT, HIDE),
	MEMBER(struct world_xt_rule, source_mac, BYTES, HIDE),
	MEMBER(struct world_xt_rule, source_mask, BYTES, HIDE),
	MEMBER(struct world_xt_rule, dest_mac, BYTES, HIDE),
	MEMBER(struct world_xt_rule, dest_mask, BYTES, HIDE),
	MEMBER(struct world_xt_rule, proto, U64, KEEP),
	MEMBER(struct world_xt_rule, flags, U64, KEEP),
	MEMBER(struct world_xt_rule, invflags, U64, KEEP),
	LIST(struct world_xt_rule, matches, XT_EXTENSION, struct world_xt_extension),
	PART(struct world_xt_rule, target, XT_EXTENSION, struct world_xt_extension),
	MEMBER(struct world_xt_rule, verdict, I64, KEEP),
	MEMBER(struct world_xt_rule, chain, TEXT, HIDE),
	{ "" },
};

const struct member shape_xt_extension[] = {
	MEMBER(struct world_xt_extension, name, TEXT, KEEP),
	MEMBER(struct world_xt_extension, revision, U64, KEEP),
	MEMBER(struct world_xt_extension, info, BYTES, HIDE),
	{ "" },
};

const struct member shape_ipset[] = {
	MEMBER(struct world_ipset, name, STR, HIDE),
	MEMBER(struct world_ipset, type, STR, KEEP),
	MEMBER(struct world_ipset, index, U64, KEEP),
	MEMBER(struct world_ipset, family, U64, KEEP),
	MANY(struct world_ipset, elements, BYTES_LIST, HIDE),
	{ "" },
};
/* clang-format on */
