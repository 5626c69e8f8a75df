/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

/* A descriptor of a new user namespace with these maps and no process in it: for mount_idmap(). Takes
 * privilege over the ids. -errno where it cannot be made. */
int userns_for_maps(const char *uid_map, const char *gid_map);

/* Write uid_map and gid_map of a process in a new user namespace (user_namespaces(7)). The maps are
 * lines "INSIDE OUTSIDE SIZE". by_helper: through newuidmap(1) and newgidmap(1), the set-user-id
 * programs that know which subordinate ids a user owns; else directly, and setgroups is denied first
 * where the kernel demands it of a user without privilege. */
int userns_write_maps(pid_t pid, const char *uid_map, const char *gid_map, bool by_helper, struct err *e);

/* Take this process into a new user namespace with these maps, as above, and a mount namespace of its own, of which nothing that
 * is mounted shows in others: it has all capabilities there. It must have one thread only. */
int userns_enter(const char *uid_map, const char *gid_map, bool by_helper, struct err *e);

/* Is this process in a user namespace other than the machine's first? */
bool userns_inside(void);

/* May nobody in our user namespace change supplementary groups? Nobody may, for ever and in all namespaces
 * below, once a user without privilege has mapped their group (user_namespaces(7), "setgroups"). */
bool userns_denies_groups(void);

/* Do two maps (text as above, or as the kernel pads it) have the same rows? The kernel sorts those of a long
 * one. */
bool userns_same_map(const char *a, const char *b);

/* Has the first all rows of the second? */
bool userns_has_map(const char *map, const char *part);

/* The id outside that one inside is, or -1 if it isn't mapped. */
int64_t userns_outside(const char *map, uint32_t inside);

/* The id inside that one outside is, or -1 if it isn't mapped. */
int64_t userns_within(const char *map, uint32_t outside);

/* The map of a process ("uid_map", "gid_map"), as seen from our user namespace; in the arena. NULL: not
 * there. */
const char *userns_read_map(struct arena *a, pid_t pid, const char *file);
