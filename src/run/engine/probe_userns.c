/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Which ids of the host a container's ids are.
 *
 *     root, none asked for      no user namespace
 *     root, --userns auto       65536 of the range that /etc/subuid has for "guise" or, as podman has it,
 *                               "containers"; without either, of the ids from 2147483648 on. They are the
 *                               container's alone, by a lease (plan/steps/ids.c), if there are more than one
 *                               container's
 *     a user                    always one: root inside is the user outside, and the user's subordinate
 *                               ids follow from 1 on, where /etc/subuid gives them any and newuidmap is
 *                               there; else that one id is all there is
 *     a user, keep-id           the user inside is the user outside, and the subordinate ids are before and behind;
 *                               who runs the command, unless told otherwise
 *     UID:HOST:SIZE             just that
 */
#include "run/engine/own_ids.h"
#include "run/engine/probe_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "plan/steps/steps.h"
#include "spec/idmap.h"
#include "spec/user.h"

enum { RANGE = 65536 };

/* ---- a user ---- */

static void note_fewer(struct arena *a, struct facts *f, uint32_t uids, uint32_t gids)
{
	uint32_t n = uids < gids ? uids : gids;

	if (n < RANGE - 1)
		strv_push(a, &f->notes,
			  arena_printf(a,
				       "only %u of the ids inside are there: /etc/subuid and /etc/subgid "
				       "have no more",
				       n + 1));
}

static void map_user(struct arena *a, const struct spec *s, struct facts *f)
{
	struct own_ids own;

	own_ids(a, &own);
	f->single_id = own.why != NULL;
	f->map_by_helper = !own.why;
	f->uid_map = own.uid_map;
	f->gid_map = own.gid_map;
	if (own.why) {
		/* who runs a command as root of the host's files needs no other: only who asked for more
		 * misses it */
		if (s->userns == USERNS_AUTO || s->root.kind != ROOT_HOST)
			strv_push(a, &f->notes, arena_printf(a, "only the id 0 is there inside: %s", own.why));
		return;
	}
	note_fewer(a, f, own.uids.size, own.gids.size);
}

static int keep_user(struct arena *a, struct spec *s, struct facts *f, struct err *e)
{
	struct spec_idmap uids, gids, lines[3];
	uint32_t uid = geteuid(), gid = getegid();
	uint32_t in_uid = s->keep_uid < 0 ? uid : (uint32_t)s->keep_uid,
		 in_gid = s->keep_gid < 0 ? gid : (uint32_t)s->keep_gid;
	const char *why = f->privileged ? NULL : own_ids_find(a, uid, &uids, &gids);

	if (f->privileged)
		return err_set(e, "bad-userns", EINVAL, "use --userns keep-id"),
		       err_cause(e, "it keeps the ids of a user, and root's are kept without it"),
		       err_hint(e, "leave it out, or use --userns auto");
	/* root inside, who makes the container, is another then */
	if (why)
		return err_set(e, "no-free-ids", EPERM, "use --userns keep-id"),
		       err_cause(e, "it takes subordinate ids"), err_hint(e, "%s", why);
	f->map_by_helper = true;
	f->uid_map = idmap_lines(a, lines, idmap_keep(in_uid, uid, &uids, lines));
	f->gid_map = idmap_lines(a, lines, idmap_keep(in_gid, gid, &gids, lines));
	if (!s->user)
		s->user = arena_printf(a, "%u:%u", in_uid, in_gid);
	return 0;
}

/* ---- root ---- */

/* What the machine's administrator gave to containers; else what is above all that useradd(8) and
 * subuid(5) hand out. The size is what there is for all of them. */
static const char *find_pool(struct arena *a, struct spec_idmap *uids, struct spec_idmap *gids)
{
	static const char *const owners[] = { "guise", "containers" };

	for (size_t i = 0; i < ARRAY_LEN(owners); i++)
		if (own_ids_subid(a, "/etc/subuid", owners[i], UINT32_MAX, uids) == 0 &&
		    own_ids_subid(a, "/etc/subgid", owners[i], UINT32_MAX, gids) == 0)
			return owners[i];
	*uids = *gids = (struct spec_idmap){ 0, 0x80000000u, RANGE << 14 };
	return NULL;
}

