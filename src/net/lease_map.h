/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kernel/net/ip.h"

/*
 * Which addresses of a network are taken, for who would else have to look at each: the file `taken` beside the leases
 * (net/lease.h), a bit for each. A question or a change costs the same however many there are.
 *
 *     sections      one for each range that addresses were given from, found by its first address
 *     words         64 bits each: bit n of all is the range's n-th address
 *     any, full     a bit for each word: one of its bits is set, all are
 *
 * The truth is the lease's file; a bit is set before that is made, and cleared behind its removal. So a kill leaves at
 * most a bit without a file ("stale"), never a file without one: what is clear is free, what is set is looked at.
 * Likewise `any` may say too much, and `full` too little.
 *
 * An address beyond all sections, which a person asked for in a large network of IPv6, has no bit; `far` says that there may be
 * such, and then the directory is read. The network is locked.
 */
#define LEASE_MAP_FILE "taken"

enum { LEASE_MAP_BITS = 1 << 16, LEASE_MAP_WORDS = LEASE_MAP_BITS / 64 };
#define LEASE_MAP_NONE INT64_MAX

struct lease_map {
	int fd;     /* the file; the caller's */
	int64_t at; /* where its section begins */
};

/* The section of the range with that first address. -ENOENT where there is none. */
int lease_map_find(int fd, struct ip first, struct lease_map *m);

/* Make it, with these bits. */
int lease_map_add(int fd, struct ip first, const uint64_t bits[LEASE_MAP_WORDS], struct lease_map *m);

/* Clear all bits that are not among these. */
int lease_map_keep(const struct lease_map *m, const uint64_t bits[LEASE_MAP_WORDS]);

/* The address's bit, in each section that has one: a network may have been defined anew, with another range. Where none
 * has, and it is taken, `far` says so. 0 or -errno. */
int lease_map_mark(int fd, struct ip addr, bool taken);

/* Is the bit of the address set in any section? True where none has it, too, or it cannot be read. */
bool lease_map_has(int fd, struct ip addr);

/* 0 or -errno. */
int lease_map_set(const struct lease_map *m, uint32_t place, bool taken);

/* The first clear bit from `from` on, below `end`; LEASE_MAP_NONE. -errno as int64_t. */
int64_t lease_map_clear_from(const struct lease_map *m, uint32_t from, uint32_t end);

/* Any set bit, of any section, and the address that it stands for: 1, 0 where all are clear, -errno. */
int lease_map_any(int fd, struct lease_map *m, uint32_t *place, struct ip *addr);

/* How many bits are set, of all sections: stale ones, too; an address that lies in two counts twice, one beyond all (`far`) not
 * at all. */
unsigned lease_map_count(int fd);

/* May there be leases without a bit? */
bool lease_map_far(int fd);
int lease_map_not_far(int fd);
