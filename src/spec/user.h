/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* Who the command runs as, from --user and --group-add and the text of the root's own /etc/passwd and
 * /etc/group. No name service library: those files are the container's, and nothing it wrote may make
 * guise load or ask anything. The caller reads them (a regular file, of bounded size). */

struct user_files {
	const char *passwd, *group; /* text; "" where there is no such file */
	size_t passwd_len, group_len;
};

struct user_ids {
	uint32_t uid, gid;
	uint32_t *groups; /* supplementary: ascending, each once, without gid; in the arena */
	size_t n_groups;
	const char *home; /* from passwd, "/" where the user has no entry; in the arena */
};

/* Is it of the form USER or USER[:GROUP], both a name or a number? -EINVAL "bad-user". */
int user_check(const char *text, struct err *e);

/* What the text of a passwd(5) calls the user of a number; in the arena. NULL: nothing. */
const char *user_name(struct arena *a, const char *passwd, size_t len, uint32_t uid);

/* Look up `user` (NULL: "0") as docker does. Digits are a number, always. A name must have an entry; a number
 * need not, and its group is 0 then. With :GROUP that group and no other from /etc/group; without, the
 * entry's group and every group that lists the user. `extra` (--group-add) comes on top. -ENOENT "no-user",
 * "no-group"; -E2BIG "too-many-groups" above NGROUPS_MAX. */
int user_lookup(struct arena *a, const char *user, const struct strv *extra, const struct user_files *files,
		struct user_ids *ids, struct err *e);