/* The first free one, from where the container's id says; `n`: none is. */
static uint32_t free_range(const struct state *st, const struct facts *f, uint32_t first, uint32_t n)
{
	char digits[9] = "";
	uint32_t from, i = 0;

	memcpy(digits, f->id, 8);
	from = (uint32_t)strtoul(digits, NULL, 16) % n;
	while (i < n && step_ids_are_taken(st->fd, first + (from + i) % n * RANGE))
		i++;
	return i < n ? (from + i) % n : n;
}

static int map_auto(const struct state *st, struct arena *a, struct facts *f, struct err *e)
{
	struct spec_idmap uids, gids;
	const char *owner = find_pool(a, &uids, &gids);
	uint32_t n = (uids.size < gids.size ? uids.size : gids.size) / RANGE, i = 0;

	if (n < 2) {
		strv_push(a, &f->notes,
			  arena_printf(
				  a,
				  "all containers of --userns auto share the ids from %u on: /etc/subuid and "
				  "/etc/subgid have no more than one range of %u for %s",
				  uids.outside, RANGE, owner));
		note_fewer(a, f, uids.size - 1, gids.size - 1);
	} else if ((i = free_range(st, f, uids.outside, n)) == n) {
		return err_set(e, "no-free-ids", EADDRNOTAVAIL, "take a range of ids for --userns auto"),
		       err_cause(e, "all %u are taken", n),
		       err_hint(e, "give more to %s in /etc/subuid and /etc/subgid", owner);
	}
	for (struct spec_idmap *m = &uids; m; m = m == &uids ? &gids : NULL) {
		m->outside += i * RANGE;
		m->size = m->size < RANGE ? m->size : RANGE;
	}
	f->uid_map = idmap_lines(a, &uids, 1);
	f->gid_map = idmap_lines(a, &gids, 1);
	f->ids_first = uids.outside;
	f->ids_size = n < 2 ? 0 : RANGE;
	return 0;
}

/* Who asked for no network in particular has that of pasta, or, and is told, none. */
static void choose_network(struct arena *a, struct spec *s, struct facts *f)
{
	const char *why = NULL;

	if (!own_ids_program("pasta"))
		why = "pasta is not installed (Debian: passt)";
	else if (access("/dev/net/tun", R_OK | W_OK) < 0)
		why = arena_printf(a, "pasta cannot open /dev/net/tun: %s", strerror(errno));
	s->network.mode = why ? NET_NONE : NET_PASTA;
	if (why)
		strv_push(a, &f->notes,
			  arena_printf(a, "no network but its own loopback: %s; --network none asks for that",
				       why));
}

int probe_userns(struct state *st, struct arena *a, struct spec *s, struct facts *f, struct err *e)
{
	int r;

	if (s->userns == USERNS_NONE && f->privileged)
		return 0;
	f->userns = true;
	if (s->userns == USERNS_MAP) {
		f->uid_map = f->gid_map = idmap_lines(a, &s->userns_map, 1);
		f->single_id = s->userns_map.size == 1;
		f->map_by_helper = geteuid() != 0 && !f->single_id;
		f->idmap_root = f->privileged;
	} else if (s->userns == USERNS_KEEP) {
		if ((r = keep_user(a, s, f, e)) < 0)
			return r;
	} else if (f->privileged) {
		if ((r = map_auto(st, a, f, e)) < 0)
			return r;
		f->idmap_root = true;
	} else {
		map_user(a, s, f);
	}
	/* no bridge without privilege over the host: pasta where it is installed, else nothing */
	if (f->privileged || s->network.mode != NET_BRIDGE)
		return 0;
	if (s->network.given || s->network.address || s->network.mac || s->network.bandwidth.in ||
	    s->network.bandwidth.out)
		return err_set(e, "no-privilege", EPERM, "use --network bridge"),
		       err_cause(e, "it takes root to make a bridge"),
		       err_hint(e, "use --network pasta, none or host");
	choose_network(a, s, f);
	return 0;
}
