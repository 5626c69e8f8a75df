/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/*
 * The names of network namespaces, as ip-netns(8) has them: each is a file that the namespace is mounted on.
 */

/* Where they are. */
#define NETNS_DIR "/run/netns"

/* Can one have that name? 0 or -EINVAL "bad-netns". */
int netns_name(const char *name, struct err *e);

/* The path of one, whose name is good. */
const char *netns_path(struct arena *a, const char *name);

/* The name of the one at that path; NULL: it is of another directory, or not to be a name. */
const char *netns_of_path(const char *path);
