/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/eval.h"

/* Between the files that print rules of nf_tables. */

/* What a value is: how nft(8) prints it. */
enum value_type {
	V_HEX,
	V_IP4,
	V_IP6,
	V_PORT,
	V_NUMBER, /* in network order */
	V_HOST_NUMBER,
	V_MARK,
	V_NAME,
	V_MAC,
	V_STATE,
	V_STATUS,
	V_TCP_FLAGS,
	V_PROTO,
	V_ETHERTYPE,
	V_FAMILY,
	V_ICMP,
	V_ICMP6,
	V_ADDR_TYPE,
	V_PKTTYPE,
	V_DIRECTION,
	V_EXISTS,
};

void value_text(struct str *s, enum value_type type, const uint8_t *v, size_t n);

/* What a register holds while a rule is printed. */
struct slot {
	const char *text; /* "tcp dport"; NULL: nothing that is known */
	enum value_type type;
	size_t len;
	bool is_value;              /* an immediate's: text is the value */
	const uint8_t *mask, *xor_; /* of a bitwise, of len bytes */
};

enum { SLOTS = 16 };

/* The name of what meta, ct, payload, fib and the like load. (rule_name.c) */
struct slot slot_of(struct arena *a, const struct world_expr *x, uint64_t family, unsigned proto);

/* A set as it stands in a rule: "@name", or "{ 22, 80 }" of an anonymous one, whose fields are as in slots. (rule_set.c) */
void set_text(struct str *s, const struct world_set *set, const struct slot *slots, size_t n_slots);
void verdict_text(struct str *s, int64_t verdict, const char *chain);
