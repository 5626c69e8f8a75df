/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Which ids of the host a container's ids are.
 *
 *     root, none asked for      no user namespace
 *     root, --userns auto       a range of 65536 from /etc/subuid for "guise" or, as podman has it,
 *                               "containers"; without either, ids from 2147483648 on, one range a container
 *     a user                    always one: root inside is the user outside, and the user's subordinate
 *                               ids follow from 1 on, where /etc/subuid gives them any and newuidmap is
 *                               there; else that one id is all there is
 *     UID:HOST:SIZE             just that
 */
#include "run/probe_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "spec/idmap.h"

enum { RANGE = 65536 };

static int find_subid(struct arena *a, const char *file, const char *name, uint32_t uid, struct spec_idmap *map)
{
	char *text;
	size_t len;
	int r = io_read_file(a, AT_FDCWD, file, 1 << 20, &text, &len);

	return r < 0 ? r : idmap_subid(text, len, name, uid, map);
}

static bool have_program(const char *name)
{
	char path[4096];
	const char *dirs = getenv("PATH");

	for (const char *p = dirs ? dirs : "/usr/bin:/bin"; p; p = *p == ':' ? p + 1 : NULL) {
		size_t n = strcspn(p, ":");

		if (snprintf(path, sizeof(path), "%.*s/%s", (int)n, p, name) < (int)sizeof(path) && access(path, X_OK) == 0)
			return true;
		p += n;
	}
	return false;
}

static const char *map_line(struct arena *a, const struct spec_idmap *m)
{
	return arena_printf(a, "%u %u %u", m->inside, m->outside, m->size);
}

/* The user's own id as root, and their subordinate ids behind it. */
static void map_user(struct arena *a, struct facts *f)
{
	const char *name = getenv("USER");
	struct spec_idmap uids, gids;
	uint32_t uid = geteuid(), gid = getegid();

	f->uid_map = arena_printf(a, "0 %u 1", uid);
	f->gid_map = arena_printf(a, "0 %u 1", gid);
	f->single_id = true;
	if (find_subid(a, "/etc/subuid", name, uid, &uids) < 0 || find_subid(a, "/etc/subgid", name, uid, &gids) < 0 ||
	    !have_program("newuidmap") || !have_program("newgidmap"))
		return;
	f->uid_map = arena_printf(a, "0 %u 1\n1 %u %u", uid, uids.outside, uids.size);
	f->gid_map = arena_printf(a, "0 %u 1\n1 %u %u", gid, gids.outside, gids.size);
	f->single_id = false;
	f->map_by_helper = true;
}

/* root's containers get ranges of their own where /etc/subuid has none: above what useradd(8) and
 * subuid(5) hand out, chosen by the container's id. */
static void map_auto(struct arena *a, struct facts *f)
{
	struct spec_idmap uids, gids;

	if ((find_subid(a, "/etc/subuid", "guise", UINT32_MAX, &uids) == 0 &&
	     find_subid(a, "/etc/subgid", "guise", UINT32_MAX, &gids) == 0) ||
	    (find_subid(a, "/etc/subuid", "containers", UINT32_MAX, &uids) == 0 &&
	     find_subid(a, "/etc/subgid", "containers", UINT32_MAX, &gids) == 0)) {
		uids.size = uids.size > RANGE ? RANGE : uids.size;
		gids.size = gids.size > RANGE ? RANGE : gids.size;
	} else {
		char digits[5];

		memcpy(digits, f->id, 4);
		digits[4] = '\0';
		uids = (struct spec_idmap){ 0, 0x80000000u + (uint32_t)(strtoul(digits, NULL, 16) & 0x3fff) * RANGE, RANGE };
		gids = uids;
	}
	f->uid_map = map_line(a, &uids);
	f->gid_map = map_line(a, &gids);
}

int probe_userns(struct arena *a, struct spec *s, struct facts *f, struct err *e)
{
	if (s->userns == USERNS_NONE && f->privileged)
		return 0;
	f->userns = true;
	if (s->userns == USERNS_MAP) {
		f->uid_map = f->gid_map = map_line(a, &s->userns_map);
		f->single_id = s->userns_map.size == 1;
		f->map_by_helper = geteuid() != 0 && !f->single_id;
		f->idmap_root = f->privileged;
	} else if (f->privileged) {
		map_auto(a, f);
		f->idmap_root = true;
	} else {
		map_user(a, f);
	}
	/* no bridge without privilege over the host: pasta where it is installed, else nothing */
	if (f->privileged || s->network.mode != NET_BRIDGE)
		return 0;
	if (s->network.given)
		return err_set(e, "no-privilege", EPERM, "use --network bridge"),
		       err_cause(e, "it takes root to make a bridge"),
		       err_hint(e, "use --network pasta, none or host");
	bool pasta = have_program("pasta") && access("/dev/net/tun", R_OK | W_OK) == 0;

	s->network.mode = pasta ? NET_PASTA : NET_NONE;
	return 0;
}
