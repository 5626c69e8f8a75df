/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/user.h"

/* What of the machine both lives ask for. */

/* The numbers of a user and groups, from the passwd and group files below root (O_PATH), which are
 * the container's: hostile. */
int probe_user(struct arena *a, int root, const char *user, const struct strv *groups, struct user_ids *ids,
	       struct err *e);

/* Has the machine cgroups of version 2 and no others, at the usual place? */
bool probe_cgroup2_alone(void);

/* The directory of compiled filters (kernel/seccomp/cache.h), the caller's; -1 where there is none. They are
 * kept where images are: they outlive a reboot, and losing them costs nothing. */
int probe_seccomp_cache(void);
