/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libmnl/libmnl.h>

#include "kernel/net/netlink.h"
#include "observe/world/world.h"

/*
 * Whole tables over netlink, for the readers of a network namespace: what is asked for, and by tables which attribute
 * becomes which member.
 */

/* A row: the attribute of that type goes to the member at that offset. */
enum attr_how {
	ATTR_END,
	ATTR_TEXT,   /* const char * */
	ATTR_FLAG,   /* bool, of any number */
	ATTR_NUMBER, /* int64_t or uint64_t, of 1, 2, 4 or 8 bytes */
	ATTR_U32,    /* uint32_t, of the same */
	ATTR_IP,     /* struct ip, of 4 or 16 bytes; its length is kept if it has one */
	ATTR_MAC,    /* const char *, of 6 bytes */
	ATTR_NEST,   /* more rows, of the same struct */
};

struct attr_row {
	uint16_t type;
	uint8_t how;
	uint16_t offset;
	const struct attr_row *within; /* of a nest */
};

/* Take an attribute if a row is about it. */
void attr_take(struct arena *a, const struct attr_row *rows, const struct nlattr *attr, void *to);

/* All attributes of a message behind its header of that size. */
void attr_take_all(struct arena *a, const struct attr_row *rows, const struct nlmsghdr *msg, size_t header,
		   void *to);

uint64_t attr_number(const struct nlattr *attr);
/* Up to its NUL, or its end. */
const char *attr_text(struct arena *a, const struct nlattr *attr);

/* The first attribute of that type within a nest, or NULL. */
const struct nlattr *attr_within(const struct nlattr *nest, uint16_t type);

/* What a callback of a dump works on. */
struct dump {
	struct world *w;
	struct world_netns *ns;
	struct netlink *nl;
	size_t at; /* the reader's own: where it is */
};

/* Run the batch, which ends with a dump; fn gets the struct dump, and NULL to begin again (kernel/net/netlink.h). What
 * fails is told as unread, "netns net1: WHAT: ...", but for what this kernel has not. */
void dump_run(struct dump *d, struct netlink_batch *b, netlink_fn *fn, const char *what);

/* sysctls.c: what a link says of itself (IFLA_AF_SPEC) as net.ipv4.conf.LINK.* and net.ipv6.conf.LINK.*: no file need
 * be opened for it. */
void world_take_devconf(struct world *w, struct world_netns *ns, const char *link,
			const struct nlattr *af_spec);
