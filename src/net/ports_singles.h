/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/net/netlink.h"

/*
 * Who has ports at single addresses of the host, whichever these are: a port at all of them meets each. The map's key
 * begins with the address, so the kernel can't be asked for a port: all of a family are listed, once, for any number of
 * questions. What others change afterwards is not seen.
 */
struct ports_single {
	uint32_t key; /* protocol and port */
	const char *owner;
};

struct ports_singles {
	struct arena *arena; /* the caller's, for what is listed; the rest is zeros at first */
	struct ports_singles_of {
		bool listed;
		struct ports_single *all; /* in the order of their keys */
		size_t n;
	} of[2]; /* IPv4, IPv6 */
};

/* Their marks are handed over one by one, "" where there is none. */
typedef void ports_single_fn(const char *owner, void *arg);

/* List those of that family (AF_INET, AF_INET6), unless they are. 0 or -errno, as nft_list_elements(). nl: nft_open(). */
int ports_singles_list(struct ports_singles *s, struct netlink *nl, int family, struct err *e);

/* Hand over who has that port, of those listed. */
void ports_singles_find(const struct ports_singles *s, int family, uint8_t proto, unsigned port,
			ports_single_fn *fn, void *arg);
