/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "observe/world/world.h"

/*
 * The structs of a world, described: a row for each member. By these tables a world is written, loaded, redacted
 * and compared, so that a member is told once (shapes.c, shapes_rules.c), and one that is forgotten there is no part
 * of a file either.
 *
 * A key is inline and a list's elements are named by number, so that the tables need no relocation when guise
 * starts.
 */
enum member_type {
	MEMBER_END,
	MEMBER_TEXT,
	MEMBER_STR, /* a text that is there, "" at least, which who reads a world can count on */
	MEMBER_BOOL,
	MEMBER_I64,
	MEMBER_U64,
	MEMBER_U32,
	MEMBER_IP,         /* "10.0.0.1/24", or without the length where it is whole */
	MEMBER_BYTES,      /* hexadecimal */
	MEMBER_BYTES_LIST, /* pointer and count */
	MEMBER_TEXTS,      /* struct strv */
	MEMBER_SETTINGS,   /* pointer and count; an object, a key a setting */
	MEMBER_NAMESPACES, /* inodes, WORLD_NS_COUNT of them; an object of world_ns_names */
	MEMBER_PART,       /* a struct within */
	MEMBER_LIST,       /* pointer and count */
};

/* What each of them is in C. */
#define MEMBER_IN_C_TEXT       const char *
#define MEMBER_IN_C_STR        const char *
#define MEMBER_IN_C_BOOL       bool
#define MEMBER_IN_C_I64        int64_t
#define MEMBER_IN_C_U64        uint64_t
#define MEMBER_IN_C_U32        uint32_t
#define MEMBER_IN_C_IP         struct ip
#define MEMBER_IN_C_BYTES      struct world_bytes
#define MEMBER_IN_C_TEXTS      struct strv
#define MEMBER_IN_C_SETTINGS   struct world_setting *
#define MEMBER_IN_C_BYTES_LIST struct world_bytes *
#define MEMBER_IN_C_NAMESPACES uint64_t *

enum shape_id {
	SHAPE_WORLD,
	SHAPE_NETNS,
	SHAPE_NSID,
	SHAPE_LINK,
	SHAPE_PORT,
	SHAPE_VLAN,
	SHAPE_ADDR,
	SHAPE_ROUTE,
	SHAPE_NEXTHOP,
	SHAPE_RULE,
	SHAPE_NEIGH,
	SHAPE_SOCKET,
	SHAPE_QDISC,
	SHAPE_TABLE,
	SHAPE_CHAIN,
	SHAPE_NFT_RULE,
	SHAPE_EXPR,
	SHAPE_SET,
	SHAPE_ELEMENT,
	SHAPE_XT_TABLE,
	SHAPE_XT_CHAIN,
	SHAPE_XT_RULE,
	SHAPE_XT_EXTENSION,
	SHAPE_IPSET,
	SHAPE_PROCESS,
	SHAPE_MEMBER,
	SHAPE_CGROUP,
	SHAPE_MOUNTNS,
	SHAPE_MOUNT,
	SHAPE_CONTAINER,
	SHAPE_PUBLISHED,
	SHAPE_MARK,
	SHAPE_COUNT
};

/* What redaction does with a text: leave it, a word of the kernel's or of an engine's; or replace what names somebody's
 * things. Addresses and bytes are always looked at. */
enum member_redact { KEEP, HIDE };

struct member {
	char key[20]; /* "" ends the table */
	uint8_t type; /* enum member_type */
	uint8_t redact;
	uint8_t of; /* enum shape_id of a list's or part's elements */
	uint16_t offset;
	uint16_t count; /* offset of a list's count */
};

struct shape {
	const struct member *members;
	size_t size;
};

const struct shape *shape_of(enum shape_id id);

/* In shapes_rules.c. */
extern const struct member shape_table[], shape_chain[], shape_nft_rule[], shape_expr[], shape_set[],
	shape_element[], shape_xt_table[], shape_xt_chain[], shape_xt_rule[], shape_xt_extension[],
	shape_ipset[];

/* A row. That the member is of that type the compiler sees: no other has an offset here. */
#define MEMBER(owner, member, type_, redact_)                                                                \
	{                                                                                                    \
		.key = #member, .type = MEMBER_##type_, .redact = redact_,                                   \
		.offset = _Generic(((owner *)0)->member, MEMBER_IN_C_##type_                                 \
				   : offsetof(owner, member))                                                \
	}
/* A struct within, and lists: of structs, of settings, of bytes. */
#define PART(owner, member, of_, type_in_c)                                                                  \
	{                                                                                                    \
		.key = #member, .type = MEMBER_PART, .of = SHAPE_##of_,                                      \
		.offset = _Generic(((owner *)0)->member, type_in_c                                           \
				   : offsetof(owner, member))                                                \
	}
#define LIST(owner, member, of_, type_in_c)                                                                  \
	{                                                                                                    \
		.key = #member, .type = MEMBER_LIST, .of = SHAPE_##of_,                                      \
		.count = offsetof(owner, n_##member),                                                        \
		.offset = _Generic(((owner *)0)->member, type_in_c *                                         \
				   : offsetof(owner, member))                                                \
	}
#define MANY(owner, member, type_, redact_)                                                                  \
	{                                                                                                    \
		.key = #member, .type = MEMBER_##type_, .count = offsetof(owner, n_##member),                \
		.redact = redact_,                                                                           \
		.offset = _Generic(((owner *)0)->member, MEMBER_IN_C_##type_                                 \
				   : offsetof(owner, member))                                                \
	}
