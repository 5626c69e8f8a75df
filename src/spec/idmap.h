/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* Which ids of the host a user namespace gets. */

/* --userns UID:HOST:SIZE: `size` ids from `inside` on are the host's from `outside` on.
 * -EINVAL or -ERANGE, "bad-userns". */
int idmap_parse(const char *text, struct spec_idmap *map, struct err *e);

/* --userns keep-id[:uid=N,gid=N], as podman has it; text is what is behind "keep-id". -1: not given. -EINVAL,
 * "bad-userns". */
int idmap_parse_keep(const char *text, int64_t *uid, int64_t *gid, struct err *e);

/* The map that it means: the user's id `outside` is `inside`, and the ids before and behind that are the
 * subordinate ones (inside of which is not looked at), in their order. Returns how many lines it has. */
size_t idmap_keep(uint32_t inside, uint32_t outside, const struct spec_idmap *subordinate,
		  struct spec_idmap lines[3]);

/* The first range that the text of /etc/subuid or /etc/subgid (subuid(5): OWNER:FIRST:COUNT) gives to the
 * user, by name or by number. `user` may be NULL. Lines that are not of that form, or reach beyond the
 * last id, are passed over, as newuidmap(1) does. 0 with outside and size filled and inside 0; -ENOENT. */
int idmap_subid(const char *text, size_t len, const char *user, uint32_t uid, struct spec_idmap *map);

/* Maps as /proc/PID/uid_map takes them: lines "INSIDE OUTSIDE SIZE", without a newline at the end. NULL for
 * none. */
const char *idmap_lines(struct arena *a, const struct spec_idmap *m, size_t n);
