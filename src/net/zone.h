/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/net/ip.h"
#include "net/roster.h"

/*
 * The names of a network (net/roster.h) as its name server has them: found by name and by address, capitals
 * or not, with as much work however many there are, and read anew when somebody joined or left. The roster is
 * never changed in place: another file is renamed there. So the one that was read is held open, and as long
 * as the name leads to that inode all is as it was.
 */
struct zone_index {
	struct zone_entry *v; /* from 1 on */
	uint32_t *heads, n, mask;
};

struct zone {
	int dir;  /* the network's directory: the caller's */
	int file; /* the roster that was read; -1: there was none */
	struct arena arena;
	struct roster roster;
	struct zone_index names, addresses;
	uint32_t turn; /* who of several is told first */
};

#define ZONE_INIT(descriptor)                                                                                \
	{                                                                                                    \
		.dir = (descriptor), .file = -1                                                              \
	}

/* Read it if it is another by now. On failure it is as it was, and the next call tries again. */
int zone_refresh(struct zone *z, struct err *e);
void zone_close(struct zone *z);

/* The next address of that name: *at is 0 at first. */
bool zone_next(const struct zone *z, const char *name, uint32_t *at, struct ip *ip);

/* The names of who has the address, words with a blank between; NULL: nobody. */
const char *zone_names_of(const struct zone *z, struct ip ip);

/*
 * What is answered out of it: the length of the answer in out, which has room for DNS_TCP bytes; 0: it is for
 * others to know (*q is what was asked). A query that is none has an answer, too; -1: nothing is to be
 * answered. What is in one of the network's own subnets is known here or not at all. udp: the answer has what
 * room the query says.
 */
struct dns_query;
int zone_answer(struct zone *z, const struct ip *subnets, size_t n_subnets, const uint8_t *query, size_t len,
		bool udp, struct dns_query *q, uint8_t *out);
