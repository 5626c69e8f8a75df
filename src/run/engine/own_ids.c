/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/own_ids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/home.h"
#include "base/io.h"
#include "kernel/fs/mount.h"
#include "kernel/process/userns.h"
#include "spec/user.h"

int own_ids_subid(struct arena *a, const char *file, const char *name, uint32_t uid, struct spec_idmap *map)
{
	char *text;
	size_t len;
	int r = io_read_file(a, AT_FDCWD, file, 1 << 20, &text, &len);

	return r < 0 ? r : idmap_subid(text, len, name, uid, map);
}

bool own_ids_program(const char *name)
{
	char path[4096];
	const char *dirs = getenv("PATH");

	for (const char *p = dirs ? dirs : "/usr/bin:/bin"; p; p = *p == ':' ? p + 1 : NULL) {
		size_t n = strcspn(p, ":");

		if (snprintf(path, sizeof(path), "%.*s/%s", (int)n, p, name) < (int)sizeof(path) &&
		    access(path, X_OK) == 0)
			return true;
		p += n;
	}
	return false;
}

/* By uid, as newuidmap(1) does: the environment may say anything. */
static const char *name_of(struct arena *a, uint32_t uid)
{
	char *text;
	size_t len;

	return io_read_file(a, AT_FDCWD, "/etc/passwd", 1 << 20, &text, &len) < 0 ?
		       NULL :
		       user_name(a, text, len, uid);
}

const char *own_ids_find(struct arena *a, uint32_t uid, struct spec_idmap *uids, struct spec_idmap *gids)
{
	const char *name = name_of(a, uid), *who = name ? name : arena_printf(a, "%u", uid);

	if (own_ids_subid(a, "/etc/subuid", name, uid, uids) < 0 ||
	    own_ids_subid(a, "/etc/subgid", name, uid, gids) < 0)
		return arena_printf(
			a,
			"/etc/subuid or /etc/subgid has none for %s; as root, usermod --add-subuids "
			"100000-165535 --add-subgids 100000-165535 %s",
			who, who);
	if (!own_ids_program("newuidmap") || !own_ids_program("newgidmap"))
		return "newuidmap is not installed (Debian: uidmap)";
	return NULL;
}

void own_ids(struct arena *a, struct own_ids *own)
{
	uint32_t uid = home_uid(), gid = getegid();

	own->why = own_ids_find(a, uid, &own->uids, &own->gids);
	own->uid_map = arena_printf(a, "0 %u 1", uid);
	own->gid_map = arena_printf(a, "0 %u 1", gid);
	if (own->why)
		return;
	own->uid_map = arena_printf(a, "%s\n1 %u %u", own->uid_map, own->uids.outside, own->uids.size);
	own->gid_map = arena_printf(a, "%s\n1 %u %u", own->gid_map, own->gids.outside, own->gids.size);
}

int own_ids_mounts(struct arena *a, const char **why, struct err *e)
{
	struct own_ids own;

	*why = NULL;
	if (geteuid() == 0)
		return mount_own_namespace() < 0 ? err_set(e, "own-mounts", errno, "make a mount namespace") : 0;
	own_ids(a, &own);
	*why = own.why;
	return userns_enter(own.uid_map, own.gid_map, !own.why, e);
}

int own_ids_reach(struct arena *a, struct err *e)
{
	const char *why;

	return geteuid() == 0 ? 0 : own_ids_mounts(a, &why, e);
}
